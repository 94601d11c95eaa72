"""One change to many tasks: each done or left out with every reason, in one act (UPD-37 to UPD-41)."""

# ruff: noqa: S311 - chance is no secret here

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest

from engine import commands, inputs
from engine.access import Actor
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.command import Done
from engine.errors import BadRequestError, IdempotencyKeyReusedError, WorkbenchError
from engine.record import read_json
from engine.tasks import lifecycle, update
from engine.tasks.bulk_outcome import Bulk
from engine.tasks.models import Task, TaskStatus
from tests.engine.corrections.walk import Walk
from tests.factories import make_bundle, make_people, make_task
from tests.told import saved
from tests.verified import events_of_intact


@pytest.fixture
def people(either_workbench: Workbench) -> dict[str, Actor]:
    return make_people(either_workbench)


def changed(workbench: Workbench, actor: Actor, /, **given: Any) -> Done[Bulk]:
    command = commands.get("task bulk")
    return commands.execute(workbench, actor, command, inputs.read(command.input, given))


def task_of(workbench: Workbench, task_id: str) -> Task:
    with workbench.reading(workbench.system_actor()) as tx:
        found = tx.find_by_key(Task, task_id)
        assert found is not None
        return found


def events_of(workbench: Workbench, *task_ids: str) -> list[Event]:
    with workbench.reading(workbench.operator()) as tx:
        return tx.find(Event, task_id=list(task_ids), order_by=("seq",))


def reasons(done: Done[Bulk]) -> list[str]:
    return [" ".join(row.reasons) for row in done.result.rows]


def test_many_tasks_are_assigned_in_one_act(either_workbench: Workbench, people: dict[str, Actor]):
    tasks = [make_task(either_workbench, assignee="ana") for _ in range(30)]
    ids = [task.task_id for task in tasks]
    done = changed(either_workbench, people["mara"], tasks=ids, assignee_id="ben")
    assert [row.task_id for row in done.result.done] == ids
    assert done.message == "30 tasks assigned to Ben Brandt."
    ben = people["ben"].employee_id
    assert {task_of(either_workbench, task_id).assignee_id for task_id in ids} == {ben}
    acts = {event.act_id for event in events_of(either_workbench, *ids)[-30:]}
    assert acts == {done.act_id}


def test_what_is_refused_is_left_out_with_its_reason_and_nothing_of_it_stays(
    either_workbench: Workbench, people: dict[str, Actor]
):
    free, over, bens = (make_task(either_workbench, assignee=name) for name in ("ana", "ana", "ben"))
    with either_workbench.transaction(people["mara"]) as tx:
        lifecycle.cancel(tx, over.task_id)
    before = task_of(either_workbench, over.task_id), len(events_of(either_workbench, over.task_id))
    done = changed(
        either_workbench,
        people["mara"],
        tasks=[free.task_id, over.task_id, bens.task_id, "4711"],
        assignee_id="ben",
    )
    assert reasons(done) == [
        "",
        "Task #2 “Call the printer” is “Cancelled”: only its tags and metadata can be changed.",
        "It is so already: nothing changes.",
        "There is no task 4711 that you may see. Check the id.",
    ]
    assert done.message.startswith("1 task assigned to Ben Brandt. 3 tasks left out. Task #2 ")
    after = task_of(either_workbench, over.task_id), len(events_of(either_workbench, over.task_id))
    assert after == before


def test_every_id_is_asked_for_by_the_access_rules_and_none_tells_what_is_there(
    either_workbench: Workbench, people: dict[str, Actor]
):
    own, hidden = make_task(either_workbench, assignee="ana"), make_task(either_workbench, assignee="ben")
    bundle = make_bundle(either_workbench, "blog_post", parameters={"topic": "Tents"})
    with either_workbench.transaction(people["mara"]) as tx:
        first, second, *_ = tx.find(Task, bundle_id=bundle.bundle_id, order_by=("task_number",))
        first.assignee_id, second.assignee_id = people["ana"].employee_id, people["ben"].employee_id
        saved(tx, first)
        saved(tx, second)
    names = [own.task_id, hidden.task_id, f"#{hidden.task_number}", second.task_id, "tsk_none"]
    done = changed(either_workbench, people["ana"], tasks=names, priority="high")
    # nor does anything tell that two names mean the same
    assert reasons(done) == [
        "",
        f"There is no task {hidden.task_id} that you may see. Check the id.",
        f"There is no task #{hidden.task_number} that you may see. Check the id.",
        f"Ana may see task {second.name}, but not change it. Ask its assignee or a manager.",
        "There is no task tsk_none that you may see. Check the id.",
    ]
    assert [row.title for row in done.result.rows] == [own.title, None, None, second.title, None]
    assert done.result.rows[1].task_number is None
    for task in (hidden, second):
        assert task_of(either_workbench, task.task_id).priority == task.priority


def test_a_task_that_is_named_twice_is_changed_once(either_workbench: Workbench, people: dict[str, Actor]):
    task = make_task(either_workbench, due_date="2026-12-01")
    names = [task.task_id, task.task_number, f"#{task.task_number}", task.task_uuid]
    done = changed(either_workbench, people["mara"], tasks=names, days=2)
    assert len(done.result.rows) == 1
    assert task_of(either_workbench, task.task_id).due_date == date(2026, 12, 3)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({}, "Nothing is to be changed"),
        ({"reason": "So"}, "Nothing is to be changed"),
        ({"assignee_id": "nobody_here"}, "there is no employee 'nobody_here'"),
        ({"status": "asleep"}, "'asleep' is not a status"),
        ({"priority": "dire"}, "priority"),
        ({"days": 99999}, "must be at most 3650"),
        ({"tasks": [], "priority": "high"}, "must not be empty"),
        ({"tasks": ["x"] * 101, "priority": "high"}, "has more than 100 entries; send fewer at a time"),
    ],
)
def test_what_no_task_could_take_is_refused_for_all(
    either_workbench: Workbench, people: dict[str, Actor], given: dict[str, Any], fault: str
):
    task = make_task(either_workbench, assignee="ana")
    before = len(events_of(either_workbench, task.task_id))
    with pytest.raises(BadRequestError, match=fault):
        changed(either_workbench, people["mara"], **{"tasks": [task.task_id], **given})
    assert len(events_of(either_workbench, task.task_id)) == before


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ({"assignee_id": ""}, "assignee_id", None),
        ({"priority": "low"}, "priority", "low"),
        ({"tag": ["tax"], "untag": ["seo"]}, "tags", ["web", "tax"]),
        ({"status": "blocked", "reason": "No access"}, "status", TaskStatus.BLOCKED),
        ({"status": "blocked", "reason": "No access"}, "status_reason", "No access"),
        ({"status": "waiting", "waiting_for": "the editor"}, "waiting_for", "the editor"),
        ({"status": "deferred", "deferred_until": "2026-12-24"}, "deferred_until", date(2026, 12, 24)),
        ({"status": "cancelled", "reason": "Not needed"}, "cancel_reason", "Not needed"),
        ({"days": 7}, "due_date", date(2026, 12, 8)),
        ({"days": -1}, "due_date", date(2026, 11, 30)),
    ],
)
def test_each_verb_changes_all_of_them(
    either_workbench: Workbench, people: dict[str, Actor], given: dict[str, Any], field: str, value: object
):
    tasks = [
        make_task(either_workbench, assignee="ana", due_date="2026-12-01", tags=["seo", "web"])
        for _ in range(3)
    ]
    done = changed(either_workbench, people["mara"], tasks=[task.task_id for task in tasks], **given)
    assert reasons(done) == ["", "", ""]
    assert [getattr(task_of(either_workbench, task.task_id), field) for task in tasks] == [value] * 3


def test_a_deadline_of_its_own_keeps_its_time_of_the_day(
    either_workbench: Workbench, people: dict[str, Actor]
):
    task = make_task(either_workbench, deadline="2026-12-01T15:00:00+00:00")
    changed(either_workbench, people["mara"], tasks=[task.task_id], days=3)
    found = task_of(either_workbench, task.task_id)
    assert (found.due_date, found.deadline) == (date(2026, 12, 4), datetime(2026, 12, 4, 15, tzinfo=UTC))


def test_a_deadline_that_follows_from_the_day_follows_from_the_new_one(
    either_workbench: Workbench, people: dict[str, Actor]
):
    bundle = make_bundle(
        either_workbench, "link_placement", parameters={"target_url": "https://acme.example"}
    )
    with either_workbench.reading(people["mara"]) as tx:
        task, *_ = tx.find(Task, bundle_id=bundle.bundle_id, order_by=("task_number",))
    with either_workbench.transaction(people["mara"]) as tx:
        update.update(tx, either_workbench.content(), task.task_id, {"due_date": "2027-03-12"})
    assert task_of(either_workbench, task.task_id).deadline == datetime(2027, 3, 12, 22, 30, tzinfo=UTC)
    changed(either_workbench, people["mara"], tasks=[task.task_id], days=3)
    # New York puts its clocks forward between the two days.
    assert task_of(either_workbench, task.task_id).deadline == datetime(2027, 3, 15, 21, 30, tzinfo=UTC)


def test_what_has_no_due_date_is_not_moved(either_workbench: Workbench, people: dict[str, Actor]):
    task = make_task(either_workbench)
    done = changed(either_workbench, people["mara"], tasks=[task.task_id], days=3)
    assert reasons(done) == [
        "Task #1 “Call the printer” has no due date that could be moved. Give it one first."
    ]
    assert done.act_id is None


def test_who_waits_for_what_is_cancelled_is_told_whichever_holds_them_first(
    either_workbench: Workbench, people: dict[str, Actor]
):
    bundle = make_bundle(either_workbench, "blog_post", parameters={"topic": "Tents"})
    with either_workbench.transaction(people["mara"]) as tx:
        first, second, third, *_ = tx.find(Task, bundle_id=bundle.bundle_id, order_by=("task_number",))
        third.depends_on, third.blocked_by = [first.task_id, second.task_id], first.task_id
        saved(tx, third)
    done = changed(either_workbench, people["mara"], tasks=[second.task_id], status="cancelled")
    assert reasons(done) == [""]
    told = [event.action for event in events_of(either_workbench, third.task_id)]
    assert told[-1] is Action.TASK_BLOCKER_LOST


def test_a_dry_run_says_the_same_and_changes_nothing(either_workbench: Workbench, people: dict[str, Actor]):
    tasks = [make_task(either_workbench, assignee=name) for name in ("ana", "ben", "ana")]
    ids = [task.task_id for task in tasks]
    before = [task_of(either_workbench, task_id) for task_id in ids], len(events_of(either_workbench, *ids))
    tried = changed(either_workbench, people["mara"], tasks=ids, assignee_id="ben", dry_run=True)
    assert tried.message == (
        "2 tasks would be assigned to Ben Brandt. 1 task left out. #2: It is so already: nothing changes."
    )
    assert tried.act_id is None
    after = [task_of(either_workbench, task_id) for task_id in ids], len(events_of(either_workbench, *ids))
    assert after == before
    done = changed(either_workbench, people["mara"], tasks=ids, assignee_id="ben")
    assert done.result.rows == tried.result.rows
    with either_workbench.reading(people["mara"]) as tx:
        events_of_intact(tx)


def test_the_same_key_moves_days_once(either_workbench: Workbench, people: dict[str, Actor]):
    tasks = [make_task(either_workbench, due_date="2026-12-01"), make_task(either_workbench)]
    given = {"tasks": [task.task_id for task in tasks], "days": 1, "idempotency_key": "k"}
    first = changed(either_workbench, people["mara"], **given)
    again = changed(either_workbench, people["mara"], **given)
    assert [row.is_done for row in again.result.rows] == [row.is_done for row in first.result.rows]
    assert task_of(either_workbench, tasks[0].task_id).due_date == date(2026, 12, 2)
    with pytest.raises(IdempotencyKeyReusedError):
        changed(either_workbench, people["mara"], **given | {"days": 2})


def test_one_undo_takes_the_whole_back(either_workbench: Workbench, people: dict[str, Actor]):
    tasks = [make_task(either_workbench, assignee="ana", due_date="2026-12-01") for _ in range(25)]
    done = changed(
        either_workbench,
        people["mara"],
        tasks=[task.task_id for task in tasks],
        assignee_id="ben",
        days=2,
        tag=["tax"],
    )
    undo = commands.get("act undo")
    said = commands.execute(
        either_workbench, people["mara"], undo, inputs.read(undo.input, {"act_id": done.act_id})
    )
    assert said.message == (
        "Undone: Changed assignee id, deadline, due date, tags of #1 “Call the printer”, and 24 more tasks."
    )
    silent = {"revision", "updated_at"}
    for task in tasks:
        assert task_of(either_workbench, task.task_id).model_dump(exclude=silent) == task.model_dump(
            exclude=silent
        )


#: What is asked of all tasks of a walk: the bulk change, as the update of one of them has it.
WISHES: tuple[tuple[dict[str, Any], Mapping[str, Any]], ...] = (
    ({"assignee_id": "ben"}, {"assignee_id": "ben", "assigned_to_bot": False}),
    ({"assignee_id": ""}, {"assignee_id": None}),
    ({"priority": "high"}, {"priority": "high"}),
    ({"status": "in_progress"}, {"status": "in_progress", "status_reason": None}),
    ({"status": "pending", "reason": "Later"}, {"status": "pending", "status_reason": "Later"}),
    (
        {"status": "waiting", "waiting_for": "the editor", "comment": "Well"},
        {"status": "waiting", "status_reason": None, "waiting_for": "the editor", "comment": "Well"},
    ),
    ({"status": "completed"}, {"status": "completed", "status_reason": None}),
    (
        {"status": "skipped", "reason": "no time", "comment": "So"},
        {"status": "skipped", "status_reason": "no time", "comment": "So"},
    ),
    ({"status": "failed"}, {"status": "failed", "status_reason": None}),
    (
        {"status": "blocked", "reason": "No", "priority": "low"},
        {"status": "blocked", "status_reason": "No", "priority": "low"},
    ),
    ({"due_date": "2026-12-24"}, {"due_date": "2026-12-24"}),
    (
        {"status": "deferred", "deferred_until": "2027-12-24"},
        {"status": "deferred", "status_reason": None, "deferred_until": "2027-12-24"},
    ),
    ({"status": "cancelled", "reason": "No"}, {"status": "cancelled", "status_reason": "No"}),
)
#: What differs where the same is done at another moment, or as one act.
_OF_THE_MOMENT = ("revision", "updated_at")


def documents(walk: Walk) -> dict[str, dict[str, Any]]:
    """Return all but events, by table and place in it: ids differ from store to store."""
    found: dict[str, dict[str, Any]] = {}
    for (table, key), document in walk.documents().items():
        kept = {name: value for name, value in document.items() if name not in _OF_THE_MOMENT}
        found[f"{table}/{key}"] = kept
    return found


@pytest.mark.few(1)
@pytest.mark.parametrize("who", ["mara", "ana"])
def test_it_is_what_the_single_verb_does_to_one_after_the_other(either_workbench: Workbench, who: str):
    walk = Walk(either_workbench, random.Random(11))
    for _ in range(120):
        walk.step()
    tasks, actor, content = [*walk.tasks], walk.people[who], either_workbench.content()
    for given, fields in WISHES:
        walk.dice.shuffle(tasks)
        tried = changed(either_workbench, actor, tasks=tasks, dry_run=True, **given)
        single: list[str] = []
        by_hand: dict[str, dict[str, Any]] = {}
        with suppress(_BackError), either_workbench.database.write(actor.workspace_id):
            for task_id in tasks:
                single.append(_one(either_workbench, actor, content, task_id, fields, given.get("reason")))
            by_hand = documents(walk)
            raise _BackError
        done = changed(either_workbench, actor, tasks=tasks, **given)
        assert told(reasons(tried)) == told(single), given
        assert told(reasons(done)) == told(single), given
        assert documents(walk) == by_hand, given
    with either_workbench.reading(actor) as tx:
        events_of_intact(tx)


def told(refusals: list[str]) -> list[str]:
    """Take all refusals of what is not theirs for one: who gives work away sees it until the end."""
    return [
        "not theirs" if re.search("but not change it|that you may see", text) else text for text in refusals
    ]


class _BackError(Exception):
    """Takes back what was done for comparison."""


def _one(
    workbench: Workbench, actor: Actor, content: Any, task_id: str, fields: Mapping[str, Any], why: str | None
) -> str:
    """Update one task in a transaction of its own; return why that was refused."""
    before = documents_of(workbench, task_id)
    try:
        with workbench.database.write() as connection:  # as its transactions are, but within the comparison
            tx = workbench._transaction(actor, connection, writes=True)
            update.update(tx, content, task_id, {**fields} if why is None else {**fields, "reason": why})
            tx.finish()
    except WorkbenchError as error:
        violations = getattr(error, "violations", None)
        return " ".join(item.message for item in violations) if violations else error.message
    return "It is so already: nothing changes." if documents_of(workbench, task_id) == before else ""


def documents_of(workbench: Workbench, task_id: str) -> list[Any]:
    """Return a task as it is stored."""
    return [read_json(text) for text in workbench.database.table("tasks").select_rows({"task_id": task_id})]
