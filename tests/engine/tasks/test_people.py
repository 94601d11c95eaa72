"""Who sees, works, claims and is given tasks, what they are offered, and how a task is described."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from engine.audit.models import Action
from engine.deliverables import actions, describe
from engine.errors import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
)
from engine.reference.models import Employee
from engine.tasks import assignment, lifecycle, lookup, waiting
from engine.tasks.models import Task, TaskStatus
from tests.engine.conftest import NOW, PEOPLE, Bench, change
from tests.told import saved

S = TaskStatus


# -- who sees and works -----------------------------------------------------------------------


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("tie", ["none", "owner", "assignee", "claimable", "in_bundle"])
def test_each_role_sees_and_works_what_the_table_says(bench: Bench, name: str, tie: str):
    actor = bench.actors[name]
    task_id = bench.make("olga" if name != "olga" else "mara", depends_on=[])
    if tie == "owner":
        bench.change(task_id, owner_id=actor.user_id)
    if tie == "assignee":
        bench.change(task_id, assignee_id=actor.employee_id or "emp_other")
    if tie == "claimable":
        bench.change(task_id, assignee_role=next(iter(actor.assignee_roles), "nobody"))
    if tie == "in_bundle":
        bench.change(task_id, bundle_id="bnd_1")
        bench.change(bench.make("olga"), bundle_id="bnd_1", assignee_id=actor.employee_id or "emp_other")
    leads = name in {"olga", "mara"}
    tied = {
        "owner": name != "pat",
        "assignee": name not in {"olga", "pat"},
        "claimable": bool(actor.assignee_roles) and name != "sam",
        "in_bundle": name not in {"olga", "pat"},
        "none": False,
    }[tie]
    sees = leads or name == "sam" or tied
    works = leads or (tied and tie in {"owner", "assignee"})
    if works:
        with bench.writing(name) as tx:
            assert lifecycle.start(tx, task_id).status is S.IN_PROGRESS
    else:
        state = bench.state()
        with pytest.raises(ForbiddenError if sees else NotFoundError), bench.writing(name) as tx:
            lifecycle.start(tx, task_id)
        assert bench.state() == state


def test_a_task_is_found_by_id_number_and_uuid_and_by_nothing_else(bench: Bench):
    task = bench.task(bench.make())
    with bench.reading() as tx:
        for name in (
            task.task_id,
            str(task.task_number),
            f"#{task.task_number}",
            task.task_uuid,
            task.task_uuid.upper(),
        ):
            assert lookup.find(tx, name).task_id == task.task_id
        for name in (
            "",
            "0",
            "-1",
            "99",
            "9" * 30,
            "tsk_none",
            "x",
            "1.0",
            "²",
            "00000000-0000-0000-0000-000000000000",
        ):
            with pytest.raises(NotFoundError):
                lookup.find(tx, name)
    with bench.reading("ben") as tx, pytest.raises(NotFoundError):
        lookup.find(tx, str(task.task_number))


# -- assignment -------------------------------------------------------------------------------


def test_a_member_claims_what_waits_for_their_role_and_nobody_after_them(bench: Bench):
    task_id = bench.make()
    bench.change(task_id, assignee_role="writer", bundle_id="bnd_1")
    bench.change(bench.make(), bundle_id="bnd_1", assignee_id=bench.employee_id("ben"))
    with pytest.raises(ForbiddenError, match="writer"), bench.writing("ben") as tx:
        assignment.claim(tx, task_id)
    with bench.writing("ana") as tx:
        assert [action.name for action in actions.allowed(tx, tx.get(Task, task_id))] == ["claim"]
        assignment.claim(tx, task_id)
    task = bench.task(task_id)
    assert (task.assignee_id, task.assignee_role) == (bench.employee_id("ana"), "writer")
    assert bench.events(task_id)[-1].action is Action.TASK_ASSIGNED
    with pytest.raises(ConflictError, match="assignee already"), bench.writing("ana") as tx:
        assignment.claim(tx, task_id)


def test_without_an_employee_a_role_or_an_open_task_nothing_is_claimed(bench: Bench):
    task_id = bench.make()
    bench.change(task_id, assignee_role="writer")
    for name in ("olga", "mara", "sam"):
        with pytest.raises(ForbiddenError), bench.writing(name) as tx:
            assignment.claim(tx, task_id)
    bench.change(task_id, status=S.COMPLETED)
    with pytest.raises(ConflictError), bench.writing("ana") as tx:
        assignment.claim(tx, task_id)


def test_a_task_is_given_by_key_or_id_and_taken_back(bench: Bench):
    task_id = bench.make(assigned_to_bot=True)
    with bench.writing() as tx:
        task = assignment.assign(tx, task_id, "ana")
    assert (task.assignee_id, task.assigned_to_bot) == (bench.employee_id("ana"), False)
    with bench.writing() as tx:
        assert assignment.assign(tx, task_id, bench.employee_id("ben")).assignee_id == bench.employee_id(
            "ben"
        )
        assert assignment.assign(tx, task_id, None).assignee_id is None
    count = len(bench.events(task_id))
    with bench.writing() as tx:
        assignment.assign(tx, task_id, None)
    assert len(bench.events(task_id)) == count


def test_an_unknown_or_former_employee_gets_no_task(bench: Bench):
    task_id = bench.make()
    with bench.writing() as tx:
        ben = tx.get(Employee, bench.employee_id("ben"))
        ben.is_active = False
        saved(tx, ben)
    state = bench.state()
    for key in ("nobody", "emp_none", "ben"):
        with pytest.raises(BadRequestError) as caught, bench.writing() as tx:
            assignment.assign(tx, task_id, key)
        assert caught.value.details[0]["field"] == "assignee"
        with pytest.raises(BadRequestError):
            bench.make(assignee=key)
        with pytest.raises(BadRequestError):
            change(bench, task_id, {"assignee_id": key})
    assert bench.state() == state


# -- the rest ---------------------------------------------------------------------------------

OFFERED = {
    S.PENDING: ["start", "complete", "help", "wait", "block", "defer", "assign", "clone", "cancel"],
    S.QUEUED: ["start", "complete", "help", "block", "defer", "put_back", "assign", "clone", "cancel"],
    S.DEFERRED: ["resume", "assign", "clone", "cancel"],
    S.IN_PROGRESS: ["complete", "help", "wait", "block", "defer", "put_back", "assign", "clone", "cancel"],
    S.WAITING: ["resume", "complete", "wait", "block", "defer", "put_back", "assign", "clone", "cancel"],
    S.BLOCKED: ["resume", "complete", "defer", "put_back", "assign", "clone", "cancel"],
    S.HELP_NEEDED: ["resume", "complete", "block", "assign", "clone", "cancel"],
    S.PENDING_APPROVAL: ["complete", "withdraw", "assign", "clone", "cancel"],
    S.COMPLETED: ["clone"],
    S.SKIPPED: ["clone"],
    S.FAILED: ["put_back", "assign", "clone", "cancel"],
    S.CANCELLED: ["clone"],
}


@pytest.mark.parametrize("status", S)
def test_actions_are_those_allowed_now_with_the_step_forward_as_the_primary(bench: Bench, status: S):
    task_id = bench.make()
    bench.change(task_id, status=status)
    with bench.reading() as tx:
        offered = actions.allowed(tx, tx.get(Task, task_id))
    assert [action.name for action in offered] == OFFERED[status]
    is_final = status in (S.COMPLETED, S.SKIPPED, S.CANCELLED)
    assert [action.is_primary for action in offered] == [
        place == 0 and not is_final for place in range(len(offered))
    ]
    bench.change(task_id, skip={"reasons": [{"text": "no"}]})
    with bench.reading() as tx:
        names = [action.name for action in actions.allowed(tx, tx.get(Task, task_id))]
    skippable = {S.PENDING, S.QUEUED, S.DEFERRED, S.IN_PROGRESS, S.WAITING, S.BLOCKED, S.FAILED}
    assert ("skip" in names) == (status in skippable)


def test_whoever_only_sees_a_task_is_offered_nothing(bench: Bench):
    task_id = bench.make()
    with bench.reading("sam") as tx:
        assert actions.allowed(tx, tx.get(Task, task_id)) == []


def test_a_task_is_described_with_every_field_and_its_parts(bench: Bench):
    first, second = bench.make(), bench.make(title="Second")
    bench.parts(first, {"label": "Invoice"}, {"ref": "call"}, {"ref": "report", "type": "report"})
    with bench.reading() as tx:
        data = describe.describe(tx, tx.get(Task, first))
        both = describe.describe_all(tx, [tx.get(Task, second), tx.get(Task, first)])
    assert set(Task.model_fields) | {
        "is_blocked",
        "proof",
        "steps",
        "deliverables",
        "approvals",
        "notes",
        "files",
    } == set(data)
    assert [row["label"] for row in data["proof"]] == ["Invoice"]
    assert [row["ref"] for row in data["steps"]] == ["call"]
    assert [row["ref"] for row in data["deliverables"]] == ["report"]
    assert [both[0]["title"], both[1]] == ["Second", data]


@pytest.mark.parametrize(
    ("zone", "day"), [("UTC", date(2026, 11, 22)), ("Pacific/Kiritimati", date(2026, 11, 23))]
)
def test_a_task_that_waits_comes_back_on_the_day_of_its_follow_up_where_it_is_read(
    bench: Bench, zone: str, day: date
):
    task_id = bench.make()
    with bench.writing() as tx:
        task = lifecycle.wait(tx, task_id, "Ana", datetime(2026, 11, 22, 18, tzinfo=UTC))
    assert waiting.comes_back_on(task, zone) == day
    before = day - timedelta(days=1)
    assert [waiting.has_come_back(task, today, zone) for today in (before, day)] == [False, True]
    with bench.writing() as tx:
        task = lifecycle.resume(tx, task_id)
    assert waiting.comes_back_on(task, zone) is None


def test_a_follow_up_is_due_from_its_moment_on_while_the_task_waits(bench: Bench):
    task_id = bench.make()
    with bench.writing() as tx:
        task = lifecycle.wait(tx, task_id, "Ana", NOW + timedelta(days=1))
    assert not waiting.follow_up_is_due(task, NOW)
    assert waiting.follow_up_is_due(task, NOW + timedelta(days=1))
    with bench.writing() as tx:
        task = lifecycle.resume(tx, task_id)
    assert not waiting.follow_up_is_due(task, NOW + timedelta(days=9))
