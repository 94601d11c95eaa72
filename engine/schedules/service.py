"""Switching schedules on and off, and starting or leaving out one of their days by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from engine.access import Permission, may, require
from engine.accounts.actors import actor_of
from engine.accounts.models import User
from engine.accounts.service import find_by_email
from engine.audit.models import Action
from engine.bundles import instantiate
from engine.bundles.models import Bundle
from engine.errors import ConflictError, bad_field
from engine.inputs import check_year, strip_or_none
from engine.schedules import starting
from engine.schedules.inputs import RunSchedule, SkipStart, StartSchedule
from engine.schedules.models import HOUSE, Schedule, ScheduledStart, ScheduleState, StartState
from engine.schedules.starting import Scheduled
from engine.schedules.timetable import Due, Timetable
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content


def switch_on(tx: Transaction, content: Content, new: StartSchedule) -> Schedule:
    """Have a template start by itself from now on; what its days before now were is never made up for.

    One that was switched on before for the same partner, campaign or house goes on, with these parameters and
    this owner.

    Raises:
        ForbiddenError: the actor is neither manager nor admin.
        TemplateNotFoundError, ContentError: the template cannot be used as it is.
        ConflictError: nothing begins by it, as it is not of mode schedule, not enabled or not active.
        BadRequestError: a parameter, the owner, the partner or the campaign cannot be right.
    """
    found = startable(tx, content, new)
    timetable = must_begin(found)
    owner = _owner(tx, new.owner)
    subject, schedule = found.subject, kept(tx, found)
    begun = timetable.begun_by(tx.wall_clock)
    first = next(timetable.after(begun), None)
    if first is None:
        raise ConflictError(f"The schedule “{timetable.line}” of {found.resolved.key} names no day to come.")
    request = found.request(first.anchor, new.parameters)
    # What it asks for is told now, not then.
    instantiate.preview_of(tx, content, found.resolved, request, subject)
    if schedule is None:
        schedule = tx.add(
            Schedule(
                schedule_id=tx.new_id(Schedule),
                workspace_id=tx.workspace_id,
                template_id=found.resolved.key,
                partner_id=subject.partner.partner_id if subject.partner else None,
                campaign_id=subject.campaign.campaign_id if subject.campaign else None,
                subject=_subject_of(found),
                owner_id=owner.user_id,
                state=ScheduleState.ACTIVE,
                handled_until=begun,
                created_at=tx.now,
                updated_at=tx.now,
            )
        )
    elif not schedule.is_active:
        schedule.handled_until = max(schedule.handled_until, begun)
    schedule.state, schedule.problem = ScheduleState.ACTIVE, None
    schedule.owner_id, schedule.parameters = owner.user_id, new.parameters
    _place(tx, schedule, timetable)
    tx.save(schedule)
    summary = f"{found.resolved.template.name} begins by itself{_whom(found)}"
    after = {"state": schedule.state, "owner_id": owner.user_id, "parameters": schedule.parameters}
    tx.record(Action.SCHEDULE_STARTED, schedule, summary, after=after)
    return schedule


def startable(tx: Transaction, content: Content, new: StartSchedule) -> Scheduled:
    """Return what ``new`` asks for. Raises as ``switch_on`` does, but for the owner and the parameters."""
    require(tx.actor, Permission.WORK_ALL, "switch schedules on and off")
    return starting.scheduled_for(tx, content, new.template, partner=new.partner, campaign=new.campaign)


def must_begin(found: Scheduled) -> Timetable:
    """Return the timetable of a template by which bundles begin.

    Raises:
        ConflictError: none does; says what its owner has to change.
    """
    template = found.resolved.template
    if not template.is_active:
        raise ConflictError(
            f"The template {template.key} is {template.status}; only active ones are started."
        )
    if found.timetable is None:
        trigger = template.trigger
        is_off = trigger is not None and trigger.mode == "schedule" and not trigger.enabled
        why = "its trigger says enabled: false" if is_off else "its trigger is not of mode schedule"
        raise ConflictError(
            f"Nothing begins by itself from {template.name}: {why}. Ask the template's owner to change that."
        )
    return found.timetable


def pause(tx: Transaction, schedule_id: str, *, revision: int | None = None) -> Schedule:
    """Have nothing begin by a schedule until it is switched on again; what runs goes on.

    Raises:
        ForbiddenError: the actor is neither manager nor admin.
        NotFoundError: there is none.
        ConflictError: it is paused already.
    """
    schedule = _changeable(tx, schedule_id, revision)
    if not schedule.is_active:
        raise ConflictError("This schedule is paused already.")
    schedule.state, schedule.problem = ScheduleState.PAUSED, None
    schedule.next_anchor = schedule.next_at = None
    tx.save(schedule)
    tx.record(
        Action.SCHEDULE_PAUSED, schedule, f"Nothing begins by itself from {schedule.template_id} any more"
    )
    return schedule


def give(tx: Transaction, schedule: Schedule, owner: User) -> Schedule:
    """Let the bundles that begin by a schedule be another user's from now on; the caller asks who may."""
    before = tx.find_by_key(User, schedule.owner_id)
    name = before.name if before is not None else "somebody who is gone"
    schedule.owner_id = owner.user_id
    tx.save(schedule)
    summary = f"The schedule of {schedule.template_id} went from {name} to {owner.name}"
    tx.record(Action.SCHEDULE_CHANGED, schedule, summary, after={"owner_id": owner.user_id})
    return schedule


def run_now(tx: Transaction, content: Content, request: RunSchedule) -> ScheduledStart:
    """Start the bundle of one day now, whatever else is open; that day is not started again.

    Raises:
        ForbiddenError: the actor is neither manager nor admin.
        NotFoundError: there is no such schedule.
        ConflictError: it was started already, or there is no next day.
        WorkbenchError: as a start by hand.
    """
    schedule = _changeable(tx, request.schedule_id, request.revision)
    found = starting.scheduled_by(tx, content, schedule)
    one = _chosen(tx, schedule, found.timetable, request.anchor_date)
    row = row_of(tx, schedule, one.anchor)
    if row is not None and row.state is StartState.STARTED:
        raise ConflictError(f"The bundle of {one.anchor} was started already; choose another day.")
    bundle = make(tx, content, schedule, found, one.anchor)
    reason = f"Started by {tx.actor.name}"
    if row is not None and row.reason:  # why it was not started before stays beside the day
        reason += f". Before that it was {row.state.value}: {row.reason}"
    row = put(tx, schedule, one, StartState.STARTED, bundle=bundle, reason=reason)
    set_next(tx, schedule, found.timetable)
    return row


def skip(tx: Transaction, content: Content, request: SkipStart) -> ScheduledStart:
    """Leave one day out.

    Raises:
        ForbiddenError: the actor is neither manager nor admin.
        NotFoundError: there is no such schedule.
        ConflictError: that day was started or left out already, or there is no next day.
    """
    schedule = _changeable(tx, request.schedule_id, request.revision)
    timetable = starting.scheduled_by(tx, content, schedule).timetable
    one = _chosen(tx, schedule, timetable, request.anchor_date)
    if timetable is not None and _start_of(timetable, one.anchor) is None:
        raise bad_field("anchor_date", f"{one.anchor} is no day of this schedule; choose one that is")
    row = row_of(tx, schedule, one.anchor)
    if row is not None and row.state is not StartState.WAITING:
        raise ConflictError(f"The start of {one.anchor} was {row.state.value} already; choose another day.")
    given = strip_or_none(request.reason)
    reason = f"Left out by {tx.actor.name}" + (f": {given}" if given else "")
    row = put(tx, schedule, one, StartState.SKIPPED, reason=reason)
    set_next(tx, schedule, timetable)
    return row


def make(tx: Transaction, content: Content, schedule: Schedule, found: Scheduled, anchor: date) -> Bundle:
    """Start the bundle of a day as a person would, owned by the schedule's owner. Raises as such a start."""
    request = found.request(anchor, schedule.parameters)
    return instantiate.start(tx, content, request, owner_id=schedule.owner_id).bundle


def put(
    tx: Transaction,
    schedule: Schedule,
    one: Due,
    state: StartState,
    *,
    bundle: Bundle | None = None,
    reason: str | None = None,
) -> ScheduledStart:
    """Keep what became of a day, in its row or in a new one; return it."""
    row = row_of(tx, schedule, one.anchor)
    if row is None:
        row = tx.add(
            ScheduledStart(
                scheduled_start_id=tx.new_id(ScheduledStart),
                workspace_id=tx.workspace_id,
                schedule_id=schedule.schedule_id,
                anchor_date=one.anchor,
                due_at=one.at,
                state=state,
                created_at=tx.now,
                updated_at=tx.now,
            )
        )
    else:
        row.state = state
        tx.save(row)
    row.reason, row.bundle_id = reason, bundle.bundle_id if bundle else None
    summary = f"The start of {schedule.template_id} for {one.anchor} was {state.value}"
    if state is StartState.WAITING:
        summary = f"The start of {schedule.template_id} for {one.anchor} waits"
    after = {"anchor_date": one.anchor.isoformat(), "state": state, "bundle_id": row.bundle_id}
    tx.record(Action.SCHEDULED_START, row, summary, after=after, reason=reason)
    return row


def tell_owner(tx: Transaction, schedule: Schedule, trouble: str) -> None:
    """Let the owner's inbox tell of what went wrong; the event of what did is the caller's."""
    schedule.trouble, schedule.trouble_at = trouble, tx.now
    tx.save(schedule)


def row_of(tx: Transaction, schedule: Schedule, anchor: date) -> ScheduledStart | None:
    """Return what became of a day; None where it is still to come."""
    return tx.find_one(ScheduledStart, schedule_id=schedule.schedule_id, anchor_date=anchor.isoformat())


def known_days(tx: Transaction, schedule: Schedule, days: Sequence[Due]) -> set[date]:
    """Return those of some days, by their anchor dates, of which it is known what became of them."""
    asked = [one.anchor.isoformat() for one in days]
    rows = tx.find(ScheduledStart, schedule_id=schedule.schedule_id, anchor_date=asked) if asked else []
    return {row.anchor_date for row in rows}


def set_next(
    tx: Transaction, schedule: Schedule, timetable: Timetable | None, *, until: date | None = None
) -> None:
    """Keep the next start of a schedule, and up to ``until`` which anchor date all were dealt with.

    An event tells of it where that is news.
    """
    was_until = schedule.handled_until
    schedule.handled_until = max(was_until, until or was_until)
    if not _place(tx, schedule, timetable) and schedule.handled_until == was_until:
        return
    tx.save(schedule)
    said = f"begins next for {schedule.next_anchor}" if schedule.next_anchor else "does not begin any more"
    tx.record(Action.SCHEDULE_CHANGED, schedule, f"{schedule.template_id} {said}")


def _place(tx: Transaction, schedule: Schedule, timetable: Timetable | None) -> bool:
    """Set the next start of a schedule, none where it is paused; return whether it is another."""
    before = schedule.next_anchor, schedule.next_at
    following = next_of(tx, schedule, timetable) if schedule.is_active else None
    schedule.next_anchor, schedule.next_at = (following.anchor, following.at) if following else (None, None)
    return before != (schedule.next_anchor, schedule.next_at)


def next_of(tx: Transaction, schedule: Schedule, timetable: Timetable | None) -> Due | None:
    """Return the first start to come that nobody has made or left out ahead of its time."""
    days = timetable.after(schedule.handled_until) if timetable else iter(())
    return next((one for one in days if row_of(tx, schedule, one.anchor) is None), None)


def _chosen(tx: Transaction, schedule: Schedule, timetable: Timetable | None, anchor: date | None) -> Due:
    """Return the start that a person means: that of a day, else the next one.

    Raises:
        ConflictError: there is no next one.
        BadRequestError: the day lies where no schedule counts any more.
    """
    if anchor is not None:
        check_year("anchor_date", anchor)
        return _start_of(timetable, anchor) or Due(anchor, tx.now)
    following = next_of(tx, schedule, timetable)
    if following is None:
        raise ConflictError("There is no next start by this schedule. Give the anchor date.")
    return following


def _start_of(timetable: Timetable | None, anchor: date) -> Due | None:
    """Return the start that the timetable names for a day; None where it names none."""
    following = next(timetable.after(anchor - timedelta(days=1)), None) if timetable else None
    return following if following is not None and following.anchor == anchor else None


def _changeable(tx: Transaction, schedule_id: str, revision: int | None) -> Schedule:
    require(tx.actor, Permission.WORK_ALL, "switch schedules on and off")
    return tx.get(Schedule, schedule_id, revision=revision)


def kept(tx: Transaction, found: Scheduled) -> Schedule | None:
    """Return the schedule of a template for that partner, campaign or house; None where there is none."""
    return tx.find_one(Schedule, template_id=found.resolved.key, subject=_subject_of(found))


def _subject_of(found: Scheduled) -> str:
    campaign, partner = found.subject.campaign, found.subject.partner
    return campaign.campaign_id if campaign else partner.partner_id if partner else HOUSE


def _owner(tx: Transaction, email: str | None) -> User:
    """Return the user whose the bundles are to be.

    Raises:
        BadRequestError: there is none who could own a bundle.
    """
    user = find_by_email(tx, email) if email else tx.find_by_key(User, tx.actor.user_id)
    if user is None or not user.is_active:
        raise bad_field("owner", f"there is no active user {email or tx.actor.name}; name one by e-mail")
    if not may(actor_of(tx, user), Permission.START_BUNDLE):
        raise bad_field("owner", f"{user.name} may not start bundles, so they can own none")
    return user


def _whom(found: Scheduled) -> str:
    subject = found.subject
    named = subject.campaign or subject.partner
    return f" for {named.name}" if named else ""
