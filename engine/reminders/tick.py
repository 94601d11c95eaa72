"""One look at what is to be reminded of now: found by index, written in batches, each whole or not at all.

A kill between two batches loses nothing and sends nothing twice: the cursor moves with the last one, and what
the ledger has already is left out by its key.
"""

from __future__ import annotations

import gc
import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from engine.bundles.models import Bundle, PinnedTemplate
from engine.deliverables import approvals
from engine.deliverables.models import Approval
from engine.errors import UnreadableRecordError
from engine.reminders import facts as reading
from engine.reminders import glances, happenings, judging, ledger, planner, resting
from engine.reminders.glances import AnyApproval, AnyTask
from engine.reminders.ledger import Entry
from engine.reminders.models import Reminder, ReminderClock, ReminderCursor, ReminderState
from engine.reminders.people import People
from engine.reminders.planner import Facts, Intended
from engine.reminders.queries import looking
from engine.reminders.resting import Resting
from engine.reminders.rules import Governing, RuleBook
from engine.tasks.models import Proof, Task
from engine.transaction import Transaction
from engine.watching.models import Watch

if TYPE_CHECKING:
    from engine.catalog.content import Content

_log = logging.getLogger(__name__)
#: So many tasks are looked at in one transaction; others write between two of them.
_BATCH = 500
#: The tables of what concerns one task, and only what that is reminded of.
_OF_ONE = frozenset(
    kind.spec.table
    for kind in (Task, Proof, Bundle, PinnedTemplate, Approval, Watch, Reminder, ReminderClock)
)
#: No two looks are closer to each other.
_MOMENT = timedelta(milliseconds=1)
#: Another word has the next look look at all open tasks: by times, some that changed had been passed over.
_CHANGES_TOLD_BY = "events"
OFF = "Reminders are switched off."


@dataclass(kw_only=True)
class _Run:
    """One tick: what it is about, and what it has done."""

    book: RuleBook
    #: The moment that it is about, and when that is as it is recorded.
    now: datetime
    recorded: datetime
    #: Since when reminders are switched on.
    on_since: datetime
    events_until: int
    #: The number of the last event when it began.
    head: int
    #: The tasks, open approvals and reminders to look at, by their ids.
    task_ids: Sequence[str]
    approval_ids: Sequence[str]
    back_ids: Sequence[str]
    #: Which approvals need not be looked at before when; those of this tick are noted once they are written.
    resting: Resting
    done: Counter[ReminderState] = field(default_factory=Counter)

    @property
    def said(self) -> str:
        """What was done, in words."""
        told = [f"{count} {state}" for state in ReminderState if (count := self.done[state])]
        return f"{', '.join(told)}." if told else "Nobody is to be reminded now."


def tick(
    transaction: Callable[[], AbstractContextManager[Transaction]],
    content: Content,
    *,
    goes_on: Callable[[], None] = lambda: None,
    finish: Callable[[str], None] = lambda _: None,
) -> str:
    """Write down what is to be sent now, and say how much that was.

    ``transaction`` opens one of the system's; ``goes_on`` is called between two of them, ``finish`` in the
    last one, with what is said.
    """
    with transaction() as tx:
        run = _begun(tx, content)
        if run is None:
            finish(OFF)
            return OFF
    looks = ((_look_at_tasks, run.task_ids), (_look_at_approvals, run.approval_ids))
    for look, all_ids in (*looks, (_look_at_returned, run.back_ids)):
        for ids in _batches(all_ids):
            goes_on()
            _look_or_leave_out(transaction, look, run, ids)
    run.resting.settle()
    goes_on()
    with transaction() as tx:
        found = happenings.entries(tx, run.book, events=run.events_until)
        _write(tx, run, ledger.unwritten(tx, found), People(tx))
        _end(tx, run)
        finish(run.said)
    run.resting.events_until = run.head
    return run.said


def _look_or_leave_out(
    transaction: Callable[[], AbstractContextManager[Transaction]],
    look: Callable[[Transaction, _Run, Sequence[str]], None],
    run: _Run,
    ids: Sequence[str],
) -> None:
    """Look at a batch; where a record cannot be read, at each by itself, without that one (S11).

    Raises:
        UnreadableRecordError: it is a record that all reminders follow from.
    """
    try:
        with _uncollected(), transaction() as tx:
            look(tx, run, ids)
    except UnreadableRecordError as error:
        run.resting.forget(ids)  # what was noted of them is not written
        if error.table not in _OF_ONE:
            raise
        if len(ids) == 1:
            _log.error("nobody is reminded of %s: %s", ids[0], error.message)
            return
        for one in ids:
            _look_or_leave_out(transaction, look, run, [one])


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let Python look for no garbage inside the block.

    A batch makes thousands of objects, and needs all of them to its end: looking for some among them, and
    among all else that the process holds, took a sixth of a tick.
    """
    was_looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_looking:
            gc.enable()


def _batches(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))


def _begun(tx: Transaction, content: Content) -> _Run | None:
    """Find what is to be looked at; None where reminders are switched off."""
    cursor = tx.find_by_key(ReminderCursor, tx.workspace_id)
    if not tx.settings.reminders:
        if cursor is not None and cursor.on_since is not None:
            cursor.on_since = None
            tx.save(cursor)
        return None
    book, now = RuleBook(content, tx.workspace_zone), tx.wall_clock
    if cursor is None or cursor.on_since is None:
        cursor = _switch_on(tx, cursor)
    ids = [*looking.over(tx, now), *looking.changed(tx, cursor.events_until)]
    if cursor.rules != _version(book):
        ids += looking.all_open(tx)
    kept = resting.of(tx, content, cursor.events_until)
    return _Run(
        book=book,
        now=now,
        recorded=tx.now,
        on_since=cursor.on_since or now,
        events_until=cursor.events_until,
        head=tx.database.head(tx.workspace_id).position,
        task_ids=list(dict.fromkeys(ids)),
        approval_ids=kept.awake(looking.waiting(tx), ids, now),
        back_ids=looking.coming_back(tx, now),
        resting=kept,
    )


def _switch_on(tx: Transaction, cursor: ReminderCursor | None) -> ReminderCursor:
    """Begin now: nothing of before is sent, and every open task gets its clock."""
    if cursor is None:
        cursor = tx.add(ReminderCursor(workspace_id=tx.workspace_id, changes_until=tx.now, events_until=0))
    cursor.on_since, cursor.changes_until, cursor.rules = tx.wall_clock, tx.now, ""
    cursor.events_until = tx.database.head(tx.workspace_id).position
    return tx.save(cursor)


def _end(tx: Transaction, run: _Run) -> None:
    cursor = tx.find_by_key(ReminderCursor, tx.workspace_id)
    if cursor is None:
        raise RuntimeError("the cursor of the reminders is gone")
    cursor.changes_until, cursor.rules = run.recorded, _version(run.book)
    # What happened while it looked is looked at next time: the ledger has what was written of it already.
    cursor.events_until = run.head
    tx.save(cursor)


def _version(book: RuleBook) -> str:
    return hashlib.sha256(f"{_CHANGES_TOLD_BY}{book.version}".encode()).hexdigest()


# -- tasks ---------------------------------------------------------------------------------


def _look_at_tasks(tx: Transaction, run: _Run, ids: Sequence[str]) -> None:
    """Write what came for these tasks since they were looked at, and set their clocks."""
    tasks, seen = glances.at_tasks(tx, ids)
    facts = reading.of_tasks(tx, tasks, run.now)
    run.book.read_ahead(tx, tasks)
    people, found, coming = People(tx), list[Entry](), dict[str, datetime | None]()
    for task in tasks:
        since = max(seen.get(task.task_id, task.created_at), run.on_since)
        governing = run.book.of_task(tx, task)
        moments, coming[task.task_id] = _planned(facts[task.task_id], governing, since, run.now)
        for moment in moments:
            whom: list[str | None] = [*people.of(moment, task)] or [None]
            found += [Entry(moment=moment, subject=task.task_id, user_id=one, task=task) for one in whom]
    _write(tx, run, ledger.unwritten(tx, found), people)
    ledger.set_clocks(tx, coming, run.now, seen.keys())


def _planned(
    facts: Facts, governing: Governing, since: datetime, now: datetime
) -> tuple[list[Intended], datetime | None]:
    """Return what came since a moment, and when the next comes.

    What happened in the same moment as the last look is looked at again, and after a clock was set back it is
    from now on: what was sent of it already, the ledger has.
    """
    since, given = min(since, now) - _MOMENT, (facts, governing.rules, governing.rhythm)
    try:
        moments = planner.intended(*given, since, now, memo=governing.memo)
        return moments, planner.next_at(*given, now, memo=governing.memo)
    except ValueError as error:
        _log.warning("nobody is reminded of %s: %s", facts.subject, error)
        return [], None


def _write(tx: Transaction, run: _Run, entries: Sequence[Entry], people: People) -> None:
    """Write what the ledger does not have."""
    if not entries:
        return
    judging.judge(tx, entries, people, run.now)
    for record in ledger.write(tx, entries, people, run.now):
        run.done[record.state] += 1


# -- approvals, and what comes back ----------------------------------------------------------


def _look_at_approvals(tx: Transaction, run: _Run, ids: Sequence[str]) -> None:
    """Tell of decisions that are waited for; a timeout never approves (decision 12)."""
    waiting = glances.at_approvals(tx, ids)
    run.book.read_ahead(tx, [task for _, task in waiting])
    people, entries = People(tx), list[Entry]()
    for approval, task in waiting:
        governing = run.book.of_task(tx, task)
        since = max(run.on_since, approval.requested_at)
        moments, coming = _planned(reading.of_approval(approval), governing, since, run.now)
        run.resting.note(approval.task_approval_id, coming)
        for moment in moments:
            entries += _of_approval(approval, moment, task, people)
    new = ledger.unwritten(tx, entries)
    flagged = {entry.subject for entry in new if entry.moment.to == "flag"}
    for one, _ in waiting:
        if one.task_approval_id in flagged and one.escalated_at is None:
            approvals.mark_escalated(tx, tx.get(Approval, one.task_approval_id))
    _write(tx, run, new, people)


def _of_approval(approval: AnyApproval, moment: Intended, task: AnyTask, people: People) -> list[Entry]:
    whom: list[str | None] = [*people.of(moment, task, approval)] or [None]
    approval_id = approval.task_approval_id
    return [
        Entry(moment=moment, subject=approval_id, user_id=one, task=task, task_approval_id=approval_id)
        for one in whom
    ]


def _look_at_returned(tx: Transaction, run: _Run, ids: Sequence[str]) -> None:
    """Send what was put off, or waited for the morning, unless it is over by now (RMD-08)."""
    people = People(tx)
    found = tx.find(Reminder, reminder_id=list(ids))
    # Whom one is for may have answered it since it was found.
    returned = [one for one in found if one.state in looking.COME_BACK and one.send_at <= run.now]
    judging.read_ahead(tx, returned)
    for record in returned:
        if (why_over := judging.why_over(tx, record)) is not None:
            record.state, record.reason = ReminderState.SUPPRESSED, why_over
        else:
            was_put_off = record.state is ReminderState.SNOOZED
            record.state, record.sent_at = ReminderState.SENT, tx.now
            record.reason = "It was put off until now." if was_put_off else "The quiet hours are over."
        tx.save(record)
        ledger.tell(tx, record, people)
        run.done[record.state] += 1
