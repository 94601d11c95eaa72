"""Which moments follow from rules and facts; pure: the tick, the month ahead and the explanation ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from zoneinfo import ZoneInfo

from cronsim import CronSim

from engine.catalog.reminder_rules import (
    ChainStep,
    Missed,
    Overlap,
    Receiver,
    RecurringReminder,
    ReminderRules,
)
from engine.reminders.models import ReminderType, key_of
from engine.reminders.rhythm import Pause, Rhythm
from engine.tasks.models import TaskStatus

#: Where a task stands while the next move is somebody else's: its overdue clock stands still (WAI-04).
STANDS_STILL = frozenset(
    {TaskStatus.WAITING, TaskStatus.DEFERRED, TaskStatus.PENDING_APPROVAL, TaskStatus.HELP_NEEDED}
)
#: What the steps begin with by which an answer is waited for.
HELP = "help: "


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What of a task, or of an approval, the moments follow from."""

    subject: str
    #: When it began to be: nothing before that is intended.
    opened_at: datetime
    #: When it was closed or decided; nothing from then on is intended (RMD-08).
    closed_at: datetime | None = None
    due_date: date | None = None
    deadline: datetime | None = None
    #: Since when its overdue clock stood still, and until when, oldest first.
    pauses: Sequence[Pause] = ()
    #: When to ask again whom it waits for, where it waits.
    follow_up_at: datetime | None = None
    #: Since when its worker waits for an answer.
    help_since: datetime | None = None
    #: Since when a decision is waited for.
    asked_at: datetime | None = None
    #: Whose decision that is, in words.
    asked_of: str = ""
    #: When its last automated attempt failed, if it stands there.
    failed_at: datetime | None = None
    #: Whether it asks for proof at all; whether that is there is seen when the moment has come.
    needs_proof: bool = False

    @property
    def dates(self) -> tuple[object, ...]:
        """All that the moments which come once follow from."""
        return (*_DATES(self), *self.pauses)


_DATES: Callable[[Facts], tuple[object, ...]] = attrgetter(
    "due_date",
    "deadline",
    "follow_up_at",
    "help_since",
    "asked_at",
    "asked_of",
    "failed_at",
    "needs_proof",
)


@dataclass(frozen=True, kw_only=True)
class Intended:
    """One moment at which somebody is to be reminded."""

    type: ReminderType
    #: The rule's step, in words.
    step: str
    #: What its clock started at, as its key has it.
    base: datetime
    #: When the rule has it, and when it is to be sent.
    due_at: datetime
    send_at: datetime
    #: Whom: a receiver of ``catalog.reminder_rules``.
    to: str
    #: What it says.
    text: str
    #: Of a recurring one: what happens to it while the one before stands, and after a time without worker.
    overlap: Overlap = "send"
    missed: Missed = "each"

    def key(self, subject: str, user_id: str | None) -> str:
        """Return the key of its reminder to somebody."""
        return key_of(subject, self.type, self.step, self.base, user_id)


#: What was worked out before, for many tasks that share their dates.
Memo = dict[tuple[object, ...], list[Intended]]
#: A memo that knows so much begins anew.
_MOST_KNOWN = 2000


def intended(
    facts: Facts,
    rules: ReminderRules,
    rhythm: Rhythm,
    since: datetime,
    until: datetime,
    *,
    memo: Memo | None = None,
) -> list[Intended]:
    """Return what is to be sent after a moment, up to another, in its order.

    ``memo`` keeps what follows from dates alone, for more tasks under the same rules.

    Raises:
        ValueError: the calendar has no working time within ten years.
    """
    found = [*_all_once(facts, rules, rhythm, memo), *_again(facts, rules, rhythm, since, until)]
    return sorted(
        (one for one in found if since < one.send_at <= until and _is_open(facts, one.send_at)),
        key=lambda one: (one.send_at, one.due_at, one.type, one.step),
    )


def next_at(
    facts: Facts, rules: ReminderRules, rhythm: Rhythm, since: datetime, *, memo: Memo | None = None
) -> datetime | None:
    """Return when the next is to be sent after a moment; None where nothing is, as far as is known.

    Raises:
        ValueError: the calendar has no working time within ten years.
    """
    coming = [one.send_at for one in _all_once(facts, rules, rhythm, memo)]
    for rule in _schedules(facts, rules):
        coming += [one.send_at for one in _first(rule, facts, rhythm, since)]
    return min((at for at in coming if at > since and _is_open(facts, at)), default=None)


def _all_once(facts: Facts, rules: ReminderRules, rhythm: Rhythm, memo: Memo | None) -> Sequence[Intended]:
    if memo is None:
        return list(_once(facts, rules, rhythm))
    dates = facts.dates
    if (known := memo.get(dates)) is None:
        if len(memo) >= _MOST_KNOWN:
            memo.clear()
        known = memo[dates] = list(_once(facts, rules, rhythm))
    return known


def _is_open(facts: Facts, moment: datetime) -> bool:
    return facts.opened_at <= moment and (facts.closed_at is None or moment < facts.closed_at)


def _once(facts: Facts, rules: ReminderRules, rhythm: Rhythm) -> Iterator[Intended]:
    """Yield everything that comes once."""
    if facts.deadline is not None and facts.due_date is not None:
        day = said_day(facts.due_date)
        yield from _leads(facts.deadline, facts.due_date, rules, rhythm)
        late = f"It is late: it was due on {day}."
        yield from _chain(rhythm, rules.overdue, facts.deadline, text=late, pauses=facts.pauses)
        if facts.needs_proof:
            kind, text = ReminderType.MISSING_EVIDENCE, f"It was due on {day}, and its proof is not there."
            yield from _single(kind, facts.deadline, rules.missing_evidence, text, rhythm.together)
    if facts.follow_up_at is not None:
        kind, text = ReminderType.FOLLOW_UP_DUE, "Ask again: its follow-up has come, and it still waits."
        yield from _single(kind, facts.follow_up_at, rules.follow_up_due, text, rhythm.together)
    if facts.failed_at is not None:
        kind, text = ReminderType.AUTOMATION_FAILURE, "It runs by itself, and has failed."
        yield from _single(kind, facts.failed_at, rules.automation_failure, text, rhythm.forward)
    if facts.help_since is not None:
        text = "Its worker asked for help and waits for an answer."
        yield from _chain(rhythm, rules.help, facts.help_since, text=text, about=HELP)
    if facts.asked_at is not None:
        text = f"A version of it waits for the decision of {facts.asked_of}."
        yield from _chain(rhythm, rules.approval, facts.asked_at, text=text, about="approval: ")


def _leads(deadline: datetime, due_date: date, rules: ReminderRules, rhythm: Rhythm) -> Iterator[Intended]:
    for span in rules.due or []:
        at = rhythm.before(deadline, due_date, span)
        yield Intended(
            type=ReminderType.DUE,
            step=f"{span} before",
            base=deadline,
            due_at=at,
            send_at=at,
            to="assignee",
            text=f"It is due on {said_day(due_date)}.",
        )


def _chain(
    rhythm: Rhythm,
    steps: Sequence[ChainStep] | None,
    start: datetime,
    *,
    text: str,
    pauses: Sequence[Pause] = (),
    about: str = "",
) -> Iterator[Intended]:
    for step in steps or []:
        at = rhythm.after(start, step.after, pauses)
        if at is None:
            continue
        is_flag, when = step.to == "flag", f"{step.after} after" if step.after.amount else "at once"
        yield Intended(
            type=ReminderType.OVERDUE,
            step=f"{about}{when}, {'flagged' if is_flag else f'to {step.to}'}",
            base=start,
            due_at=at,
            send_at=rhythm.forward(at) if is_flag else rhythm.together(at),
            to=step.to,
            text=text,
        )


def _single(
    kind: ReminderType,
    at: datetime,
    to: Receiver | None,
    text: str,
    moved: Callable[[datetime], datetime],
) -> Iterator[Intended]:
    """Yield what comes at once, where it is for anybody."""
    if to is not None and to != "nobody":
        yield Intended(type=kind, step="at once", base=at, due_at=at, send_at=moved(at), to=to, text=text)


def _schedules(facts: Facts, rules: ReminderRules) -> Sequence[RecurringReminder]:
    """Return what comes again and again: of a task, and not once more of each decision on its versions."""
    return () if facts.asked_at is not None else rules.recurring or ()


def _again(
    facts: Facts, rules: ReminderRules, rhythm: Rhythm, since: datetime, until: datetime
) -> Iterator[Intended]:
    for rule in _schedules(facts, rules):
        for one in _of_schedule(rule, rhythm, max(since, facts.opened_at)):
            if one.due_at > until:
                break
            yield one


def _first(rule: RecurringReminder, facts: Facts, rhythm: Rhythm, since: datetime) -> Iterator[Intended]:
    """Yield the first of a schedule that is to be sent after a moment, if there ever is one."""
    for one in _of_schedule(rule, rhythm, max(since, facts.opened_at)):
        if one.send_at > since:
            yield one
            return


def _of_schedule(rule: RecurringReminder, rhythm: Rhythm, since: datetime) -> Iterator[Intended]:
    """Yield what a schedule names, from some time before a moment on: quiet hours may move it past that."""
    if rule.to == "nobody":
        return
    begin = rhythm.two_mornings_before(since).astimezone(ZoneInfo(rhythm.zone))
    for local in CronSim(rule.schedule, begin):
        at = local.astimezone(since.tzinfo)
        yield Intended(
            type=ReminderType.RECURRING,
            step=rule.name,
            base=at,
            due_at=at,
            send_at=rhythm.together(at),
            to=rule.to,
            text=f"{rule.text.rstrip('.')}.",
            overlap=rule.overlap,
            missed=rule.missed,
        )


def said_day(day: date) -> str:
    """Return a day as a sentence has it: ``Fri 4 December 2026``."""
    return f"{day:%a} {day.day} {day:%B %Y}"
