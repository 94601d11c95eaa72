"""The days of a quarter: people at work, two schedulers that are killed, and a clock that is not right."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from benchmarks import stand
from engine.access import Actor
from engine.accounts import service as accounts
from engine.app import Workbench
from engine.clock import FixedClock
from engine.config import Settings
from engine.errors import WorkbenchError
from engine.ids import IdSource
from tests.engine.reminders.quarter import house
from tests.engine.reminders.quarter.acts import Acts
from tests.engine.reminders.quarter.house import SCHEDULED, TEMPLATES, ZONE, Plan
from tests.engine.reminders.quarter.watcher import Person, Watcher
from tests.engine.reminders.quarter.worker import PLACES, KilledError, Worker
from tests.factories import do, make_people

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
#: Minutes that go by until something happens again.
_STEPS = (5, 5, 5, 10, 15, 60, 180, 400)
_OUTAGE = 2 * _DAY


class Quarter:
    """A store in which a quarter goes by."""

    def __init__(self, place: Path, plan: Plan) -> None:
        """Open a store in an empty folder, with its people, bundles and schedules."""
        self.plan = plan
        self.chance = random.Random(plan.seed)  # noqa: S311 - no secret
        #: The right time, and how far the clock of the machine is from it.
        self.now, self.off = datetime.combine(plan.begins, time(6), UTC), timedelta()
        self.begun = self.now
        self.clock = FixedClock(self.now)
        self.happened: Counter[str] = Counter()
        stand.make_repository(place)
        house.furnish(place / "repository", plan)
        self.workbench = Workbench(
            Settings(
                content=str(place / "repository"),
                database=f"sqlite:///{place}/quarter.db",
                blobs=str(place / "blobs"),
                timezone=ZONE,
                reminders=True,
                copy_links=False,
            ),
            clock=self.clock,
            ids=IdSource(plan.seed),
            dice=lambda sides: sides // 2,
        )
        self.actors = _hire(self.workbench)
        people = _persons({**self.actors, "operator": self.workbench.operator()})
        self.watcher = Watcher(self.workbench, people, house.rules_of(plan))
        self.acts = Acts(self.workbench, self.actors, people, self.chance, plan)
        self._workers = [Worker(self.workbench, self.watcher, name) for name in ("first", "second")]
        self._workers[0].look()
        self.watcher.on_since = self.now
        self._begin()

    def close(self) -> None:
        self.workbench.close()

    def _begin(self) -> None:
        for number in range(self.plan.bundles):
            self.acts.begin_a(list(TEMPLATES)[number % len(TEMPLATES)])
        for template in SCHEDULED:
            do(self.workbench, self.actors["mara"], "schedule start", template=template)
        self.watcher.note()
        for task_id in self.watcher.open_tasks():
            if self.chance.random() < 0.7:
                self._try(self.acts.assign, task_id)

    def run(self) -> None:
        """Let its days go by; the last looks are taken in peace, by a clock that is right."""
        length = self.plan.days * _DAY
        ends, leaves_at = self.now + length, self.now + 0.6 * length
        outages = [self.now + self.chance.uniform(0.1, 1) * length for _ in range(self.plan.days // 25)]
        while self.now < ends:
            self.now += self.chance.choice(_STEPS) * timedelta(minutes=1)
            if self.chance.random() < 0.08:
                self.off = self.chance.choice([-2, 0, 2]) * _HOUR
                self.happened[f"clock {self.off / _HOUR:+.0f}"] += 1
            self.clock.set(self.now + self.off)
            if "leave" not in self.happened and self.now > leaves_at:
                self.acts.leave()
                self.watcher.note()
                self.happened["leave"] += 1
            while self.chance.random() < 0.5:
                self._somebody_acts()
            if any(begin <= self.now < begin + _OUTAGE for begin in outages):
                self.happened["outage"] += 1
            else:
                self._somebody_looks()
        self._end()

    def _end(self) -> None:
        self.off = timedelta()
        for _ in range(2):
            self.now += 3 * _HOUR
            self.clock.set(self.now)
            for worker in self._workers:
                worker.look()
        self.watcher.settle_all()

    def _somebody_acts(self) -> None:
        if open_tasks := self.watcher.open_tasks():
            self._try(self.chance.choice(self.acts.verbs), self.chance.choice(open_tasks))

    def _try(self, verb: Callable[[str], None], task_id: str) -> None:
        try:
            verb(task_id)
            self.happened[verb.__name__] += 1
        except WorkbenchError:
            self.happened["refused"] += 1
        self.watcher.note()

    def _somebody_looks(self) -> None:
        place = self.chance.randrange(2)
        worker, other = self._workers[place], self._workers[1 - place]
        if self.chance.random() < 0.2:
            worker.dies_where = self.chance.choice(PLACES)
            worker.dies_in = self.chance.randrange(1, 25 if worker.dies_where == "statement" else 5)
        if self.chance.random() < 0.2:
            name, others = self.chance.choice([("act", self._somebody_acts), ("look", other.look)])
            worker.meanwhile, worker.meanwhile_in = others, self.chance.randrange(1, 5)
        else:
            name, worker.meanwhile = "", None
        try:
            worker.look()
        except KilledError:
            self.happened[f"killed: {worker.dies_where}"] += 1
            self._workers[place] = Worker(self.workbench, self.watcher, worker.name)
        worker.dies_in = 0
        if name and worker.meanwhile is None:
            self.happened[f"meanwhile: {name}"] += 1


def _hire(workbench: Workbench) -> dict[str, Actor]:
    """Add a second manager, and somebody who will leave, to the people of other tests."""
    actors = make_people(workbench)
    zoe = {"key": "zoe", "name": "Zoe Zander", "email": "zoe@example.com", "roles": ["operator", "writer"]}
    do(workbench, workbench.operator(), "employee add", **zoe)
    for name, role in (("max", "manager"), ("zoe", "member")):
        with workbench.transaction(workbench.operator()) as tx:
            accounts.add_user(tx, f"{name}@example.com", name.title(), [role])
        actors[name] = workbench.actor_by_email(f"{name}@example.com")
    return actors


def _persons(actors: dict[str, Actor]) -> dict[str, Person]:
    return {
        name: Person(
            user_id=one.user_id,
            employee_id=one.employee_id,
            roles=frozenset(role.value for role in one.roles),
        )
        for name, one in actors.items()
        if name != "pat"  # the partner's
    }
