"""What people do with their tasks, bundles and reminders; what may not be done is refused."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from engine.access import Actor
from engine.accounts import service as accounts
from engine.app import Workbench
from engine.bundles import service as bundles
from engine.bundles.models import Bundle
from engine.deliverables import approvals, versions
from engine.deliverables.models import Approval, Deliverable
from engine.errors import ConflictError
from engine.leaving import service as leaving
from engine.reference import absences
from engine.reference.inputs import EnterAbsence
from engine.reminders import service as reminders
from engine.tasks import assignment, lifecycle, proof, steps, update
from engine.tasks import help as asking
from engine.tasks.models import Proof, ProofKind, Step, Task
from engine.transaction import Transaction
from engine.watching import service as watching
from engine.watching.models import WatchMode
from tests.engine.reminders.quarter.house import TEMPLATES, Plan
from tests.engine.reminders.quarter.watcher import Person
from tests.factories import do, make_bundle

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_GIVEN: dict[ProofKind, Any] = {
    ProofKind.URL: "https://docs.example/1",
    ProofKind.COMMENT: "It is done.",
    ProofKind.FILE: {
        "file_name": "a.pdf",
        "size_bytes": 1,
        "content_type": "application/pdf",
        "sha256": "0" * 64,
    },
    ProofKind.EXTERNAL_STATUS: {"system": "bank", "reference": "7", "status": "paid"},
}


class Acts:
    """All that somebody may try in a quarter."""

    def __init__(
        self,
        workbench: Workbench,
        actors: dict[str, Actor],
        people: dict[str, Person],
        chance: random.Random,
        plan: Plan,
    ) -> None:
        self.workbench, self.actors, self.people = workbench, actors, people
        self.chance, self.plan = chance, plan
        self.content = workbench.content()
        self._left_to_begin = plan.bundles // 4
        #: Each by its word, as often as it is tried among the others.
        self.verbs: list[Callable[[str], None]] = [
            *(self.start, self.start, self.wait, self.wait, self.resume, self.defer, self.block, self.fail),
            *(self.skip, self.cancel, self.ask, self.settle, self.complete, self.complete, self.request),
            *(self.request, self.decide, self.decide, self.move, self.move, self.reanchor, self.stage),
            *(self.assign, self.mute, self.be_away, self.answer, self.answer, self.begin),
        ]

    @contextmanager
    def _as(self, name: str) -> Iterator[Transaction]:
        with self.workbench.transaction(self.actors[name]) as tx:
            yield tx

    def start(self, task_id: str) -> None:
        with self._as("mara") as tx:
            lifecycle.start(tx, task_id)

    def wait(self, task_id: str) -> None:
        follow_up_at = self.workbench.clock.now() + self.chance.randrange(3, 120) * _HOUR
        with self._as("mara") as tx:
            lifecycle.wait(tx, task_id, "the guest", follow_up_at=follow_up_at, comment="asked")

    def resume(self, task_id: str) -> None:
        with self._as("mara") as tx:
            lifecycle.resume(tx, task_id)

    def block(self, task_id: str) -> None:
        with self._as("mara") as tx:
            lifecycle.block(tx, task_id, "no access")

    def defer(self, task_id: str) -> None:
        with self._as("mara") as tx:
            lifecycle.defer(tx, task_id, tx.today + self.chance.randrange(1, 9) * _DAY)

    def fail(self, task_id: str) -> None:
        with self._as("mara") as tx:
            lifecycle.change_status(tx, task_id, "failed", "it broke")

    def skip(self, task_id: str) -> None:
        with self._as("mara") as tx:
            rule = tx.get(Task, task_id).skip or {"reasons": [{"text": "none"}]}
            lifecycle.skip(tx, task_id, rule["reasons"][0]["text"], "it was said on the phone")

    def cancel(self, task_id: str) -> None:
        if self.chance.random() < 0.2:
            with self._as("mara") as tx:
                lifecycle.cancel(tx, task_id, "not wanted")

    def ask(self, task_id: str) -> None:
        with self._as("mara") as tx:
            asking.ask(tx, task_id, "How?")

    def settle(self, task_id: str) -> None:
        """Do all that is owed."""
        with self._as("mara") as tx:
            for step in tx.find(Step, task_id=task_id, order_by=("position",)):
                steps.complete_step(tx, task_id, step.ref)
            for owed in tx.find(Proof, task_id=task_id, order_by=("position",)):
                proof.give(tx, task_id, owed.label, _GIVEN[owed.kind])
            for row in tx.find(Deliverable, task_id=task_id, order_by=("deliverable_id",)):
                if not row.is_submitted:
                    versions.edit(tx, row.deliverable_id, url="https://docs.example/2")

    def complete(self, task_id: str) -> None:
        self.settle(task_id)
        with self._as("mara") as tx:
            lifecycle.complete(tx, task_id)

    def request(self, task_id: str) -> None:
        """Hand something over and ask for a decision on it, owed or not."""
        with self._as("mara") as tx:
            if not tx.find(Deliverable, task_id=task_id):
                versions.add(tx, task_id, "draft", type="text")
        self.settle(task_id)
        with self._as("mara") as tx:
            approvals.request(tx, task_id)

    def decide(self, _: str) -> None:
        with self.workbench.reading(self.actors["max"]) as tx:
            found = tx.find(Approval, is_open=True, order_by=("task_approval_id",))
            if not found:
                raise ConflictError("Nothing waits for a decision.")
            approval = self.chance.choice(found)
            seen = tx.get(Deliverable, approval.deliverable_id).content_hash
        given = {"outcome": self.chance.choice(["approved", "rejected"]), "feedback": "So.", "seen": seen}
        do(
            self.workbench,
            self.actors["max"],
            "task decide",
            task_approval_id=approval.task_approval_id,
            **given,
        )

    def move(self, task_id: str) -> None:
        with self._as("mara") as tx:
            due = tx.today + self.chance.randrange(-2, 20) * _DAY
            update.update(tx, self.content, task_id, {"due_date": due.isoformat()})

    def reanchor(self, task_id: str) -> None:
        with self._as("mara") as tx:
            bundle = tx.get(Bundle, tx.get(Task, task_id).bundle_id or "")
            day = bundle.anchor_date + self.chance.randrange(-5, 12) * _DAY
            bundles.reanchor(tx, bundle.bundle_id, day, calendars=self.content.calendars)

    def stage(self, task_id: str) -> None:
        with self._as(self.chance.choice(["mara", "max"])) as tx:
            stage = self.chance.choice(["preparation", "announced", "after_event"])
            bundles.set_stage(tx, tx.get(Task, task_id).bundle_id or "", stage)

    def assign(self, task_id: str) -> None:
        with self._as("mara") as tx:
            assignment.assign(tx, task_id, self.chance.choice(["ana", "ben", "zoe", "mara", None]))

    def mute(self, task_id: str) -> None:
        who = self.chance.choice(["ana", "ben", "mara", "max"])
        with self._as(who) as tx:
            watching.set_mode(tx, tx.get(Task, task_id), WatchMode.MUTED)
        self.people[who].muted.add(task_id)

    def be_away(self, _: str) -> None:
        who, other = self.chance.sample(["ana", "ben", "mara", "zoe"], 2)
        substitute = self.chance.choice([other, other, None])
        with self._as("mara") as tx:
            first: date = tx.today + self.chance.randrange(0, 4) * _DAY
            last = first + self.chance.randrange(0, 9) * _DAY
            given = {"employee_id": who, "first_day": first, "last_day": last, "kind": "holiday"}
            absences.enter(tx, EnterAbsence(**given, substitute=substitute))
        stands_in = self.people[other].employee_id if substitute else None
        self.people[who].away.append((first, last, stands_in))

    def answer(self, _: str) -> None:
        """Be done with a reminder, or put it off."""
        with self._as(self.chance.choice(["ana", "ben", "mara", "max"])) as tx:
            found = reminders.standing(tx)
            if not found:
                raise ConflictError("Nothing stands in this inbox.")
            chosen = self.chance.choice(found).reminder_id
            if self.chance.random() < 0.5:
                reminders.dismiss(tx, chosen)
            else:
                reminders.snooze(tx, self.content, chosen, tx.today + self.chance.randrange(1, 5) * _DAY)

    def begin(self, _: str) -> None:
        """Start one more bundle by hand."""
        if self._left_to_begin:
            self._left_to_begin -= 1
            self.begin_a(self.chance.choice(list(TEMPLATES)))

    def begin_a(self, template: str) -> None:
        """Start a bundle of a template that is anchored on some day of the quarter."""
        anchor = self.plan.begins + self.chance.randrange(10, max(self.plan.days, 12)) * _DAY
        who = self.actors[self.chance.choice(["mara", "max"])]
        given = TEMPLATES[template]
        make_bundle(self.workbench, template, actor=who, anchor_date=anchor, parameters=given)

    def leave(self) -> None:
        """Let somebody leave: her work goes to another, and she is told of nothing any more."""
        with self.workbench.transaction(self.workbench.operator()) as tx:
            leaving.deactivate(tx, "zoe", "ben")
            accounts.change_user(tx, self.actors["zoe"].user_id, is_active=False)
        self.people["zoe"].is_active = False
