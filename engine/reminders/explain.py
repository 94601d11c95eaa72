"""Why each reminder of a task was, was not, or will be sent: the ledger, and what the planner says (D6)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from engine.deliverables.models import Approval
from engine.reminders import facts as reading
from engine.reminders import judging, planner
from engine.reminders.ledger import LATE_AFTER, Entry, said
from engine.reminders.models import Reminder, ReminderCursor, ReminderState, ReminderType
from engine.reminders.people import People
from engine.reminders.planner import STANDS_STILL, Facts, Intended
from engine.reminders.rules import Governing, RuleBook
from engine.tasks.models import Task
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

#: So far ahead the explanation looks.
AHEAD = timedelta(days=90)
#: As many that come are told of.
_MOST = 20
_NOT_BEGUN = (
    "Reminders are switched on, and no worker has looked since: they begin with its first look, and nothing "
    "is made up for."
)
#: Before all work.
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
#: What became of it, in words that stand before the reason.
VERDICTS = {
    ReminderState.PLANNED: "will be sent",
    ReminderState.SENT: "was sent",
    ReminderState.LATE: "was sent late",
    ReminderState.COALESCED: "was told by another",
    ReminderState.SUPPRESSED: "was not sent",
    ReminderState.SNOOZED: "was put off",
    ReminderState.DISMISSED: "was sent and dismissed",
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One reminder, and what is to be said of it."""

    type: ReminderType
    #: When it was, or is, meant to be sent.
    at: datetime
    #: Whom it is for, by name.
    whom: str
    #: What it says.
    text: str
    verdict: str
    #: Why, in sentences.
    reason: str
    #: What stands in the ledger; None where nothing does.
    record: Reminder | None = None


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Everything that there is to say of the reminders of one task."""

    #: What was written down, and what might have been and was not; in the order of time.
    past: Sequence[Line]
    #: What comes, as things stand now.
    coming: Sequence[Line]
    #: Why nothing else comes, a sentence each.
    silent: Sequence[str]


def explain(tx: Transaction, content: Content, task: Task) -> Explanation:
    """Say why each reminder of a task was, was not, or will be sent."""
    governing = RuleBook(content, tx.workspace_zone).of_task(tx, task)
    facts = reading.of_tasks(tx, [task], tx.wall_clock)[task.task_id]
    people, cursor = People(tx), tx.find_by_key(ReminderCursor, tx.workspace_id)
    written = tx.find(Reminder, task_id=task.task_id, order_by=("send_at", "reminder_id"))
    now, is_on = tx.wall_clock, tx.settings.reminders
    known = {_whoever(record.key) for record in written}
    past = [_of_record(record, people) for record in written]
    on_since = cursor.on_since if cursor is not None and is_on else None
    given: list[tuple[Facts, Approval | None]] = [(facts, None)]
    given += [(reading.of_approval(one), one) for one in tx.find(Approval, task_id=task.task_id)]
    to_come: list[Entry] = []
    for one, approval in given:
        moments, coming = _moments(one, governing, now)
        for moment in moments:
            whom = people.of(moment, task, approval)
            if not _is_written(moment, one, known):
                past.append(_unwritten(tx, moment, people, task, whom, on_since=on_since))
        to_come += [entry for moment in coming for entry in _entries(moment, people, task, approval)]
    past += _of_before(tx, task, facts, governing, people=people, known=known)
    past += _of_before_it_was(tx, task, facts, governing, people=people)
    to_come = sorted(to_come, key=lambda entry: entry.moment.send_at)
    judging.judge(tx, to_come, people, now)
    return Explanation(
        past=sorted(past, key=lambda line: line.at),
        coming=list(_coming(to_come, people, task, is_on=is_on))[:_MOST],
        silent=list(_silence(tx, task, facts, governing, on_since=on_since)),
    )


def _is_written(moment: Intended, facts: Facts, known: Collection[str]) -> bool:
    """Whether the ledger has a reminder, to whomever: who is away later was there then."""
    return _whoever(moment.key(facts.subject, None)) in known


def _whoever(key: str) -> str:
    """Return the key of a reminder without the person."""
    return key.rpartition("/")[0]


def _moments(facts: Facts, governing: Governing, now: datetime) -> tuple[list[Intended], list[Intended]]:
    """Return what was intended up to now, and what is from now on."""
    begun = facts.opened_at - timedelta(milliseconds=1)
    given = (facts, governing.rules, governing.rhythm)
    try:
        return planner.intended(*given, begun, now), planner.intended(*given, now, now + AHEAD)
    except ValueError:  # ``_trouble`` says so
        return [], []


def _of_before(
    tx: Transaction,
    task: Task,
    facts: Facts,
    governing: Governing,
    *,
    people: People,
    known: Collection[str],
) -> Iterator[Line]:
    """Yield what was to come before the task changed, and was not sent before that."""
    for before in reading.of_before(tx, task, facts):
        until = before.closed_at or tx.wall_clock
        changed = said(until, tx.timezone)
        for moment in _moments(before, governing, until)[0]:
            whom = people.of(moment, task)
            if not _is_written(moment, before, known):
                reason = f"That changed on {changed}, before a worker looked."
                yield _line(
                    moment, people, task, whom, verdict=VERDICTS[ReminderState.SUPPRESSED], reason=reason
                )


def _of_before_it_was(
    tx: Transaction, task: Task, facts: Facts, governing: Governing, *, people: People
) -> Iterator[Line]:
    """Yield what its dates name from before it was made, as of work that was late from the beginning."""
    ever = replace(facts, opened_at=_EVER)
    once = governing.rules.model_copy(update={"recurring": None})
    for moment in _moments(ever, replace(governing, rules=once), facts.opened_at)[0]:
        if moment.send_at < facts.opened_at:
            reason = f"It was made only on {said(facts.opened_at, tx.timezone)}, after that moment."
            whom = people.of(moment, task)
            yield _line(moment, people, task, whom, verdict=VERDICTS[ReminderState.SUPPRESSED], reason=reason)


def _of_record(record: Reminder, people: People) -> Line:
    return Line(
        type=record.type,
        at=record.send_at,
        whom=people.name(record.user_id) if record.user_id else "nobody",
        text=record.text,
        verdict=VERDICTS[record.state],
        reason=record.reason,
        record=record,
    )


def _unwritten(
    tx: Transaction,
    moment: Intended,
    people: People,
    task: Task,
    whom: Sequence[str],
    *,
    on_since: datetime | None,
) -> Line:
    verdict = VERDICTS[ReminderState.SUPPRESSED]
    if on_since is None:
        reason = _NOT_BEGUN if tx.settings.reminders else "Reminders were switched off then."
    elif moment.send_at < on_since:
        when = said(on_since, tx.timezone)
        reason = f"Reminders were switched off then. Since {when} they are on; nothing is made up for."
    elif tx.wall_clock - moment.send_at <= LATE_AFTER:
        verdict = VERDICTS[ReminderState.PLANNED]
        reason = "The next look, within five minutes, sends it."
    else:
        reason = (
            "When that moment came, the dates or the rules did not name it yet, or no worker has run since."
        )
    return _line(moment, people, task, whom, verdict=verdict, reason=reason)


def _entries(moment: Intended, people: People, task: Task, approval: Approval | None) -> Iterator[Entry]:
    """Yield one that comes, for each person whom it is for now."""
    subject = approval.task_approval_id if approval is not None else task.task_id
    # What is left out after a time without a worker is not known of what comes.
    one = replace(moment, missed="each")
    whom: list[str | None] = [*people.of(moment, task, approval)] or [None]
    approval_id = approval.task_approval_id if approval is not None else None
    for user_id in whom:
        yield Entry(moment=one, subject=subject, user_id=user_id, task=task, task_approval_id=approval_id)


def _coming(entries: Sequence[Entry], people: People, task: Task, *, is_on: bool) -> Iterator[Line]:
    """Yield a line for each moment, and one more for whom it would not be sent to as things stand."""
    together: dict[tuple[str, Intended, str], list[str]] = {}
    for entry in entries:
        whom = together.setdefault((entry.subject, entry.moment, entry.reason), [])
        whom += [entry.user_id] if entry.user_id is not None else []
    for (_, moment, reason), whom in together.items():
        sent = VERDICTS[ReminderState.PLANNED] if is_on else "would be sent"
        verdict = "will not be sent as things stand" if reason else sent
        why = reason or f"By the rule “{moment.step}”, unless it is closed or changed before."
        yield _line(moment, people, task, whom, verdict=verdict, reason=why)


def _line(
    moment: Intended, people: People, task: Task, whom: Sequence[str], *, verdict: str, reason: str
) -> Line:
    return Line(
        type=moment.type,
        at=moment.send_at,
        whom=", ".join(people.name(one) for one in whom) or "nobody",
        text=people.text(moment, task),
        verdict=verdict,
        reason=reason,
    )


def _silence(
    tx: Transaction, task: Task, facts: Facts, governing: Governing, *, on_since: datetime | None
) -> Iterator[str]:
    rules = governing.rules
    if not tx.settings.reminders:
        yield "Reminders are switched off in this workspace: what is said here to come is not sent."
    elif on_since is None:
        yield _NOT_BEGUN
    if task.closed_at is not None:
        yield f"It was closed on {said(task.closed_at, tx.timezone)}: nothing reminds of it any more."
        return
    if (trouble := _trouble(facts, governing, tx.wall_clock)) is not None:
        yield trouble
    if task.deadline is None:
        yield "It has no due date, so nothing reminds of one."
    elif not rules.due and not rules.overdue:
        yield "The rules for it say that nobody is reminded of its due date."
    elif (late_before := _late_before(tx, task.deadline, facts, on_since)) is not None:
        yield late_before
    if task.deadline is not None and task.status in STANDS_STILL:
        since = f" since {said(facts.pauses[-1][0], tx.timezone)}" if facts.pauses else ""
        yield f"It is {task.status.said}{since}: until that is over, its overdue clock stands still."
    if task.blocked_by is not None:
        yield "It comes after a task that is not done: its assignee is not reminded of it until then."


def _late_before(tx: Transaction, deadline: datetime, facts: Facts, on_since: datetime | None) -> str | None:
    """Say that a task was late before anything could remind of it; None where it was not."""
    if deadline < facts.opened_at:
        return "It was late already when it was made: nobody is reminded of what was over then."
    if on_since is not None and deadline < on_since:
        when = said(on_since, tx.timezone)
        return (
            f"It was late already when reminders were switched on, on {when}: nobody is reminded of what was "
            "over then."
        )
    return None


def _trouble(facts: Facts, governing: Governing, now: datetime) -> str | None:
    """Say why nothing can be worked out at all; None where it can."""
    try:
        planner.next_at(facts, governing.rules, governing.rhythm, now)
    except ValueError as error:
        return f"Nobody is reminded of it: the {error}. Ask whoever keeps the content to correct it."
    return None
