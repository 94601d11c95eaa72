"""What the pages of schedules show: all of them, one of them, and the form that switches one on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.access import Permission, may
from engine.accounts.models import User
from engine.bundles.models import Bundle
from engine.catalog.content import Content
from engine.catalog.models import TaskTemplate
from engine.errors import UnavailableError, WorkbenchError
from engine.reference.models import Campaign, Partner
from engine.schedules import listing, preview, service, starting
from engine.schedules.inputs import StartSchedule
from engine.schedules.listing import Listed, Offer
from engine.schedules.models import ScheduledStart, StartState
from engine.schedules.preview import Upcoming
from engine.schedules.starting import Scheduled
from engine.schedules.timetable import Timetable
from engine.transaction import Transaction
from web.pages import parameter_fields, start
from web.pages.choices import Choices
from web.pages.parameter_fields import ParameterField

#: State of a day -> its mark and tone.
MARKS = {
    StartState.STARTED: ("✓", "good"),
    StartState.WAITING: ("…", "info"),
    StartState.SKIPPED: ("–", "quiet"),
    StartState.MISSED: ("!", "warn"),
    StartState.REFUSED: ("!", "bad"),
}


@dataclass(frozen=True, kw_only=True)
class Lists:
    """All schedules, and what could be switched on."""

    schedules: Sequence[Listed]
    offers: Sequence[Offer]
    may_change: bool


@dataclass(frozen=True, kw_only=True)
class SchedulePage:
    """One schedule."""

    one: Listed
    #: What became of its last days, the newest first.
    starts: Sequence[ScheduledStart]
    #: The bundles that these made, by id.
    bundles: Mapping[str, Bundle]
    upcoming: Sequence[Upcoming]
    #: When bundles begin by it; None where none can.
    timetable: Timetable | None
    #: Why nothing is to come.
    trouble: str | None
    #: What the address of its form says of whom it is for.
    form_args: Mapping[str, str]
    may_change: bool

    @property
    def next_day(self) -> str:
        """The anchor date of the next start, for the forms of a day."""
        return self.upcoming[0].due.anchor.isoformat() if self.upcoming else ""


@dataclass(frozen=True, kw_only=True)
class FormPage:
    """The form that switches a template on, as it stands now."""

    template: TaskTemplate
    #: What was typed.
    typed: Mapping[str, str]
    subjects: Choices
    #: The parameters that the template's trigger leaves open.
    fields: Sequence[ParameterField]
    #: Those that it gives, by their labels.
    given: Sequence[tuple[str, Any]]
    #: E-mail and name of whoever may own the bundles.
    owners: Choices
    #: The e-mail of whose they are now, else of whoever looks.
    owner_now: str
    timetable: Timetable | None
    upcoming: Sequence[Upcoming]
    #: What must be put right before anything is to come.
    trouble: Sequence[str]

    def value(self, name: str, otherwise: str = "") -> str:
        """Give the value that an input shows: what was typed, else what it starts with."""
        return self.typed.get(name, otherwise)

    @property
    def subject(self) -> str:
        """Whom it is for, as the choice says it."""
        return self.typed.get("for", "")


def load(tx: Transaction, content: Content) -> Lists:
    """Return all schedules and what could be switched on.

    Raises:
        ForbiddenError: the actor sees only their own work.
    """
    listed = listing.load_all(tx, content)
    return Lists(
        schedules=listed,
        offers=listing.offers(tx, content, listed),
        may_change=may(tx.actor, Permission.WORK_ALL),
    )


def load_one(tx: Transaction, content: Content, schedule_id: str) -> SchedulePage:
    """Return the page of a schedule.

    Raises:
        NotFoundError: there is none that the actor may see.
    """
    one, starts = listing.load_one(tx, content, schedule_id)
    upcoming, timetable, trouble = list[Upcoming](), None, None
    try:
        found = starting.scheduled_by(tx, content, one.schedule)
        timetable = found.timetable
        upcoming = preview.by(tx, content, one.schedule, found)
    except UnavailableError:
        raise
    except WorkbenchError as error:
        trouble = error.message
    made = (tx.find_by_key(Bundle, row.bundle_id) for row in starts if row.bundle_id)
    return SchedulePage(
        one=one,
        starts=starts,
        bundles={bundle.bundle_id: bundle for bundle in made if bundle is not None},
        upcoming=upcoming,
        timetable=timetable,
        trouble=trouble,
        form_args=_form_args(request_of(tx, one)),
        may_change=may(tx.actor, Permission.WORK_ALL),
    )


def request_of(tx: Transaction, one: Listed) -> dict[str, Any]:
    """Return what switching a schedule on again asks for."""
    partner, campaign = starting.subject_of(tx, one.schedule)
    owner = tx.find_by_key(User, one.schedule.owner_id)
    named = {"campaign": campaign.key} if campaign else {"partner": partner.key} if partner else {}
    is_owner = owner is not None and owner.is_active
    return {
        "template": one.schedule.template_id,
        "parameters": one.schedule.parameters,
        **named,
        **({"owner": owner.email} if owner is not None and is_owner else {}),
    }


def load_form(tx: Transaction, content: Content, key: str, typed: Mapping[str, str]) -> FormPage:
    """Return the form that switches a template on for whom ``typed`` names.

    Raises:
        ForbiddenError: the actor is neither manager nor admin.
        TemplateNotFoundError, ContentError: the template cannot be used for them.
        BadRequestError: there is no such partner or campaign.
    """
    tx.find_together((Partner, {}), (Campaign, {}))
    partner, campaign = start.subject_of(typed)
    found = service.startable(tx, content, StartSchedule(template=key, partner=partner, campaign=campaign))
    template = found.resolved.template
    given = template.trigger.parameters if template.trigger else {}
    fields = parameter_fields.fields_of(template.parameters)
    kept = service.kept(tx, found)
    owner_id = kept.owner_id if kept else tx.actor.user_id
    if kept is not None and "form" not in typed:
        typed = {**_texts_of(kept.parameters), **typed}
    upcoming, trouble = _upcoming(tx, content, found, typed)
    users = sorted(tx.find(User), key=lambda user: user.name.lower())
    return FormPage(
        template=template,
        typed=typed,
        subjects=start.subjects_of(tx),
        fields=[one for one in fields if one.name not in given],
        given=[(one.label, given[one.name]) for one in fields if one.name in given],
        owners=[(user.email, user.name) for user in users if user.is_active and user.partner_id is None],
        owner_now=next((user.email for user in users if user.user_id == owner_id), ""),
        timetable=found.timetable,
        upcoming=upcoming,
        trouble=trouble,
    )


def _texts_of(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return parameters as the inputs of the form show them."""
    named = {name: "true" if value is True else value for name, value in parameters.items()}
    return {
        f"{parameter_fields.PREFIX}{name}": parameter_fields.text_of(value) for name, value in named.items()
    }


def _form_args(request: Mapping[str, Any]) -> dict[str, str]:
    for kind in ("campaign", "partner"):
        if kind in request:
            return {"for": f"{kind}:{request[kind]}"}
    return {}


def _upcoming(
    tx: Transaction, content: Content, found: Scheduled, typed: Mapping[str, str]
) -> tuple[list[Upcoming], list[str]]:
    try:
        upcoming = preview.of_new(tx, content, found, parameters_of(found, typed))
    except UnavailableError:
        raise
    except WorkbenchError as error:
        return [], [str(detail["message"]) for detail in error.details] or [error.message]
    troubles = [one.trouble for one in upcoming if one.trouble]
    if not troubles:
        return upcoming, []
    told = start.named(troubles[0], found.resolved)
    return [], [str(detail["message"]) for detail in told.details] or [told.message]


def parameters_of(found: Scheduled, typed: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters that the form says, as the template's schema has them.

    Raises:
        BadRequestError: one cannot be read.
    """
    schema = found.resolved.template.parameters
    asked = {one.key: one.start for one in parameter_fields.fields_of(schema)}
    given = found.resolved.template.trigger.parameters if found.resolved.template.trigger else {}
    values = {**asked, **typed} if "form" not in typed else dict(typed)
    read = parameter_fields.read(schema, values)
    return {name: value for name, value in read.items() if name not in given}
