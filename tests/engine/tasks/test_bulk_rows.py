"""What the rows of one change to many tasks say, and that what was looked at is what is done (UPD-39)."""

from __future__ import annotations

from typing import Any

import pytest

from engine import commands, inputs
from engine.access import Actor
from engine.app import Workbench
from engine.audit.models import Event
from engine.tasks import bulk, notes, update
from engine.tasks.bulk_outcome import Bulk
from engine.tasks.models import Priority, Task, TaskStatus
from tests.factories import make_bundle, make_people, make_task
from tests.statements import counted

#: The store's head, the tasks by their names, the key, the first event of the act, and its events.
STATEMENTS_OF_A_REPEAT = 5


@pytest.fixture
def people(either_workbench: Workbench) -> dict[str, Actor]:
    return make_people(either_workbench)


def changed(workbench: Workbench, actor: Actor, /, **given: Any) -> Bulk:
    command = commands.get("task bulk")
    done: Bulk = commands.execute(workbench, actor, command, inputs.read(command.input, given)).result
    return done


def ids(tasks: list[Task]) -> list[str]:
    return [task.task_id for task in tasks]


def test_a_row_says_what_each_field_was_and_what_it_becomes(
    either_workbench: Workbench, people: dict[str, Actor]
):
    tasks = [
        make_task(either_workbench, assignee="ana", priority="low"),
        make_task(either_workbench, priority="high", assignee="ben"),
    ]
    wish = {"tasks": ids(tasks), "assignee_id": "ben", "priority": "high", "status": "in_progress"}
    tried = changed(either_workbench, people["mara"], dry_run=True, **wish)
    ana, ben = people["ana"].employee_id, people["ben"].employee_id
    began = ("status", TaskStatus.PENDING, TaskStatus.IN_PROGRESS)
    assert [[(one.field, one.before, one.after) for one in row.changes] for row in tried.rows] == [
        [("assignee_id", ana, ben), ("priority", Priority.LOW, Priority.HIGH), began],
        [began],
    ]
    done = changed(either_workbench, people["mara"], **wish)
    assert done.rows == tried.rows
    assert done.as_json()["tasks"][1]["changes"] == [
        {"field": "status", "before": "pending", "after": "in_progress"}
    ]


def test_a_status_is_called_as_on_every_page(either_workbench: Workbench, people: dict[str, Actor]):
    task = make_task(either_workbench)
    done = changed(either_workbench, people["mara"], tasks=[task.task_id], status="in_progress")
    assert done.summary == "1 task moved to “In progress”."


def test_what_has_changed_since_it_was_looked_at_is_left_out(
    either_workbench: Workbench, people: dict[str, Actor]
):
    tasks = [make_task(either_workbench, due_date="2026-12-01") for _ in range(3)]
    tried = changed(either_workbench, people["mara"], tasks=ids(tasks), days=1, dry_run=True)
    seen = {row.task_id: row.revision for row in tried.rows}
    with either_workbench.transaction(people["mara"]) as tx:
        update.update(tx, either_workbench.content(), tasks[0].task_id, {"due_date": "2027-01-01"})
        notes.add(tx, tasks[1].task_id, "A remark changes nothing of what was looked at.")
    done = changed(either_workbench, people["mara"], tasks=ids(tasks), days=1, revisions=seen)
    assert [" ".join(row.reasons) for row in done.rows] == [
        f"Task {tasks[0].name} has changed since you looked. Look at it again.",
        "",
        "",
    ]
    with either_workbench.reading(people["mara"]) as tx:
        found = [f"{tx.get(Task, task.task_id).due_date}" for task in tasks]
    assert found == ["2027-01-01", "2026-12-02", "2026-12-02"]


def test_the_reasons_to_skip_are_those_of_the_tasks_that_one_may_change(
    either_workbench: Workbench, people: dict[str, Actor]
):
    bundles = [
        make_bundle(either_workbench, "link_placement", parameters={"target_url": f"https://{name}.example"})
        for name in ("acme", "globex")
    ]
    alone = make_task(either_workbench)
    with either_workbench.reading(people["mara"]) as tx:
        tasks = [task for one in bundles for task in tx.find(Task, bundle_id=one.bundle_id)]
        names = [*ids(tasks), tasks[0].task_uuid, "tsk_none", alone.task_id]
        found = bulk.skip_reasons(tx, names)
    assert found["the editor writes it"] == 2
    assert set(found) == {
        reason["text"] for task in tasks for reason in (task.skip or {"reasons": []})["reasons"]
    }
    with either_workbench.reading(people["pat"]) as tx:
        assert bulk.skip_reasons(tx, names) == {}


def test_many_are_skipped_for_one_reason_and_those_that_do_not_allow_it_say_which_they_do(
    either_workbench: Workbench, people: dict[str, Actor]
):
    bundle = make_bundle(
        either_workbench, "link_placement", parameters={"target_url": "https://acme.example"}
    )
    with either_workbench.reading(people["mara"]) as tx:
        tasks = tx.find(Task, bundle_id=bundle.bundle_id, order_by=("task_number",))
    wish = {"status": "skipped", "reason": "the editor writes it", "comment": "She said so."}
    done = changed(either_workbench, people["mara"], tasks=ids(tasks), **wish)
    skipped = [task for task in tasks if task.skip and task.skip["reasons"][0]["text"] == wish["reason"]]
    assert [row.task_id for row in done.done] == ids(skipped)
    assert len(skipped) == 1
    others = {row.task_number: " ".join(row.reasons) for row in done.left_out}
    for task in tasks:
        if task not in skipped:
            asked = "use one of" if task.skip else "its definition has no skip rule"
            assert asked in others[task.task_number]


@pytest.mark.parametrize("size", [2, 20])
def test_a_request_that_is_sent_again_reads_no_more_than_the_events_of_its_act(
    either_workbench: Workbench, people: dict[str, Actor], size: int
):
    tasks = [make_task(either_workbench, due_date="2026-12-01") for _ in range(size)]
    for priority in ("low", "high", "low", "high"):
        changed(either_workbench, people["mara"], tasks=ids(tasks), priority=priority)
    either_workbench.clock.advance(minutes=1)
    given = {"tasks": ids(tasks), "days": 1, "idempotency_key": "k"}
    first = changed(either_workbench, people["mara"], **given)
    either_workbench.clock.advance(minutes=1)
    changed(either_workbench, people["mara"], tasks=ids(tasks), priority="low")
    read: list[int] = []
    find = type(either_workbench.database.table("audit_events")).select_rows

    def noting(table: Any, *asked: Any, **how: Any) -> Any:
        rows = find(table, *asked, **how)
        if table._name == "audit_events":
            read.append(len(rows))
        return rows

    with pytest.MonkeyPatch.context() as patch, counted() as statements:
        patch.setattr(type(either_workbench.database.table("audit_events")), "select_rows", noting)
        again = changed(either_workbench, people["mara"], **given)
    assert [row.is_done for row in again.rows] == [row.is_done for row in first.rows]
    assert read == [size]
    assert len(statements) == STATEMENTS_OF_A_REPEAT


def test_events_that_tell_of_other_acts_are_none_of_it(either_workbench: Workbench, people: dict[str, Actor]):
    done, left = make_task(either_workbench, due_date="2026-12-01"), make_task(either_workbench)
    given = {"tasks": ids([done, left]), "days": 1, "idempotency_key": "k"}
    changed(either_workbench, people["mara"], **given)
    changed(either_workbench, people["mara"], tasks=ids([left]), priority="low")  # at the same moment
    again = changed(either_workbench, people["mara"], **given)
    assert [" ".join(row.reasons) for row in again.rows] == ["", "It was left out when this was done."]
    with either_workbench.reading(people["mara"]) as tx:
        assert len({event.occurred_at for event in tx.find(Event, task_id=ids([left]))}) == 1
