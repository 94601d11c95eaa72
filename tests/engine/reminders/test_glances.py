"""What a tick reads is what the records say, and what it writes is as the records would write it."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from pydantic_core import to_json
from sqlalchemy import text

from engine.audit.models import Event
from engine.deliverables.models import Approval
from engine.errors import UnreadableRecordError
from engine.record import Record
from engine.reminders import glances
from engine.reminders import tick as module
from engine.reminders.glances import ApprovalGlance, ClockGlance, TaskGlance
from engine.reminders.models import Reminder, ReminderClock
from engine.tasks.models import Task
from engine.tasks.models import TaskStatus as S
from tests.engine.deliverables.rounds import INTERNAL, all_of, ask, with_deliverable
from tests.engine.reminders.office import Office, at

GLANCES = {TaskGlance: Task, ApprovalGlance: Approval, ClockGlance: ReminderClock}


def lived(office: Office) -> list[str]:
    """Let tasks come into all that a glance tells of; return their ids."""
    late, free = office.task(due="2026-12-01"), office.task(due="2026-12-03", to=None)
    waits = office.task(due="2026-12-03")
    office.move(waits, S.WAITING, waiting_for="the guest", follow_up_at=at("2026-12-02 14:00"))
    closed = office.task(due="2026-12-04")
    office.move(closed, S.CANCELLED, reason="Not needed.")
    judged = with_deliverable(office.bench, INTERNAL, "draft")
    ask(office.bench, judged)
    return [late, free, waits, closed, judged]


@pytest.mark.parametrize(("glance", "whole"), GLANCES.items(), ids=lambda one: one.__name__)
def test_a_field_of_a_glance_is_one_of_its_record_and_as_optional(glance: type[Record], whole: type[Record]):
    for name, field in glance.model_fields.items():
        assert field.is_required() == whole.model_fields[name].is_required(), name
        assert field.is_required() or field.default == whole.model_fields[name].default, name


def test_a_glance_says_what_the_record_says(office: Office):
    ids = lived(office)
    office.tick("2026-12-02 09:01")
    with office.bench.writing("tick") as tx:
        tasks, seen = glances.at_tasks(tx, ids)
        whole = {task.task_id: task for task in tx.find(Task, task_id=ids)}
        clocks = {clock.task_id: clock.seen_until for clock in tx.find(ReminderClock, task_id=ids)}
        approval_ids = [one.task_approval_id for one in all_of(office.bench, ids[-1])]
        waiting = glances.at_approvals(tx, approval_ids)
        approvals = {one.task_approval_id: one for one in tx.find(Approval)}
        assert {task.task_id for task in tasks} == set(ids)
        for glance in tasks:
            assert_same(glance, whole[glance.task_id])
        assert seen == clocks
        assert len(waiting) == 1
        for approval, task in waiting:
            assert_same(approval, approvals[approval.task_approval_id])
            assert_same(task, whole[approval.task_id])


def assert_same(glance: Record, whole: Record) -> None:
    for name in type(glance).model_fields:
        found, expected = getattr(glance, name), getattr(whole, name)
        assert (found, type(found)) == (expected, type(expected)), name
        assert getattr(found, "tzinfo", None) is getattr(expected, "tzinfo", None), name


def test_of_another_workspace_nothing_is_glanced_at(office: Office):
    task_id = office.task(due="2026-12-03")
    office.tick()
    with office.bench.writing("tick") as tx:
        tx.workspace_id = "wsp_other"
        assert glances.at_tasks(tx, [task_id])[0] == []


@pytest.mark.parametrize("deadline", ["17", "soon", None])
def test_a_moment_that_is_none_makes_the_task_unreadable(office: Office, deadline: str | None):
    task_id = office.task(due="2026-12-03")
    with office.bench.reading() as tx:
        document = tx.get(Task, task_id).to_data()
    document["created_at"] = int(deadline) if deadline == "17" else deadline
    spoil(office, "tasks", task_id, document)
    with office.bench.writing("tick") as tx, pytest.raises(UnreadableRecordError, match="created_at"):
        glances.at_tasks(tx, [task_id])


def spoil(office: Office, table: str, task_id: str, document: dict[str, Any]) -> None:
    with office.bench.database.write() as connection:
        put = text(f"UPDATE {table} SET document = :document WHERE task_id = :task_id")  # noqa: S608
        connection.execute(put, {"document": to_json(document).decode(), "task_id": task_id})


@pytest.mark.parametrize("kind", [Reminder, ReminderClock, Event], ids=lambda one: one.__name__)
def test_the_rows_that_a_tick_writes_are_as_the_records_would_write_them(office: Office, kind: type[Record]):
    lived(office)
    office.tick("2026-12-02 09:01")
    office.tick("2026-12-07 09:01")
    table = office.bench.database.table(kind.spec.table)
    rows = list(table.stream_whole_rows({}, (kind.spec.key[0],)))
    assert len(rows) > 4
    for values, document in rows:
        written = kind.model_validate_json(document).to_stored()
        assert (written.text, written.values) == (document, values)


def test_python_looks_for_garbage_again_after_a_batch_whatever_came_of_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    office.task(due="2026-12-03")
    looked: list[bool] = []

    def fail(*_: object) -> None:
        looked.append(gc.isenabled())
        raise RuntimeError("for some reason")

    monkeypatch.setattr(module, "_look_at_tasks", fail)
    with pytest.raises(RuntimeError, match="for some reason"):
        office.tick()
    assert looked == [False]
    assert gc.isenabled()
