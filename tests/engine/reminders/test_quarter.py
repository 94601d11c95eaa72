"""A quarter of a year at work: every intended reminder is sent exactly once, or explained (D6).

People work on the tasks of their bundles; two workers look at random times, some of their looks are cut off,
for some days none runs, the clock jumps two hours ahead and back, and the clocks of the zone change. Beside
them an ideal worker, who never misses anything and whose clock is right, notes what was intended.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.catalog.calendars import Calendar
from engine.catalog.reminder_rules import WorkspaceReminders
from engine.clock import FixedClock
from engine.errors import WorkbenchError
from engine.reminders import facts as reading
from engine.reminders import planner
from engine.reminders.explain import explain
from engine.reminders.models import Reminder
from engine.reminders.people import People
from engine.reminders.planner import Intended
from engine.reminders.rules import RuleBook
from engine.reminders.tick import tick
from engine.tasks import help as asking
from engine.tasks import lifecycle, update
from engine.tasks.models import Task
from engine.transaction import Transaction
from tests.factories import make_bundle, make_people

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_TEMPLATES = ("untyped_work", "monthly_tax_report", "newsletter", "untyped_work")
#: It has the spring's change of the clocks in New York, in Berlin and in Sydney.
_BEGINS = datetime(2027, 2, 22, 7, 0, tzinfo=UTC)


class _CutOffError(Exception):
    pass


class Quarter:
    """What happens, by a fixed seed."""

    def __init__(self, workbench: Workbench, clock: FixedClock, zone: str, bundles: int) -> None:
        self.workbench, self.clock = workbench, clock
        self.chance = random.Random(zone)  # noqa: S311 - no secret
        self.people: dict[str, Actor] = make_people(workbench)
        workbench.settings = replace(workbench.settings, reminders=True)
        team = Calendar(key="team", name="Team", timezone=zone)
        said = WorkspaceReminders.model_validate({"key": "workspace", "calendar": "team"})
        content = workbench.content()
        calendars = {**content.calendars, "team": team}
        self.content = replace(content, calendars=calendars, reminders=said)
        #: The right time, and how far the clock of the machine is from it.
        self.now, self.off = _BEGINS, timedelta()
        self._set()
        for number in range(bundles):
            anchor = _BEGINS.date() + timedelta(days=self.chance.randrange(5, 80))
            make_bundle(workbench, _TEMPLATES[number % len(_TEMPLATES)], anchor_date=anchor)
        tick(self.open, self.content)
        #: What was intended: key -> the task and the moment.
        self.ideal: dict[str, tuple[str, Intended]] = {}
        self.looked = dict.fromkeys(self.open_tasks(), self.now)
        self.happened: Counter[str] = Counter()

    def run(self, days: int) -> None:
        """Let so many days go by."""
        ends = self.now + timedelta(days=days)
        outages = [_BEGINS + timedelta(days=self.chance.uniform(3, days)) for _ in range(days // 25 + 1)]
        while self.now < ends:
            self.now += timedelta(minutes=self.chance.choice([5, 30, 60, 180, 400]))
            if self.chance.random() < 0.02:
                self.off = 2 * _HOUR - self.off  # ahead, or back
                self.happened["jump"] += 1
            self._set()
            if self.chance.random() < 0.4:
                self.act()
            if any(begin <= self.now < begin + 2 * _DAY for begin in outages):
                self.happened["outage"] += 1
            elif self.chance.random() < 0.15:
                self.cut_off()
            else:
                tick(self.open, self.content)
        self.off = timedelta()
        self.now += 3 * _HOUR
        self._set()
        for task_id in self.open_tasks():
            self.note_ideal(task_id)
        tick(self.open, self.content)

    def open(self):
        return self.workbench.transaction(self.workbench.system_actor())

    def cut_off(self) -> None:
        """Let a worker die before, or in the middle of, one of its transactions."""
        survives, inside = self.chance.randrange(3), self.chance.random() < 0.5
        opened = 0

        @contextmanager
        def dying() -> Iterator[Transaction]:
            nonlocal opened
            opened += 1
            if opened > survives and not inside:
                raise _CutOffError
            with self.open() as tx:
                yield tx
                if opened > survives:
                    raise _CutOffError

        try:
            tick(dying, self.content)
        except _CutOffError:
            self.happened["cut off"] += 1

    def act(self) -> None:
        """Let somebody do something with a task, if it may be done."""
        task_id = self.chance.choice(self.open_tasks())
        self.note_ideal(task_id)
        verb = self.chance.choice(["start", "wait", "resume", "cancel", "help", "move", "complete", "defer"])
        try:
            with self.workbench.transaction(self.people["mara"]) as tx:
                self._do(tx, verb, task_id)
            self.happened[verb] += 1
        except WorkbenchError:
            self.happened["refused"] += 1

    def _do(self, tx: Transaction, verb: str, task_id: str) -> None:
        today: date = tx.today
        if verb == "start":
            lifecycle.start(tx, task_id)
        elif verb == "wait":
            follow_up_at = self.clock.now() + timedelta(hours=self.chance.randrange(3, 120))
            lifecycle.wait(tx, task_id, "the guest", follow_up_at=follow_up_at)
        elif verb == "resume":
            lifecycle.resume(tx, task_id)
        elif verb == "cancel" and self.chance.random() < 0.3:
            lifecycle.cancel(tx, task_id, "not wanted")
        elif verb == "help":
            asking.ask(tx, task_id, "How?")
        elif verb == "complete":
            lifecycle.complete(tx, task_id)
        elif verb == "defer":
            lifecycle.defer(tx, task_id, today + timedelta(days=self.chance.randrange(1, 9)))
        else:
            due = today + timedelta(days=self.chance.randrange(-2, 20))
            update.update(tx, self.content, task_id, {"due_date": due.isoformat()})

    def note_ideal(self, task_id: str) -> None:
        """Note what the ideal worker has sent of a task since it was noted last."""
        with self.workbench.reading(self.workbench.system_actor()) as tx:
            task = tx.get(Task, task_id)
            governing = RuleBook(self.content, tx.timezone).of_task(tx, task)
            facts = reading.of_tasks(tx, [task], self.now)[task_id]
            people = People(tx)
            given = (facts, governing.rules, governing.rhythm)
            for moment in planner.intended(*given, self.looked[task_id], self.now):
                for user_id in people.of(moment, task) or [None]:
                    self.ideal[moment.key(task_id, user_id)] = (task_id, moment)
        self.looked[task_id] = self.now

    def open_tasks(self) -> list[str]:
        with self.workbench.reading(self.workbench.system_actor()) as tx:
            return [task.task_id for task in tx.find(Task, is_open=1, order_by=("task_id",))]

    def _set(self) -> None:
        self.clock.set(self.now + self.off)


@pytest.mark.parametrize(
    ("zone", "bundles", "days"),
    [
        ("Europe/Berlin", 6, 30),
        pytest.param("Europe/Berlin", 40, 92, marks=pytest.mark.wide),
        pytest.param("America/New_York", 40, 92, marks=pytest.mark.wide),
        pytest.param("Australia/Sydney", 40, 92, marks=pytest.mark.wide),
    ],
)
def test_a_quarter_ends_with_every_intended_reminder_sent_once_or_explained(
    workbench: Workbench, clock: FixedClock, zone: str, bundles: int, days: int
):
    quarter = Quarter(workbench, clock, zone, bundles)
    quarter.run(days)
    assert {"jump", "cut off", "outage", "wait", "move"} <= quarter.happened.keys(), quarter.happened
    with workbench.reading(workbench.operator()) as tx:
        ledger = tx.find(Reminder)
        told = Counter(one.entity_id for one in tx.find(Event) if one.action is Action.REMINDER_SENT)
    written = Counter(one.key for one in ledger)
    assert len(written) > days
    assert max(written.values()) == 1
    assert max(told.values()) == 1, "told once in the inbox"
    assert [one.key for one in ledger if not one.reason or one.created_at < one.send_at] == []
    unexplained = [key for key in quarter.ideal.keys() - written.keys() if not _is_explained(quarter, key)]
    assert unexplained == []


def _is_explained(quarter: Quarter, key: str) -> bool:
    task_id, moment = quarter.ideal[key]
    with quarter.workbench.reading(quarter.workbench.operator()) as tx:
        told = explain(tx, quarter.content, tx.get(Task, task_id))
    return any((line.type, line.at) == (moment.type, moment.send_at) and line.reason for line in told.past)
