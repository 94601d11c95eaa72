"""Undo: the change that was just made is taken back, by who made it, while nothing was built on it (D5)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engine import commands, inputs
from engine.access import Actor
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.bundles.models import Bundle
from engine.clock import FixedClock
from engine.command import Done
from engine.errors import ConflictError, DependencyCycleError, ForbiddenError, NotFoundError, OwnWorkError
from engine.reference.models import Employee
from engine.tasks import lifecycle, notes, update
from engine.tasks.models import Note, Task, TaskStatus
from tests.factories import make_bundle, make_people, make_task
from tests.told import saved

S = TaskStatus


@pytest.fixture
def people(either_workbench: Workbench) -> dict[str, Actor]:
    return make_people(either_workbench)


def done(workbench: Workbench, actor: Actor, name: str, /, **given: Any) -> Done[Any]:
    command = commands.get(name)
    return commands.execute(workbench, actor, command, inputs.read(command.input, given))


def undone(workbench: Workbench, actor: Actor, act: Done[Any] | str) -> Done[Any]:
    act_id = act if isinstance(act, str) else act.act_id
    assert act_id is not None, "it offers no undo"
    return done(workbench, actor, "act undo", act_id=act_id)


def task_of(workbench: Workbench, task_id: str) -> Task:
    with workbench.reading(workbench.operator()) as tx:
        return tx.get(Task, task_id)


def events_of(workbench: Workbench, task_id: str) -> list[Event]:
    with workbench.reading(workbench.operator()) as tx:
        return tx.find(Event, task_id=task_id, order_by=("seq",))


def test_who_assigned_a_task_gives_it_back_with_one_event(
    either_workbench: Workbench, people: dict[str, Actor]
):
    task = make_task(either_workbench, assignee="ana")
    act = done(either_workbench, people["mara"], "task assign", task_id=task.task_id, assignee="ben")
    said = undone(either_workbench, people["mara"], act)
    assert task_of(either_workbench, task.task_id).assignee_id == task.assignee_id
    told = events_of(either_workbench, task.task_id)[-1]
    assert (told.action, told.summary) == (
        Action.CHANGE_UNDONE,
        f"Undone: {task.name} is assigned to Ben Brandt",
    )
    assert said.message == f"Undone: {task.name} is assigned to Ben Brandt."
    assert said.act_id is None  # an undo offers none


def test_somebody_elses_act_is_not_there_to_be_undone(either_workbench: Workbench, people: dict[str, Actor]):
    task = make_task(either_workbench, assignee="ana")
    act = done(either_workbench, people["ana"], "task block", task_id=task.task_id, reason="No access")
    with pytest.raises(NotFoundError, match="no act"):
        undone(either_workbench, people["mara"], act)
    assert task_of(either_workbench, task.task_id).status is S.BLOCKED


@pytest.mark.parametrize(("seconds", "is_taken"), [(0, True), (10, True), (60, True), (61, False)])
def test_an_undo_is_taken_for_a_minute(
    either_workbench: Workbench, people: dict[str, Actor], clock: FixedClock, seconds: int, is_taken: bool
):
    task = make_task(either_workbench, assignee="ana")
    act = done(either_workbench, people["ana"], "task block", task_id=task.task_id, reason="No access")
    clock.advance(seconds=seconds)
    if is_taken:
        undone(either_workbench, people["ana"], act)
    else:
        with pytest.raises(ConflictError, match="more than a minute ago"):
            undone(either_workbench, people["ana"], act)
    assert (task_of(either_workbench, task.task_id).status is S.PENDING) == is_taken


def test_what_somebody_changed_since_is_not_undone_over_them(
    either_workbench: Workbench, people: dict[str, Actor]
):
    task = make_task(either_workbench, assignee="ana")
    act = done(either_workbench, people["mara"], "task assign", task_id=task.task_id, assignee="ben")
    with either_workbench.transaction(people["ben"]) as tx:
        lifecycle.start(tx, task.task_id)
    with pytest.raises(ConflictError, match="Ben has changed more since"):
        undone(either_workbench, people["mara"], act)
    assert task_of(either_workbench, task.task_id).status is S.IN_PROGRESS


def test_a_part_that_was_changed_since_counts_as_well(either_workbench: Workbench, people: dict[str, Actor]):
    task = make_task(either_workbench, assignee="ana")
    act = done(either_workbench, people["ana"], "task block", task_id=task.task_id, reason="No access")
    done(either_workbench, people["ana"], "task add-step", task_id=task.task_id, title="Ask for access")
    with pytest.raises(ConflictError, match="Ana has changed more since"):
        undone(either_workbench, people["ana"], act)


def test_a_note_since_is_no_change(either_workbench: Workbench, people: dict[str, Actor]):
    task = make_task(either_workbench, assignee="ana")
    act = done(either_workbench, people["ana"], "task block", task_id=task.task_id, reason="No access")
    with either_workbench.transaction(people["mara"]) as tx:
        notes.add(tx, task.task_id, "I have asked for it.")
    undone(either_workbench, people["ana"], act)
    assert task_of(either_workbench, task.task_id).status is S.PENDING


def test_a_comment_along_with_a_wait_stays(either_workbench: Workbench, people: dict[str, Actor]):
    task = make_task(either_workbench, assignee="ana")
    given = {"waiting_for": "Acme", "comment": "They are on holiday."}
    act = done(either_workbench, people["ana"], "task wait", task_id=task.task_id, **given)
    undone(either_workbench, people["ana"], act)
    now = task_of(either_workbench, task.task_id)
    assert (now.status, now.waiting_for, now.follow_up_at, now.waiting_since) == (S.PENDING, None, None, None)
    with either_workbench.reading(people["ana"]) as tx:
        assert [note.body for note in tx.find(Note, task_id=task.task_id)] == ["They are on holiday."]


def test_nothing_is_undone_twice_and_no_undo_is(either_workbench: Workbench, people: dict[str, Actor]):
    task = make_task(either_workbench, assignee="ana")
    act = done(either_workbench, people["ana"], "task block", task_id=task.task_id, reason="No access")
    undone(either_workbench, people["ana"], act)
    with pytest.raises(ConflictError, match="was undone already"):
        undone(either_workbench, people["ana"], act)
    of_undo = events_of(either_workbench, task.task_id)[-1].act_id
    assert of_undo is not None
    with pytest.raises(ConflictError, match="An undo cannot be undone"):
        undone(either_workbench, people["ana"], of_undo)


def test_work_that_went_on_meanwhile_was_never_interrupted(
    either_workbench: Workbench, people: dict[str, Actor], clock: FixedClock
):
    task = make_task(either_workbench, assignee="ana")
    with either_workbench.transaction(people["ana"]) as tx:
        lifecycle.start(tx, task.task_id)
    started = task_of(either_workbench, task.task_id)
    clock.advance(minutes=20)
    act = done(either_workbench, people["ana"], "task put-back", task_id=task.task_id)
    undone(either_workbench, people["ana"], act)
    now = task_of(either_workbench, task.task_id)
    assert (now.status, now.started_at, now.worked_seconds) == (S.IN_PROGRESS, started.started_at, 0)


@pytest.mark.parametrize(
    ("verb", "given"),
    [
        ("task start", {}),
        ("task complete", {}),
        ("task cancel", {}),
        ("task note", {"body": "Well"}),
        ("task add-step", {"title": "More"}),
        ("task help", {"question": "How?"}),
    ],
)
def test_a_start_a_closing_and_a_remark_offer_no_undo(
    either_workbench: Workbench, people: dict[str, Actor], verb: str, given: dict[str, Any]
):
    task = make_task(either_workbench, assignee="ana")
    if verb == "task help":
        done(either_workbench, people["ana"], "task start", task_id=task.task_id)
    act = done(either_workbench, people["ana"], verb, task_id=task.task_id, **given)
    assert act.act_id is None
    last = events_of(either_workbench, task.task_id)[-1].act_id
    assert last is not None
    before = task_of(either_workbench, task.task_id)
    with pytest.raises(ConflictError, match="cannot be undone"):
        undone(either_workbench, people["ana"], last)
    assert task_of(either_workbench, task.task_id) == before


def test_a_task_does_not_go_back_to_who_accepted_its_proof(
    either_workbench: Workbench, people: dict[str, Actor]
):
    """Else the order of steps would tell whether somebody judges their own work (S18)."""
    task = make_task(either_workbench, assignee="mara")
    act = done(either_workbench, people["mara"], "task assign", task_id=task.task_id, assignee="ben")
    with either_workbench.transaction(people["ben"]) as tx:  # as a step of a later release might leave it
        found = tx.get(Task, task.task_id)
        found.human_reviewed_by = people["mara"].user_id
        tx.save(found)
        tx.record(Action.NOTE_ADDED, found, "Something was noted")
    with pytest.raises(OwnWorkError, match="permitted that"):
        undone(either_workbench, people["mara"], act)


def test_a_task_does_not_go_back_to_who_left(either_workbench: Workbench, people: dict[str, Actor]):
    task = make_task(either_workbench, assignee="ben")
    act = done(either_workbench, people["mara"], "task assign", task_id=task.task_id, assignee="ana")
    with either_workbench.transaction(either_workbench.operator()) as tx:
        ben = tx.find_one(Employee, key="ben")
        assert ben is not None
        ben.is_active = False
        saved(tx, ben)
    with pytest.raises(ConflictError, match="Ben Brandt is not active any more"):
        undone(either_workbench, people["mara"], act)


def test_a_dependency_that_is_back_stands_as_it_does_now(
    either_workbench: Workbench, people: dict[str, Actor]
):
    first, second = (make_task(either_workbench, assignee="ana", title=title) for title in ("One", "Two"))
    last = make_task(either_workbench, assignee="ana", depends_on=[first.task_id, second.task_id])
    act = done(
        either_workbench,
        people["ana"],
        "task drop-dependency",
        task_id=last.task_id,
        other_id=first.task_id,
    )
    with either_workbench.transaction(people["ana"]) as tx:
        lifecycle.complete(tx, first.task_id)
    undone(either_workbench, people["ana"], act)
    now = task_of(either_workbench, last.task_id)
    assert (now.depends_on, now.blocked_by) == ([first.task_id, second.task_id], second.task_id)


def test_a_dependency_that_is_back_and_was_called_off_meanwhile_is_told(
    either_workbench: Workbench, people: dict[str, Actor]
):
    first = make_task(either_workbench, assignee="ben", title="One")
    last = make_task(either_workbench, assignee="ana", depends_on=[first.task_id])
    dropped = {"task_id": last.task_id, "other_id": first.task_id}
    act = done(either_workbench, people["ana"], "task drop-dependency", **dropped)
    with either_workbench.transaction(people["mara"]) as tx:
        lifecycle.cancel(tx, first.task_id)
    undone(either_workbench, people["ana"], act)
    told = events_of(either_workbench, last.task_id)
    assert [event.action for event in told[-3:]] == [
        Action.CHANGE_UNDONE,
        Action.NOTE_ADDED,
        Action.TASK_BLOCKER_LOST,
    ]
    waits = {"depends_on": [first.task_id], "blocked_by": first.task_id}
    assert told[-3].after == {**waits, "freed_at": None, "freed_by": None}


def test_no_circle_of_tasks_comes_from_an_undo(either_workbench: Workbench, people: dict[str, Actor]):
    first = make_task(either_workbench, assignee="ana", title="One")
    last = make_task(either_workbench, assignee="ana", depends_on=[first.task_id])
    dropped = {"task_id": last.task_id, "other_id": first.task_id}
    act = done(either_workbench, people["ana"], "task drop-dependency", **dropped)
    with either_workbench.transaction(people["ana"]) as tx:
        update.update(tx, either_workbench.content(), first.task_id, {"depends_on": [last.task_id]})
    with pytest.raises(DependencyCycleError):
        undone(either_workbench, people["ana"], act)
    assert task_of(either_workbench, last.task_id).depends_on == []


def test_a_bundle_is_dated_as_before_with_all_its_tasks(
    either_workbench: Workbench, people: dict[str, Actor]
):
    bundle = make_bundle(either_workbench, actor=people["mara"])

    def days() -> tuple[date, list[Any]]:
        with either_workbench.reading(people["mara"]) as tx:
            tasks = tx.find(Task, bundle_id=bundle.bundle_id, order_by=("position",))
            return tx.get(Bundle, bundle.bundle_id).anchor_date, [
                (task.due_date, task.deadline, task.first_deadline) for task in tasks
            ]

    before = days()
    given = {"bundle_id": bundle.bundle_id, "anchor_date": "2027-01-29"}
    act = done(either_workbench, people["mara"], "bundle reanchor", **given)
    assert days() != before
    undone(either_workbench, people["mara"], act)
    assert days() == before


def test_a_bundle_has_its_title_again(either_workbench: Workbench, people: dict[str, Actor]):
    bundle = make_bundle(either_workbench, "newsletter", actor=people["mara"])
    act = done(either_workbench, people["mara"], "bundle update", bundle_id=bundle.bundle_id, title="Spring")
    undone(either_workbench, people["mara"], act)
    with either_workbench.reading(people["mara"]) as tx:
        assert tx.get(Bundle, bundle.bundle_id).title == bundle.title


def test_partners_have_no_undo(either_workbench: Workbench, people: dict[str, Actor]):
    with pytest.raises(ForbiddenError):
        undone(either_workbench, people["pat"], "evt_none")


def test_a_change_that_nothing_tells_of_as_one_act_has_no_undo(
    either_workbench: Workbench, people: dict[str, Actor]
):
    """An event in the middle of an act is not the act."""
    task = make_task(either_workbench, assignee="ana")
    given = {"waiting_for": "Acme", "comment": "They are on holiday."}
    done(either_workbench, people["ana"], "task wait", task_id=task.task_id, **given)
    inner = events_of(either_workbench, task.task_id)[-1]
    assert inner.act_id != inner.audit_event_id
    with pytest.raises(NotFoundError):
        undone(either_workbench, people["ana"], inner.audit_event_id)


def test_changes_are_undone_one_after_the_other_from_the_last_on(
    either_workbench: Workbench, people: dict[str, Actor]
):
    mara, task = people["mara"], make_task(either_workbench, assignee="ana")
    first = done(either_workbench, mara, "task update", task_id=task.task_id, priority="high")
    second = done(either_workbench, mara, "task update", task_id=task.task_id, title="Call them")
    third = done(either_workbench, mara, "task assign", task_id=task.task_id, assignee="ben")
    with pytest.raises(ConflictError, match="Mara has changed more since"):
        undone(either_workbench, mara, first)
    said = undone(either_workbench, mara, third)
    assert said.act_id == second.act_id  # what Undo takes next
    with pytest.raises(ConflictError, match="was undone already"):
        undone(either_workbench, mara, third)
    said = undone(either_workbench, mara, second)
    assert said.act_id == first.act_id
    said = undone(either_workbench, mara, first)
    assert said.act_id is None
    silent = {"revision", "updated_at"}
    assert task_of(either_workbench, task.task_id).model_dump(exclude=silent) == task.model_dump(
        exclude=silent
    )


def test_what_somebody_else_undid_is_as_if_it_had_not_been(
    either_workbench: Workbench, people: dict[str, Actor]
):
    task = make_task(either_workbench, assignee="ana")
    own = done(either_workbench, people["ana"], "task update", task_id=task.task_id, priority="high")
    other = done(either_workbench, people["mara"], "task block", task_id=task.task_id, reason="No access")
    with pytest.raises(ConflictError, match="Mara has changed more since"):
        undone(either_workbench, people["ana"], own)
    assert undone(either_workbench, people["mara"], other).act_id is None  # what is last again is Ana's
    undone(either_workbench, people["ana"], own)
    assert task_of(either_workbench, task.task_id).priority == task.priority


def test_a_change_that_a_larger_one_touched_is_undone_after_that(
    either_workbench: Workbench, people: dict[str, Actor]
):
    mara, tasks = people["mara"], [make_task(either_workbench, assignee="ana") for _ in range(40)]
    ids = [task.task_id for task in tasks]
    first = done(either_workbench, mara, "task bulk", tasks=ids, priority="high")
    second = done(either_workbench, mara, "task bulk", tasks=ids, assignee_id="ben")
    assert undone(either_workbench, mara, second).act_id == first.act_id
    undone(either_workbench, mara, first)
    found = [task_of(either_workbench, task_id) for task_id in ids]
    assert {(task.priority, task.assignee_id) for task in found} == {
        (tasks[0].priority, tasks[0].assignee_id)
    }


def test_an_undo_of_part_of_it_lets_no_earlier_change_pass(
    either_workbench: Workbench, people: dict[str, Actor]
):
    mara = people["mara"]
    one, other = (make_task(either_workbench, assignee="ana") for _ in range(2))
    both = done(either_workbench, mara, "task bulk", tasks=[one.task_id, other.task_id], priority="high")
    done(either_workbench, mara, "task update", task_id=one.task_id, title="Call them")
    later = done(either_workbench, mara, "task update", task_id=other.task_id, title="Write to them")
    undone(either_workbench, mara, later)
    with pytest.raises(ConflictError, match="Mara has changed more since"):
        undone(either_workbench, mara, both)


def test_an_undo_offers_no_change_that_is_more_than_a_minute_ago(
    either_workbench: Workbench, people: dict[str, Actor], clock: FixedClock
):
    mara, task = people["mara"], make_task(either_workbench, assignee="ana")
    done(either_workbench, mara, "task update", task_id=task.task_id, priority="high")
    clock.advance(seconds=61)
    second = done(either_workbench, mara, "task update", task_id=task.task_id, title="Call them")
    assert undone(either_workbench, mara, second).act_id is None
