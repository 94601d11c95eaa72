"""What a look at a schedule does: it makes the starts whose time has come, each once (``engine.schedules``).

Each step is one transaction: the row of a day, its bundle and how far the schedule is, or none of them. The
lock of the workspace is held before anything is read, so of two that look the second finds the first's rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from engine.audit.models import Action
from engine.bundles.models import Bundle, BundleStatus
from engine.errors import ConflictError, UnavailableError, WorkbenchError
from engine.schedules import service, starting
from engine.schedules.models import Schedule, ScheduledStart, StartState
from engine.schedules.starting import Scheduled
from engine.schedules.timetable import Due, Timetable
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

#: As many days that are left out are told of in one transaction.
_MOST_AT_ONCE = 100


def step(tx: Transaction, content: Content, schedule_id: str) -> Sequence[ScheduledStart]:
    """Do the next thing that a schedule is owed; return the rows of the days that were dealt with.

    Nothing comes back where nothing is left to do now. What cannot be started is told in its row, and what
    keeps everything from beginning in ``problem``; both wait for a person.
    """
    schedule = tx.find_by_key(Schedule, schedule_id)
    if schedule is None or not schedule.is_active:
        return ()
    try:
        found = starting.scheduled_by(tx, content, schedule)
    except UnavailableError:
        raise
    except WorkbenchError as error:  # what is due meanwhile is owed once this is put right
        _note(tx, schedule, error.message)
        return ()
    try:
        timetable = service.must_begin(found)
    except ConflictError as error:  # its template was switched off, so nothing is due
        _note(tx, schedule, error.message)
        service.set_next(tx, schedule, None)
        return ()
    _note(tx, schedule, None)
    if (waiting := _first_waiting(tx, schedule, timetable)) is not None:
        return [_start(tx, content, schedule, found, waiting)]
    after = schedule.handled_until
    if schedule.next_at is None:  # nothing began by its template for a while: none of that is owed
        after = max(after, timetable.begun_by(tx.wall_clock))
    until, passed, chosen = _of_due(tx, schedule, timetable, after)
    rows = [service.put(tx, schedule, one, StartState.MISSED, reason=_missed(timetable)) for one in passed]
    if passed:
        days = f"{passed[0].anchor}" if len(passed) == 1 else f"{passed[0].anchor} to {passed[-1].anchor}"
        service.tell_owner(tx, schedule, f"Missed: {days}. {_missed(timetable)}.")
    if chosen is not None:
        rows.append(_begin(tx, content, schedule, found, chosen))
    if rows or next(timetable.after(until), None) is not None:
        service.set_next(tx, schedule, timetable, until=until)
    return rows


def _of_due(
    tx: Transaction, schedule: Schedule, timetable: Timetable, after: date
) -> tuple[date, list[Due], Due | None]:
    """Take the days that are due up to the first that is to be started.

    Return the last that was looked at, those that are not made up for, and the one that is started.
    """
    all_due, passed = timetable.due(after, tx.wall_clock), list[Due]()
    known = service.known_days(tx, schedule, all_due)  # somebody made or left them out ahead of their time
    due = [one for one in all_due if one.anchor not in known]
    for one in due:
        if timetable.wants(one, due, tx.wall_clock):
            return one.anchor, passed, one
        passed.append(one)
        if len(passed) == _MOST_AT_ONCE:
            return one.anchor, passed, None
    return all_due[-1].anchor if all_due else after, passed, None


def _begin(
    tx: Transaction, content: Content, schedule: Schedule, found: Scheduled, one: Due
) -> ScheduledStart:
    """Start the bundle of a day, unless one before it is open and the template says otherwise."""
    timetable = service.must_begin(found)
    earlier = None if timetable.overlap == "allow" else _open_bundle(tx, schedule)
    if earlier is None:
        return _start(tx, content, schedule, found, one)
    state = StartState.SKIPPED if timetable.overlap == "skip" else StartState.WAITING
    return service.put(tx, schedule, one, state, reason=f"“{earlier.title}” was still open")


def _start(
    tx: Transaction, content: Content, schedule: Schedule, found: Scheduled, one: Due
) -> ScheduledStart:
    late = "It began late: nothing looked within an hour of its time" if one.is_late(tx.wall_clock) else None
    try:
        with tx.attempt():
            bundle = service.make(tx, content, schedule, found, one.anchor)
    except UnavailableError:
        raise
    except WorkbenchError as error:
        service.tell_owner(tx, schedule, f"The start of {one.anchor} was refused. {error.message}")
        return service.put(tx, schedule, one, StartState.REFUSED, reason=error.message)
    return service.put(tx, schedule, one, StartState.STARTED, bundle=bundle, reason=late)


def _first_waiting(tx: Transaction, schedule: Schedule, timetable: Timetable) -> Due | None:
    """Return the first start that waits and may begin now."""
    waiting = tx.find(
        ScheduledStart,
        schedule_id=schedule.schedule_id,
        state=StartState.WAITING,
        order_by=("anchor_date",),
        limit=1,
    )
    if not waiting or (timetable.overlap != "allow" and _open_bundle(tx, schedule) is not None):
        return None
    return Due(waiting[0].anchor_date, waiting[0].due_at)


def _open_bundle(tx: Transaction, schedule: Schedule) -> Bundle | None:
    """Return a bundle of the schedule that is still open."""
    running = {
        bundle.bundle_id: bundle
        for bundle in tx.find(Bundle, template_id=schedule.template_id, status=BundleStatus.ACTIVE)
    }
    own = (
        tx.find(ScheduledStart, schedule_id=schedule.schedule_id, bundle_id=sorted(running))
        if running
        else []
    )
    return next((running[row.bundle_id] for row in own if row.bundle_id), None)


def _missed(timetable: Timetable) -> str:
    which = "the last one alone is" if timetable.missed == "last" else "none is"
    return f"No worker ran within an hour of its time; {which} made up for (missed: {timetable.missed})"


def _note(tx: Transaction, schedule: Schedule, problem: str | None) -> None:
    if schedule.problem == problem:
        return
    schedule.problem = problem
    if problem is not None:
        service.tell_owner(tx, schedule, problem)
    tx.save(schedule)
    said = (
        f"Nothing can begin from {schedule.template_id}"
        if problem
        else f"{schedule.template_id} can begin again"
    )
    tx.record(Action.SCHEDULE_CHANGED, schedule, said, reason=problem)
