"""Random verbs by several people over one small bundle: the rules hold whatever anybody tries."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from engine import indexing
from engine.access import Actor
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.bundles import add_task, service
from engine.bundles.inputs import AddTask
from engine.bundles.models import Bundle, BundleLink
from engine.catalog.catalog import Catalog
from engine.clock import FixedClock
from engine.config import Settings
from engine.deliverables import versions
from engine.deliverables.models import Deliverable
from engine.entities import table_specs
from engine.errors import WorkbenchError
from engine.ids import IdSource
from engine.tasks import assignment, lifecycle, notes, proof, steps, update
from engine.tasks.models import Proof, Step, Task
from engine.tasks.read_models import in_order
from engine.tasks.states import TRANSITIONS, TaskStatus
from engine.transaction import Transaction
from tests.conftest import NOW
from tests.factories import make_bundle, make_people
from tests.verified import events_of_intact

WHO = st.sampled_from([*["mara"] * 8, "ana", "ben", "sam", "bot", "pat"])
PLACE = st.integers(0, 5)
CHOICE = st.integers(0, 7)
EVIDENCE: tuple[Any, ...] = (
    "https://files.example/1",
    "mailto:editor@example.org",
    "told on the phone",
    {"file_name": "a.pdf", "size_bytes": 5},
    {"system": "portal", "reference": "7", "status": "done"},
    "",
    "javascript:alert(1)",
    {"system": "portal", "reference": "7", "status": ""},
)
DAYS = ("2026-11-21", "2026-11-30", "2027-02-28", "2020-01-01")
REASONS = ("the page was removed on purpose", "no time", "", None)


def first(found: list[Any], choice: int) -> Any:
    return found[choice % len(found)] if found else None


def tick(tx: Transaction, task: Task, choice: int) -> None:
    step = first(tx.find(Step, task_id=task.task_id, order_by=("position",)), choice)
    steps.complete_step(tx, task.task_id, step.ref if step else "none")


def untick(tx: Transaction, task: Task, choice: int) -> None:
    step = first(tx.find(Step, task_id=task.task_id, order_by=("position",)), choice)
    steps.reopen_step(tx, task.task_id, step.ref if step else "none")


def prove(tx: Transaction, task: Task, choice: int) -> None:
    owed = first(tx.find(Proof, task_id=task.task_id), choice)
    proof.give(tx, task.task_id, owed.label if owed else "none", EVIDENCE[choice])


def hand_over(tx: Transaction, task: Task, choice: int) -> None:
    row = first(tx.find(Deliverable, task_id=task.task_id), choice)
    versions.edit(tx, row.deliverable_id if row else "dlv_none", url=str(EVIDENCE[choice]))


def settle(tx: Transaction, task: Task, choice: int) -> None:
    """Give everything that is owed, so that completion is often within reach."""
    for step in tx.find(Step, task_id=task.task_id, order_by=("position",)):
        steps.complete_step(tx, task.task_id, step.ref)
    for owed in tx.find(Proof, task_id=task.task_id):
        kinds = {"url": 0, "comment": 2, "file": 3, "external_status": 4}
        proof.give(tx, task.task_id, owed.label, EVIDENCE[kinds[owed.kind]])
    for row in tx.find(Deliverable, task_id=task.task_id):
        versions.edit(tx, row.deliverable_id, url=EVIDENCE[0])
    for link in tx.find(BundleLink, bundle_id=task.bundle_id):
        if link.name in task.needs_links:
            service.fill_link(tx, str(task.bundle_id), link.name, EVIDENCE[0])


def skip(tx: Transaction, task: Task, choice: int) -> None:
    allowed = [reason["text"] for reason in (task.skip or {"reasons": []})["reasons"]]
    lifecycle.skip(
        tx, task.task_id, str(first([*allowed, *REASONS], choice)), "agreed" if choice % 3 else None
    )


TASK_VERBS = {
    "start": lambda tx, task, _: lifecycle.start(tx, task.task_id),
    "complete": lambda tx, task, _: lifecycle.complete(tx, task.task_id),
    "complete_again": lambda tx, task, _: lifecycle.complete(tx, task.task_id),
    "resume": lambda tx, task, _: lifecycle.resume(tx, task.task_id),
    "put_back": lambda tx, task, _: lifecycle.put_back(tx, task.task_id),
    "wait": lambda tx, task, n: lifecycle.wait(tx, task.task_id, ("the editor", "")[n % 2], comment="asked"),
    "block": lambda tx, task, n: lifecycle.block(tx, task.task_id, ("no access", " ")[n % 2]),
    "defer": lambda tx, task, n: lifecycle.defer(tx, task.task_id, date.fromisoformat(DAYS[n % 4])),
    "skip": skip,
    "cancel": lambda tx, task, n: lifecycle.cancel(tx, task.task_id, REASONS[n % 4]),
    "delete": lambda tx, task, _: lifecycle.delete(tx, task.task_id),
    "status": lambda tx, task, n: lifecycle.change_status(
        tx, task.task_id, list(TaskStatus)[n], waiting_for="x"
    ),
    "last_status": lambda tx, task, n: lifecycle.change_status(tx, task.task_id, list(TaskStatus)[4 + n]),
    "tick": tick,
    "untick": untick,
    "add_step": lambda tx, task, n: steps.add_step(tx, task.task_id, ("More", "")[n % 2], required=n > 3),
    "prove": prove,
    "settle": settle,
    "settle_again": settle,
    "hand_over": hand_over,
    "claim": lambda tx, task, _: assignment.claim(tx, task.task_id),
    "assign": lambda tx, task, n: assignment.assign(tx, task.task_id, ("ana", "ben", None, "nobody")[n % 4]),
    "note": lambda tx, task, n: notes.add(tx, task.task_id, ("Well", "")[n % 2]),
}
BUNDLE_VERBS = {
    "fill": lambda tx, key, n: service.fill_link(tx, key, "Live placement", str(EVIDENCE[n])),
    "stage": lambda tx, key, n: service.set_stage(tx, key, ("announced", "Not a stage")[n % 2]),
    "reanchor": lambda tx, key, n: service.reanchor(tx, key, DAYS[n % 4], dry_run=n > 3),
    "complete": lambda tx, key, _: service.complete(tx, key),
    "cancel": lambda tx, key, n: service.cancel(tx, key, REASONS[n % 4]) if n == 7 else None,
}
ADDED: tuple[dict[str, Any], ...] = (
    {"line": "Call the printer fri !high @ben", "depends_on": ["1"]},
    {"line": "Call the printer", "phase": "no phase"},
    {"line": "tomorrow @nobody"},
    {"ref": "outreach"},
    {"ref": "verify_live", "title": "Once more"},
    {"ref": "none"},
    {},
)
CHANGES = (
    {"title": "Another"},
    {"title": ""},
    {"status": "done"},
    {"due_date": "2026-12-24"},
    {"due_date": "never"},
    {"colour": "red"},
    {"assignee_id": "ben", "priority": "high"},
    {"status": "waiting", "waiting_for": "the editor"},
)


class EveryVerb(RuleBasedStateMachine):
    """A link placement: tasks in a row, with steps, proof, deliverables, links and skip rules."""

    catalog: ClassVar[Catalog]
    folder: ClassVar[Path]

    @initialize()
    def begin(self) -> None:
        where = Settings(database="sqlite://", blobs=str(self.folder))
        self.workbench = Workbench(where, clock=FixedClock(NOW), ids=IdSource(7), catalog=self.catalog)
        self.people: dict[str, Actor] = make_people(self.workbench)
        self.content = self.workbench.content()
        request = {"campaign": "acme_spring", "parameters": {"target_url": "https://acme.example"}}
        bundle = make_bundle(self.workbench, "link_placement", actor=self.people["mara"], **request)
        self.bundle_id = bundle.bundle_id
        with self.workbench.reading(self.people["mara"]) as tx:
            found = tx.find(Task, bundle_id=self.bundle_id)
        self.tasks = [task.task_id for task in sorted(found, key=lambda task: task.position)]
        self.seen = self.state()

    def teardown(self) -> None:
        """Read the whole history once: numbered, chained, and made of legal moves only."""
        if not hasattr(self, "seen"):
            return
        with self.workbench.reading(self.people["mara"]) as tx:
            events = tx.find(Event, order_by=("seq",))
            assert [event.seq for event in events] == list(range(1, len(events) + 1))
            assert events_of_intact(tx) == len(events)
            for task_id in self.tasks:
                check_moves(tx.get(Task, task_id), [event for event in events if event.task_id == task_id])
        self.workbench.close()

    def state(self) -> list[str]:
        """Return every stored document; the head stands for the events."""
        database = self.workbench.database
        texts = [
            text
            for spec in table_specs()
            if not spec.append_only
            for text in database.table(spec.name).select_rows({}, spec.key)
        ]
        return [*texts, str(database.head(self.workbench.workspace.workspace_id))]

    def attempt(self, who: str, verb: Any) -> None:
        """Do something; where it is refused, nothing may have changed."""
        try:
            with self.workbench.transaction(self.people[who]) as tx:
                verb(tx)
        except WorkbenchError:
            assert self.state() == self.seen, "a refused action changed something"
        self.seen = self.state()

    @rule(who=WHO, verb=st.sampled_from(sorted(TASK_VERBS)), place=PLACE, choice=CHOICE)
    def anybody(self, who: str, verb: str, place: int, choice: int) -> None:
        self.work(who, verb, place, choice)

    def work(self, who: str, verb: str, place: int, choice: int) -> None:
        def act(tx: Transaction) -> None:
            task = tx.find_by_key(Task, self.tasks[place % len(self.tasks)])
            TASK_VERBS[verb](tx, task, choice)

        self.attempt(who, act)

    @rule(verb=st.sampled_from(sorted(TASK_VERBS)), place=PLACE, choice=CHOICE)
    def lead(self, verb: str, place: int, choice: int) -> None:
        """Let the manager, who may do most, do more than the others."""
        self.work("mara", verb, place, choice)

    @rule(place=st.integers(0, 2))
    def finish(self, place: int) -> None:
        """Do a task from beginning to end, as a manager may."""

        def act(tx: Transaction) -> None:
            task = tx.find_by_key(Task, self.tasks[place % len(self.tasks)])
            settle(tx, task, 0)
            lifecycle.complete(tx, task.task_id)

        self.attempt("mara", act)

    @rule(who=WHO, verb=st.sampled_from(sorted(BUNDLE_VERBS)), choice=CHOICE)
    def steer(self, who: str, verb: str, choice: int) -> None:
        self.attempt(who, lambda tx: BUNDLE_VERBS[verb](tx, self.bundle_id, choice))

    @rule(who=WHO, choice=CHOICE)
    def add(self, who: str, choice: int) -> None:
        """Add a task, which is from then on among those that everything is done to."""
        request = AddTask(bundle_id=self.bundle_id, **ADDED[choice % len(ADDED)])
        self.attempt(who, lambda tx: add_task.add(tx, self.content, request))
        with self.workbench.reading(self.people["mara"]) as tx:
            found = tx.find(Task, bundle_id=self.bundle_id)
        self.tasks = [task.task_id for task in sorted(found, key=in_order)]

    @rule(who=WHO, place=PLACE, choice=CHOICE, revision=st.sampled_from([None, None, 1, 2]))
    def change(self, who: str, place: int, choice: int, revision: int | None) -> None:
        self.attempt(
            who,
            lambda tx: update.update(
                tx, self.content, self.tasks[place % len(self.tasks)], CHANGES[choice], revision=revision
            ),
        )

    @rule(hours=st.integers(1, 90))
    def time_passes(self, hours: int) -> None:
        self.workbench.clock.advance(hours=hours)

    @invariant()
    def the_rules_hold(self) -> None:
        if not hasattr(self, "tasks"):
            return
        assert indexing.is_true(self.workbench.database, self.workbench.blobs)
        with self.workbench.reading(self.people["mara"]) as tx:
            bundle = tx.get(Bundle, self.bundle_id)
            tasks = {task_id: tx.get(Task, task_id) for task_id in self.tasks}
            for task in tasks.values():
                if task.status is TaskStatus.COMPLETED:
                    check_completed(tx, task, tasks)
                check_times(task)
                open_ones = [one for one in task.depends_on if not tasks[one].satisfies_dependents]
                assert task.blocked_by == (open_ones[0] if open_ones else None)
            if bundle.status == "completed":
                assert all(task.is_terminal for task in tasks.values())
                links = tx.find(BundleLink, bundle_id=self.bundle_id)
                assert not any(link.is_missing for link in links)


def check_moves(task: Task, events: list[Event]) -> None:
    """Every move was legal, each began where the last one ended, and the record stands where they lead."""
    status = TaskStatus.PENDING
    for event in events:
        if event.action is not Action.TASK_STATUS_CHANGED:
            continue
        before, after = (TaskStatus(side["status"]) for side in (event.before, event.after) if side)
        assert before is status
        assert after in TRANSITIONS[before]
        status = after
    assert task.status is status


def check_completed(tx: Transaction, task: Task, tasks: dict[str, Task]) -> None:
    assert task.completed_by
    assert task.completed_at
    assert not [owed.label for owed in tx.find(Proof, task_id=task.task_id) if owed.is_missing]
    assert not [row.ref for row in tx.find(Deliverable, task_id=task.task_id) if row.is_missing]
    assert not [
        step.ref for step in tx.find(Step, task_id=task.task_id) if step.required and not step.is_completed
    ]
    assert all(tasks[one].satisfies_dependents for one in task.depends_on)


def check_times(task: Task) -> None:
    assert (task.completed_at is not None) == (task.status is TaskStatus.COMPLETED)
    assert (task.completed_by is not None) == (task.status is TaskStatus.COMPLETED)
    assert (task.closed_at is not None) == task.is_terminal
    waits = task.status is TaskStatus.WAITING
    assert (task.waiting_for is not None, task.follow_up_at is not None) == (waits, waits)


@pytest.mark.wide
def test_no_sequence_of_verbs_breaks_the_rules(shipped_catalog: Catalog, tmp_path: Path):
    EveryVerb.catalog, EveryVerb.folder = shipped_catalog, tmp_path
    run_state_machine_as_test(
        EveryVerb,
        settings=settings(
            max_examples=10,
            stateful_step_count=40,
            deadline=None,
            # A failing run says its steps; making it shorter would take minutes.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
