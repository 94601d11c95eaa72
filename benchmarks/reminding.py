"""A tick beside the read of what is due and the rows that it writes, and with a long past in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from benchmarks import long_past, measure
from benchmarks.measure import Figure, Samples
from benchmarks.raw_writes import Raw
from benchmarks.stand import Stand
from engine.access import Actor
from engine.clock import FixedClock, to_text
from engine.reminders import facts
from engine.reminders.models import ReminderClock
from engine.reminders.queries import looking
from engine.reminders.tick import tick
from engine.tasks.models import Task
from engine.transaction import Transaction

_TOPIC = "The clock"
#: What a tick may cost of the read of what is due, and with a long past of one without.
_OF_READING, _WITH_PAST = 3, 1.5
_DUE = (
    "SELECT task.document, clock.document FROM reminder_clocks AS clock"
    " JOIN tasks AS task ON task.task_id = clock.task_id"
    " WHERE clock.workspace_id = ? AND clock.next_at <= ? ORDER BY clock.next_at"
)
#: When the ticks that are measured come: the work of a day has begun a minute ago.
_MORNING = {"hour": 8, "minute": 1, "second": 0, "microsecond": 0}
_SATURDAY = 5


@dataclass
class Office:
    """A stand that reminds: its clock stands still until it is set."""

    stand: Stand
    clock: FixedClock
    system: Actor

    @classmethod
    def opened(cls, stand: Stand) -> Office:
        """Switch reminders on, and let the first tick set the clock of each open task."""
        workbench = stand.workbench
        workbench.settings = replace(workbench.settings, reminders=True)
        workbench.clock = clock = FixedClock(workbench.clock.now())
        office = cls(stand, clock, workbench.system_actor())
        office.tick()
        return office

    def tick(self) -> str:
        """Look at what is due; return what was done, in words."""
        return tick(self.open, self.stand.content)

    def open(self) -> AbstractContextManager[Transaction]:
        """Open one of the system's transactions."""
        return self.stand.workbench.transaction(self.system)

    def read(self) -> int:
        """Read the tasks that are due, found by index, with all that their moments follow from."""
        with self.stand.workbench.reading(self.system) as tx:
            due = looking.over(tx, tx.wall_clock)
            tasks, _ = tx.find_together((Task, {"task_id": due}), (ReminderClock, {"task_id": due}))
            return len(facts.of_tasks(tx, tasks, tx.wall_clock))

    def read_plainly(self) -> None:
        """Read the rows of the tasks that are due with one statement of plain SQL."""
        database = self.stand.workbench.database
        given = self.system.workspace_id, to_text(self.clock.now())
        database.run(_DUE.replace("?", database.dialect.mark), given)

    def count_active(self) -> int:
        """Return how many open tasks there are."""
        with self.stand.workbench.reading(self.system) as tx:
            return tx.count(Task, is_open=1)


@dataclass
class _Taken:
    """What was measured on some mornings."""

    due: list[int] = field(default_factory=list)
    plain: Samples = field(default_factory=Samples)
    read: Samples = field(default_factory=Samples)
    ticked: Samples = field(default_factory=Samples)
    written: Samples = field(default_factory=Samples)
    with_past: Samples = field(default_factory=Samples)


def ticks(
    few: Stand, many: Stand, copy: Raw, *, past: int, mornings: int, database: str = ""
) -> list[Figure]:
    """Return what the ticks of some mornings cost, in turns, on two stores with the same tasks.

    ``many`` gets ``past`` reminders more; ``copy`` is one of ``few``, for plain SQL to write to.
    """
    office, busy = Office.opened(few), Office.opened(many)
    past = long_past.add(many, busy.clock.now(), past)
    copy.write(copy.latest())
    taken, days = _Taken(), _working_days(office.clock.now())
    for number in range(mornings + 1):
        morning = next(days)
        for one in (office, busy):
            one.clock.set(morning)
        found = taken if number else _Taken()  # the first is late for what came in the days before
        found.due.append(office.read())
        found.plain.take(office.read_plainly)
        found.read.take(office.read)
        found.ticked.take(office.tick)
        write = copy.latest()
        found.written.take(lambda write=write: copy.write(write))  # type: ignore[misc]
        found.with_past.take(busy.tick)
    return _figures(taken, office.count_active(), copy.name, past, database)


def _figures(taken: _Taken, active: int, raw: str, past: int, database: str) -> list[Figure]:
    due = sorted(taken.due)[len(taken.due) // 2]
    tick = f"tick, {due:,} due of {active:,} active tasks"

    def beside(what: str, theirs: Samples, target: float | None = None) -> Figure:
        ratio, detail = measure.ratio(taken.ticked, theirs, database), measure.pair(taken.ticked, theirs)
        name = f"{tick} : {what}{database}"
        if target is None:
            return Figure(topic=_TOPIC, what=name, value=f"{ratio:.2f}x ({detail})")
        return measure.at_most(_TOPIC, name, ratio, target, detail)

    both = Samples(
        wall=[sum(pair) for pair in zip(taken.read.wall, taken.written.wall, strict=True)],
        cpu=[sum(pair) for pair in zip(taken.read.cpu, taken.written.cpu, strict=True)],
    )
    grown = measure.ratio(taken.with_past, taken.ticked, database)
    detail = measure.pair(taken.with_past, taken.ticked)
    what = f"{tick}, with {past:,} past reminders : without{database}"
    return [
        beside("reading what is due, as records", taken.read, _OF_READING),
        beside("reading what is due, as rows of plain SQL", taken.plain),
        beside(f"{raw} writing the same rows at once", taken.written),
        beside(f"reading what is due, as records, and {raw} writing the same rows at once", both),
        measure.at_most(_TOPIC, what, grown, _WITH_PAST, detail),
    ]


def _working_days(since: datetime) -> Iterator[datetime]:
    morning = since.replace(**_MORNING)  # type: ignore[arg-type]
    while True:
        morning += timedelta(days=1)
        if morning.weekday() < _SATURDAY:
            yield morning
