"""Which completed tasks are looked at again, and that nothing waits for it (QA-01 to QA-06, QA-14, QA-15)."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.app import Workbench
from engine.audit.models import Action
from engine.config import Settings
from engine.qa.selection import is_over_plan
from engine.tasks import lifecycle
from engine.tasks.models import QaReason, Task, TaskStatus
from engine.wiring import roll
from tests.engine.qa.conftest import Floor
from tests.factories import make_bundle, make_people
from tests.told import saved
from tests.verified import events_of_intact

NOBODY = None


def qa_of(task: Task) -> tuple[bool, QaReason | None, list[QaReason]]:
    return task.qa_flagged, task.qa_type, task.qa_reasons


def test_a_task_that_the_die_falls_on_is_flagged_and_completed_all_the_same(either_floor: Floor):
    floor = either_floor
    floor.die.falls = [1]
    task = floor.done(NOBODY)
    assert (task.status, task.completed_at) == (TaskStatus.COMPLETED, floor.workbench.clock.now())
    stored = floor.task(task)
    assert qa_of(stored) == (True, QaReason.RANDOM, [QaReason.RANDOM])
    assert (stored.qa_flagged_at, stored.qa_reviewed_at) == (floor.workbench.clock.now(), None)
    assert stored.qa_state == "open"


@pytest.mark.parametrize("result", [2, 3, 9, 10])
def test_any_other_side_flags_nothing_and_is_kept_too(floor: Floor, result: int):
    floor.die.falls = [result]
    task = floor.done(NOBODY)
    assert qa_of(floor.task(task)) == (False, None, [])
    [rolled] = floor.events(task, Action.QA_ROLLED, Action.QA_FLAGGED)
    assert (rolled.action, rolled.after) == (Action.QA_ROLLED, {"sides": 10, "result": result})


def test_the_event_names_the_reasons_and_the_fields(floor: Floor):
    floor.die.falls = [1]
    task = floor.done("ana")
    [flagged] = floor.events(task, Action.QA_FLAGGED)
    assert flagged.after["qa_reasons"] == ["random", "first_three"]
    assert flagged.before == {
        "qa_flagged": False, "qa_type": None, "qa_reasons": [], "qa_flagged_at": None
    }  # fmt: skip
    assert "the die fell on 1" in flagged.summary
    assert task.name in flagged.summary


@pytest.mark.parametrize(
    ("said", "asked"), [(10, 10), (14, 14), (20, 20), (None, 20), (1, 10), (9, 10), (21, 20), (1000, 20)]
)
def test_a_die_has_ten_to_twenty_sides_as_the_type_says(floor: Floor, said: int | None, asked: int):
    task = floor.make(NOBODY)
    with floor.workbench.transaction(floor.people["mara"]) as tx:
        kept = tx.get(Task, task.task_id)
        kept.qa = {} if said is None else {**kept.qa, "die_sides": said}
        saved(tx, kept)
    floor.complete(task)
    assert floor.die.asked == [asked]


@given(st.integers(10, 20))
def test_the_die_of_a_real_engine_shows_one_of_its_sides(sides: int):
    assert 1 <= roll(sides) <= sides


def test_without_a_die_of_its_own_the_engine_rolls_one(settings: Settings):
    with closing(Workbench(settings)) as engine, engine.reading(engine.operator()) as tx:
        assert {tx.wiring.roll(10) for _ in range(400)} == set(range(1, 11))


def test_the_first_three_tasks_that_a_person_completes_are_flagged_and_no_more(either_floor: Floor):
    floor = either_floor
    found = [floor.task(floor.done("ana")).qa_type for _ in range(5)]
    assert found == [QaReason.FIRST_THREE] * 3 + [None] * 2


def test_each_person_and_agent_has_first_tasks_of_their_own(floor: Floor):
    floor.experienced("ana")
    for who in ("ben", "bot"):
        assert floor.task(floor.done(who)).qa_reasons == [QaReason.FIRST_THREE]
    assert floor.task(floor.done("ana")).qa_reasons == []


def test_what_was_skipped_cancelled_or_is_open_counts_as_nobodys_first(floor: Floor):
    for _ in range(3):
        with floor.workbench.transaction(floor.people["mara"]) as tx:
            lifecycle.cancel(tx, floor_make(tx, floor).task_id)
        floor.make("ana")
    assert floor.task(floor.done("ana")).qa_reasons == [QaReason.FIRST_THREE]


def floor_make(tx, floor: Floor) -> Task:
    from engine.tasks import create

    new = create.NewTask.parse({"title": "Not needed", "task_type": "untyped", "assignee": "ana"})
    return create.create(tx, floor.workbench.content(), new)


def test_what_is_assigned_to_nobody_is_nobodys_first_task(floor: Floor):
    for _ in range(4):
        assert floor.task(floor.done(NOBODY)).qa_reasons == []


@pytest.mark.parametrize(("hours", "is_flagged"), [(1, False), (2, False), (2.01, True), (9, True)])
def test_work_beyond_twice_the_plan_is_flagged(either_floor: Floor, hours: float, is_flagged: bool):
    floor = either_floor
    task = floor.complete(floor.make(NOBODY, planned_minutes=60), hours=hours)
    assert floor.task(task).qa_reasons == ([QaReason.OVER_DURATION] if is_flagged else [])


def test_waiting_for_somebody_outside_is_no_work(floor: Floor):
    task, mara, clock = floor.make(NOBODY, planned_minutes=60), floor.people["mara"], floor.workbench.clock
    with floor.workbench.transaction(mara) as tx:
        lifecycle.start(tx, task.task_id)
    clock.advance(minutes=50)
    with floor.workbench.transaction(mara) as tx:
        lifecycle.wait(tx, task.task_id, "the printer")
    clock.advance(days=9)
    with floor.workbench.transaction(mara) as tx:
        lifecycle.resume(tx, task.task_id)
    clock.advance(minutes=60)
    with floor.workbench.transaction(mara) as tx:
        done = lifecycle.complete(tx, task.task_id)
    assert (done.worked_seconds, done.qa_reasons) == (110 * 60, [])


@given(st.integers(0, 10**6), st.one_of(st.none(), st.integers(0, 1000)), st.sampled_from([1, 1.5, 2, 3]))
def test_over_the_plan_is_more_than_the_multiple_and_never_without_a_plan(worked, planned, factor):
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    task = Task(
        task_id="tsk_1", workspace_id="wsp_1", task_number=1, task_uuid="u", title="T", task_type="untyped",
        owner_id="usr_1", created_at=moment, updated_at=moment, planned_minutes=planned,
        worked_seconds=worked, qa={"over_planned_factor": factor},
    )  # fmt: skip
    allowed = timedelta(minutes=planned or 0) * factor
    assert is_over_plan(task) == (bool(planned) and timedelta(seconds=worked) > allowed)


def test_all_reasons_are_kept_and_the_first_is_the_type(floor: Floor):
    floor.die.falls = [1]
    task = floor.complete(floor.make("ben", planned_minutes=1), hours=1)
    stored = floor.task(task)
    assert stored.qa_reasons == [QaReason.RANDOM, QaReason.FIRST_THREE, QaReason.OVER_DURATION]
    assert stored.qa_type is QaReason.RANDOM


def test_nothing_but_completion_rolls_the_die(floor: Floor):
    task = floor.make("ana")
    with floor.workbench.transaction(floor.people["mara"]) as tx:
        lifecycle.start(tx, task.task_id)
        lifecycle.wait(tx, task.task_id, "the printer")
        lifecycle.cancel(tx, task.task_id)
    assert floor.die.asked == []
    assert qa_of(floor.task(task)) == (False, None, [])


def test_a_type_may_do_without_first_tasks(floor: Floor):
    task = floor.make("ana")
    with floor.workbench.transaction(floor.people["mara"]) as tx:
        kept = tx.get(Task, task.task_id)
        kept.qa = {**kept.qa, "first_n": 0}
        saved(tx, kept)
    assert floor.task(floor.complete(task)).qa_reasons == []


def test_dependents_are_released_in_the_same_transaction_as_ever(floor: Floor):
    floor.die.falls = [1]
    first = floor.make("ana")
    second = floor.make("ana", depends_on=[first.task_id])
    floor.complete(first)
    assert floor.task(first).qa_flagged
    assert floor.task(second).blocked_by is None


def test_tasks_take_the_qa_policy_of_their_type_from_bundle_and_by_hand(workbench: Workbench):
    people = make_people(workbench)
    given = {"site_url": "https://acme.example"}
    bundle = make_bundle(workbench, "technical_audit", actor=people["mara"], partner="acme", parameters=given)
    with workbench.reading(people["mara"]) as tx:
        tasks = tx.find(Task, bundle_id=bundle.bundle_id)
    types = workbench.content().task_types
    assert tasks
    for task in tasks:
        assert task.qa == types[task.task_type].qa.model_dump(mode="json")
    assert {task.qa["over_planned_factor"] for task in tasks if task.task_type == "audit"} == {1.5}


def test_the_chain_of_events_stays_intact(either_floor: Floor):
    floor = either_floor
    floor.die.falls = [1, 7]
    floor.done("ana")
    floor.done("ben")
    with floor.workbench.reading(floor.people["mara"]) as tx:
        assert events_of_intact(tx) > 0
