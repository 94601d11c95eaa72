"""Who does the work, for whom it is done, who is away, and who signs in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from engine.access import Permission, may, require
from engine.accounts import service as accounts
from engine.accounts import sessions
from engine.accounts.models import Session, User
from engine.audit import topics
from engine.errors import NotFoundError
from engine.inbox import people
from engine.record import stored
from engine.reference import absences, campaigns, visibility
from engine.reference.models import Absence, Campaign, CampaignAttachment, Employee, Partner
from engine.transaction import Transaction
from web.api import schemas
from web.api.paging import Asked, Listing, Page, cut
from web.api.resources.base import Described, Resource, plain


class Found(Listing):
    """What a list of names is narrowed by."""

    find: str | None = Field(None, description="A part of the name or key, in any case.")


class ListOfCampaigns(Found):
    """Which campaigns are listed."""

    partner: str | None = Field(None, description="A key or id of a partner: its campaigns alone.")


class ListOfSessions(Listing):
    """Whose sessions are listed."""

    user: str | None = Field(None, description="The e-mail of a user, for admins; your own without it.")


def _employees(tx: Transaction, asked: Asked) -> Page:
    visibility.require_people(tx)
    found = visibility.in_order(tx.find(Employee), asked.filters.get("find", ""))
    return cut(found, asked, visibility.place_of)


def _partners(tx: Transaction, asked: Asked) -> Page:
    visibility.require_partners(tx)
    found = visibility.in_order(tx.find(Partner), asked.filters.get("find", ""))
    return cut(found, asked, visibility.place_of)


def _campaigns(tx: Transaction, asked: Asked) -> Page:
    visibility.require_partners(tx)
    of = asked.filters.get("partner")
    whose: dict[str, Any] = {"partner_id": visibility.find_partner(tx, of).partner_id} if of else {}
    found = visibility.in_order(tx.find(Campaign, **whose), asked.filters.get("find", ""))
    return cut(found, asked, visibility.place_of)


def _topics(_: Any) -> Sequence[str]:
    return (topics.REFERENCE,)


EMPLOYEES = Resource(
    name="employees",
    record=Employee,
    help="Who does the work, those who are active first, by name.",
    find=visibility.find_employee,
    list=_employees,
    describe=plain,
    schema=schemas.of(Employee),
    filters=Found,
    item_topics=_topics,
    list_topics=_topics,
)
PARTNERS = Resource(
    name="partners",
    record=Partner,
    help="For whom work is done, those that are active first, by name.",
    find=visibility.find_partner,
    list=_partners,
    describe=plain,
    schema=schemas.of(Partner),
    filters=Found,
    item_topics=_topics,
    list_topics=_topics,
)
CAMPAIGNS = Resource(
    name="campaigns",
    record=Campaign,
    help="What is done for a partner over a time, those that are active first, by name.",
    find=visibility.find_campaign,
    list=_campaigns,
    describe=plain,
    schema=schemas.of(Campaign),
    filters=ListOfCampaigns,
    item_topics=_topics,
    list_topics=_topics,
)


# -- material ------------------------------------------------------------------------------


def _attached(tx: Transaction, asked: Asked) -> Page:
    return cut(campaigns.attached(tx, asked.parent), asked, _attachment_place)


def _attachment_place(one: CampaignAttachment) -> tuple[str, str]:
    return stored(one.added_at), one.attachment_id


def _attachment(tx: Transaction, text: str) -> CampaignAttachment:
    visibility.require_partners(tx)
    found = tx.find_by_key(CampaignAttachment, text)
    if found is None:
        raise NotFoundError(f"There is no attachment {text}. Check the id.")
    return found


def _of_campaign(_: Transaction, parent: Campaign, record: CampaignAttachment) -> bool:
    return record.campaign_id == parent.campaign_id


ATTACHMENTS = Resource(
    name="attachments",
    record=CampaignAttachment,
    help="The material that is attached to a campaign, in the order in which it was.",
    parent="campaigns",
    find=_attachment,
    list=_attached,
    describe=plain,
    schema=schemas.of(CampaignAttachment),
    belongs=_of_campaign,
    item_topics=_topics,
    list_topics=_topics,
)


# -- absences ------------------------------------------------------------------------------


def _absences(tx: Transaction, asked: Asked) -> Page:
    return cut(absences.to_come(tx), asked, _absence_place)


def _absences_of(tx: Transaction, asked: Asked) -> Page:
    return cut(absences.of(tx, asked.parent), asked, _absence_place)


def _absence_place(one: Absence) -> tuple[str, str]:
    return stored(one.first_day), one.absence_id


def _absence(tx: Transaction, text: str) -> Absence:
    found = next((one for one in absences.to_come(tx) if one.absence_id == text), None)
    if found is None:
        raise NotFoundError(f"There is no absence {text} that you may see. Check the id.")
    return found


def _absences_told(tx: Transaction, found: Sequence[Absence]) -> Described:
    tx.read_ahead({Employee: (one.employee_id for one in found)})
    return [absences.describe(tx, one) for one in found]


def _of_employee(_: Transaction, parent: Employee, record: Absence) -> bool:
    return record.employee_id == parent.employee_id


def _absence_schema() -> schemas.Schema:
    """Return the schema of an absence, whose kind not everybody is told."""
    schema = schemas.of(Absence)
    told = schemas.maybe(schema["properties"]["kind"])
    return {**schema, "properties": {**schema["properties"], "kind": told}}


ABSENCES = Resource(
    name="absences",
    record=Absence,
    help="Who is away now or later and who stands in: yours, or everybody's where you see all work.",
    find=_absence,
    list=_absences,
    describe=_absences_told,
    schema=_absence_schema(),
    item_topics=_topics,
    list_topics=_topics,
)
OF_EMPLOYEE = Resource(
    name="absences",
    record=Absence,
    help="When an employee is away now or later, and who stands in.",
    parent="employees",
    find=_absence,
    list=_absences_of,
    describe=_absences_told,
    schema=_absence_schema(),
    belongs=_of_employee,
    item_topics=_topics,
    list_topics=_topics,
)


# -- who signs in --------------------------------------------------------------------------


def _users(tx: Transaction, asked: Asked) -> Page:
    return cut(people.users(tx, asked.filters.get("find", "")), asked, people.place_of)


def _user(tx: Transaction, text: str) -> User:
    """Return whoever asks, which everybody may know of themselves, or the user with an id or an e-mail."""
    return tx.get(User, tx.actor.user_id) if text == "me" else people.find_user(tx, text)


def _users_told(tx: Transaction, users: Sequence[User]) -> Described:
    tx.read_ahead({Employee: (one.employee_id for one in users), Partner: (one.partner_id for one in users)})
    return [
        {
            **one.model_dump(mode="json", exclude=set(User.spec.secret)),
            "partner": _key(tx, Partner, one.partner_id),
        }
        for one in users
    ]


def _key(tx: Transaction, kind: type[Partner], record_id: str | None) -> str | None:
    found = tx.find_by_key(kind, record_id) if record_id else None
    return found.key if found else None


USERS = Resource(
    name="users",
    record=User,
    help="Who signs in, those who may first, by name; `me` is whoever asks.",
    find=_user,
    list=_users,
    describe=_users_told,
    schema=schemas.of(
        User, more={"partner": schemas.said(schemas.OPTIONAL_TEXT, "The key of the partner they belong to.")}
    ),
    filters=Found,
    item_topics=_topics,
    list_topics=_topics,
)


def _sessions(tx: Transaction, asked: Asked) -> Page:
    """Return one's own sessions, or those of the user who is named."""
    user_id = tx.actor.user_id
    if whose := asked.filters.get("user"):
        require(tx.actor, Permission.ADMINISTER, "see where somebody else is signed in")
        user_id = accounts.user_named(tx, whose).user_id
    return cut(sessions.alive(tx, user_id), asked, _session_place, descending=True)


def _session_place(one: Session) -> tuple[str, str]:
    return stored(one.created_at), one.session_id


def _session(tx: Transaction, text: str) -> Session:
    found = tx.find_by_key(Session, text)
    is_theirs = found is not None and (
        found.user_id == tx.actor.user_id or may(tx.actor, Permission.ADMINISTER)
    )
    if found is None or not is_theirs or found not in sessions.alive(tx, found.user_id):
        raise NotFoundError(f"There is no session {text} that you may see. Check the id.")
    return found


SESSIONS = Resource(
    name="sessions",
    record=Session,
    for_partners=True,
    help="The browsers in which you are signed in, the latest first; for admins also those of others.",
    find=_session,
    list=_sessions,
    describe=plain,
    schema=schemas.of(Session),
    filters=ListOfSessions,
    item_topics=None,
    list_topics=None,
)
RESOURCES: Mapping[str, Resource] = {
    one.path: one
    for one in (EMPLOYEES, PARTNERS, CAMPAIGNS, ATTACHMENTS, ABSENCES, OF_EMPLOYEE, USERS, SESSIONS)
}
