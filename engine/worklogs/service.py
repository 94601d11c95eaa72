"""Making, editing and sending worklogs, and reading them (WLG-01 to WLG-06)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from engine.access import Permission, may, require
from engine.audit.models import Action
from engine.clock import in_zone
from engine.errors import ConflictError, bad_field
from engine.inputs import check_year, strip_or_none
from engine.plurals import plural
from engine.reference import records
from engine.reference.models import Campaign, Partner
from engine.transaction import Transaction
from engine.worklogs import criteria, prose, queries, selection, weeks
from engine.worklogs.models import LONGEST_BODY, WorkLog, WorkLogStatus

if TYPE_CHECKING:
    from engine.catalog.content import Content

#: So many weeks that nobody made a worklog of are made up for.
MOST_MADE_UP = 12


@dataclass(frozen=True)
class Page:
    """A part of the worklogs that somebody reads, the newest week first."""

    items: Sequence[WorkLog]
    #: How many there are in all, by how they stand.
    by_status: Mapping[WorkLogStatus, int]
    total: int
    limit: int
    offset: int


def sees(tx: Transaction, worklog: WorkLog) -> bool:
    """Whether the actor may read a worklog: a partner's people read what was sent to them."""
    if may(tx.actor, Permission.SEE_ALL_WORK):
        return True
    is_partners = may(tx.actor, Permission.SEE_AS_PARTNER) and tx.actor.partner_id == worklog.partner_id
    return is_partners and worklog.is_sent


def page(
    tx: Transaction,
    *,
    status: str | None = None,
    campaign: str | None = None,
    limit: int = 50,
    offset: int = 0,
    after: tuple[str, str] | None = None,
) -> Page:
    """Return the worklogs that the actor may read, those ``after`` a week and an id, if these are given.

    Raises:
        ForbiddenError: the actor neither leads the work nor is a partner's user.
        BadRequestError: there is no such status.
        NotFoundError: there is no such campaign.
    """
    own: str | None = None
    asked = _status(status)
    if not may(tx.actor, Permission.SEE_ALL_WORK):
        if tx.actor.partner_id is None or not may(tx.actor, Permission.SEE_AS_PARTNER):
            require(tx.actor, Permission.SEE_ALL_WORK, "read worklogs")
        own, asked = tx.actor.partner_id, [WorkLogStatus.SENT]
    campaign_id = records.find(tx, Campaign, campaign).campaign_id if campaign and own is None else None
    where = {"partner_id": own, "campaign_id": campaign_id}
    totals = queries.totals(tx, **where)
    by_status = totals if own is None else {WorkLogStatus.SENT: totals[WorkLogStatus.SENT]}
    items = queries.listed(tx, **where, statuses=asked, limit=limit, offset=offset, after=after)
    return Page(items, by_status, sum(by_status.get(one, 0) for one in asked), limit, offset)


#: What a partner's people read of a worklog: nothing of what it was made of, and by whom.
OF_PARTNERS = frozenset(
    {"worklog_id", "campaign_id", "partner_id", "campaign_name", "week", "status", "sent_at", "revision"}
) | {"title", "body"}


def describe(tx: Transaction, worklog: WorkLog) -> dict[str, Any]:
    """Return a worklog that the actor may read as JSON, with its title and its words."""
    told = {**worklog.model_dump(mode="json"), "title": title_of(worklog), "body": worklog.body}
    if may(tx.actor, Permission.SEE_ALL_WORK):
        return told
    return {name: value for name, value in told.items() if name in OF_PARTNERS}


def make(
    tx: Transaction,
    content: Content,
    campaign: str,
    week: date | None = None,
    *,
    discard_edits: bool = False,
) -> WorkLog:
    """Make the worklog of a week of a campaign, or make it again; ``week`` is any day of it, else the last.

    The content of today decides what may be told. A week of which nothing may be is kept as empty (OPQ-23).

    Raises:
        ForbiddenError: the actor is neither manager nor admin.
        NotFoundError: there is no such campaign.
        BadRequestError: the week is not over.
        ConflictError: it was sent; or it was edited, and ``discard_edits`` is false.
    """
    require(tx.actor, Permission.DECIDE, "make worklogs")
    found = records.find(tx, Campaign, campaign)
    if not content.task_types:
        raise ConflictError(
            "There is no content, so nothing says what may be told: name the folder that holds content/ with "
            "--content, or see workbench doctor."
        )
    if week is not None:
        check_year("week", week)
    monday = weeks.monday_of(week) if week else weeks.last_week(tx.workspace_today)
    if monday > weeks.last_week(tx.workspace_today):
        over = monday + weeks.WEEK
        raise bad_field(
            "week", f"the week of {weeks.title_of(monday)} is over on {over:%a %d %b %Y}; wait until then"
        )
    known = tx.find_one(WorkLog, campaign_id=found.campaign_id, week=monday)
    if known is not None and known.is_sent:
        raise ConflictError(f"{name_of(known)} was sent already, and stays as it was sent.")
    if known is not None and known.is_edited and not discard_edits:
        raise ConflictError(
            f"{name_of(known)} was edited. Making it again discards what was written: leave it, or say that "
            "it is to go (Discard what was written, or --discard-edits)."
        )
    return _make(tx, content, found, monday, known)


def make_missing(tx: Transaction, content: Content, campaign_id: str, monday: date) -> WorkLog | None:
    """Make the worklog of a week that nobody made one of; None where somebody did."""
    if tx.find_one(WorkLog, campaign_id=campaign_id, week=monday) is not None:
        return None
    return _make(tx, content, tx.get(Campaign, campaign_id), monday, None)


def missing(tx: Transaction) -> list[tuple[str, date]]:
    """Return the weeks of active campaigns that nobody made a worklog of, by campaign and Monday.

    Of a campaign that has none yet that is the last week; else every one since then, up to ``MOST_MADE_UP``.
    """
    last = weeks.last_week(tx.workspace_today)
    first = last - (MOST_MADE_UP - 1) * weeks.WEEK
    known = queries.known_weeks(tx, first)
    active = {partner.partner_id for partner in tx.find(Partner) if partner.is_active}
    found = []
    for campaign in tx.find(Campaign, order_by=("campaign_id",)):
        if not campaign.is_active or campaign.partner_id not in active:
            continue
        own = known.get(campaign.campaign_id, set())
        week = min(own, default=last)
        while week <= last:
            if week not in own and weeks.limits(week, tx.workspace_zone)[1] > campaign.created_at:
                found.append((campaign.campaign_id, week))
            week += weeks.WEEK
    return found


def edit(tx: Transaction, worklog_id: str, body: str, *, revision: int | None = None) -> WorkLog:
    """Give a worklog other words, in Markdown, before it is sent; one that was empty is a draft then.

    Raises:
        ForbiddenError: the actor is neither manager nor admin.
        NotFoundError: there is none, or it is not the actor's to see.
        BadRequestError: it says nothing, or too much.
        ConflictError: it was sent.
        StaleWriteError: ``revision`` is given and the worklog has moved on.
    """
    require(tx.actor, Permission.DECIDE, "edit worklogs")
    worklog = tx.get(WorkLog, worklog_id, revision=revision)
    words = strip_or_none(body)
    if words is None:
        raise bad_field("body", "say something, or send nothing of this week")
    if len(words) >= LONGEST_BODY:
        raise bad_field("body", f"has {len(words)} characters; {LONGEST_BODY} is the most")
    if worklog.is_sent:
        raise ConflictError(f"{name_of(worklog)} was sent already, and stays as it was sent.")
    written = f"{words}\n"
    if written == worklog.body:
        return worklog
    is_as_made = written == worklog.made_body
    worklog.edited_body = None if is_as_made else written
    worklog.edited_at, worklog.edited_by = (None, None) if is_as_made else (tx.now, tx.actor.user_id)
    worklog.status = WorkLogStatus.DRAFT
    tx.save(worklog)
    tx.record(Action.WORKLOG_EDITED, worklog, f"{name_of(worklog)} was edited by {tx.actor.name}")
    return worklog


def send(tx: Transaction, content: Content, worklog_id: str, *, revision: int | None = None) -> WorkLog:
    """Send a worklog, once: the people of its partner read it from now on, and it never changes again.

    What it tells must still be so: a version that was rejected since, a completion that was corrected, or an
    event that the content of today keeps to the team would reach the client otherwise (WLG-05).

    Raises:
        ForbiddenError: the actor is neither manager nor admin.
        NotFoundError: there is none, or it is not the actor's to see.
        ConflictError: it was sent already, there is nothing to send, or what it tells has changed.
        StaleWriteError: ``revision`` is given and the worklog has moved on.
    """
    require(tx.actor, Permission.DECIDE, "send worklogs")
    worklog = tx.get(WorkLog, worklog_id, revision=revision)
    if worklog.sent_at is not None:
        when = in_zone(worklog.sent_at, tx.timezone)
        raise ConflictError(f"{name_of(worklog)} was sent already, on {when:%a %d %b %Y}. It is sent once.")
    if worklog.status is WorkLogStatus.EMPTY:
        raise ConflictError(
            f"{name_of(worklog)} is empty: nothing of the week may be told. Write something, or send none."
        )
    _check_still_told(tx, content, worklog)
    worklog.status, worklog.sent_at, worklog.sent_by = WorkLogStatus.SENT, tx.now, tx.actor.user_id
    tx.save(worklog)
    tx.record(Action.WORKLOG_SENT, worklog, f"{name_of(worklog)} was sent by {tx.actor.name}")
    return worklog


def _check_still_told(tx: Transaction, content: Content, worklog: WorkLog) -> None:
    week = selection.read(tx, worklog.campaign_id, worklog.partner_id, worklog.week, content.task_types)
    still = {entry.event_id for entry in criteria.told(week)}
    gone = [entry for entry in worklog.entries if entry["event_id"] not in still]
    if gone:
        named = ", ".join(dict.fromkeys(f"“{entry['task'] or entry['bundle']}”" for entry in gone))
        raise ConflictError(
            f"What {name_of(worklog)} tells has changed since it was made, about {named}. Make it again; of "
            "an edited one that discards what was written, so keep a copy of it."
        )


def title_of(worklog: WorkLog) -> str:
    """Return what stands above a worklog: ``Acme spring, 16 to 22 November 2026``."""
    return f"{worklog.campaign_name}, {weeks.title_of(worklog.week)}"


def name_of(worklog: WorkLog) -> str:
    """Return how messages and timelines speak of a worklog."""
    return f"The worklog of {title_of(worklog)}"


def _status(given: str | None) -> list[WorkLogStatus]:
    if not given:
        return list(WorkLogStatus)
    found = [status for status in WorkLogStatus if status == given]
    if not found:
        raise bad_field("status", f"{given!r} is no status of a worklog; use {', '.join(WorkLogStatus)}")
    return found


def _make(
    tx: Transaction, content: Content, campaign: Campaign, monday: date, known: WorkLog | None
) -> WorkLog:
    week = selection.read(tx, campaign.campaign_id, campaign.partner_id, monday, content.task_types)
    entries = criteria.told(week)
    facts: dict[str, Any] = {
        "partner_id": campaign.partner_id,
        "campaign_name": campaign.name,
        "status": WorkLogStatus.DRAFT if entries else WorkLogStatus.EMPTY,
        "entries": [entry.to_data() for entry in entries],
        "made_body": prose.render(entries),
        "edited_body": None,
        "edited_at": None,
        "edited_by": None,
    }
    if known is None:
        base = {"worklog_id": tx.new_id(WorkLog), "workspace_id": tx.workspace_id}
        subject = {"campaign_id": campaign.campaign_id, "week": monday}
        moments = dict.fromkeys(("made_at", "created_at", "updated_at"), tx.now)
        made = WorkLog.model_validate({**base, **subject, **facts, **moments})
        told = {"campaign_id": made.campaign_id, "week": monday.isoformat(), "status": made.status}
        tx.record(Action.WORKLOG_MADE, tx.add(made), _said(made, "made"), after=told)
        return made
    if all(getattr(known, name) == value for name, value in facts.items()):
        return known
    for name, value in facts.items():
        setattr(known, name, value)
    known.made_at = tx.now
    tx.save(known)
    tx.record(Action.WORKLOG_MADE, known, _said(known, "made again"))
    return known


def _said(worklog: WorkLog, what: str) -> str:
    count = len(worklog.entries)
    events = f"it tells of {plural(count, 'event')}"
    return f"{name_of(worklog)} was {what}: {events if count else 'nothing of it may be told'}"
