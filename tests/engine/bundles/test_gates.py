"""What a bundle's plan puts before a task is not gone around by whoever does it (S2, DEP-01)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.audit.models import Event
from engine.errors import BadRequestError, ForbiddenError
from engine.tasks import assignment, clone, create, lifecycle, update
from engine.tasks.models import Task
from tests.factories import do

#: Each takes the draft out of what publishing waits for, or tries to.
WAYS: dict[str, Callable[..., Any]] = {
    "an update": lambda tx, content, task, left, reason: update.update(
        tx, content, task.task_id, {"depends_on": left, "reason": reason}
    ),
    "a clone": lambda tx, content, task, left, reason: clone.clone(
        tx, content, task.task_id, {"depends_on": left, "reason": reason}
    ),
}


@pytest.fixture
def publish(start, work) -> Task:
    """The task that Ben does once the draft is done."""
    return work(start()).task("publish")


def attempt(
    workbench: Workbench, actor: Actor, way: str, task: Task, left: list[str], reason: str | None = None
) -> Task:
    with workbench.transaction(actor) as tx:
        return WAYS[way](tx, workbench.content(), task, left, reason)


@pytest.mark.parametrize("way", WAYS)
def test_who_does_a_task_does_not_take_out_what_can_still_be_done(workbench, people, publish, way):
    before = _all(workbench)
    with pytest.raises(ForbiddenError, match="wait no longer"):
        attempt(workbench, people["ben"], way, publish, [], "I am in a hurry")
    assert _all(workbench) == before


@pytest.mark.parametrize("way", WAYS)
def test_a_manager_says_why(workbench, people, publish, way):
    before = _all(workbench)
    for reason in (None, "", "  "):
        with pytest.raises(BadRequestError) as caught:
            attempt(workbench, people["mara"], way, publish, [], reason)
        assert caught.value.details[0]["field"] == "reason"
    assert _all(workbench) == before
    task = attempt(workbench, people["mara"], way, publish, [], "The text comes from the partner")
    assert (task.depends_on, task.blocked_by) == ([], None)
    with workbench.reading(people["mara"]) as tx:
        [told] = [event for event in tx.find(Event, entity_id=task.task_id) if event.reason]
    assert told.reason == "The text comes from the partner"


@pytest.mark.parametrize("way", WAYS)
def test_one_is_not_exchanged_for_another(workbench, people, publish, way):
    with workbench.transaction(people["ben"]) as tx:
        done = lifecycle.complete(tx, _made(tx, workbench))
    with pytest.raises(ForbiddenError):
        attempt(workbench, people["ben"], way, publish, [done.task_id])


def test_a_clone_in_a_bundle_waits_for_what_its_original_waits_for(workbench, people, publish):
    with workbench.transaction(people["ben"]) as tx:
        made = clone.clone(tx, workbench.content(), publish.task_id, {"title": "Publish again"})
    assert made.depends_on == publish.depends_on
    assert made.blocked_by == publish.blocked_by
    assert made.bundle_id == publish.bundle_id


def test_who_does_a_task_takes_out_what_is_never_met(workbench, people, publish):
    [draft] = publish.depends_on
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.cancel(tx, draft)
    task = do(workbench, people["ben"], "task drop-dependency", task_id=publish.task_id, other_id=draft)
    assert task.depends_on == []


@pytest.mark.parametrize("way", ["cancelled", "failed"])
@pytest.mark.parametrize("drop", WAYS)
def test_who_does_a_task_does_not_call_off_what_it_waits_for_to_take_it_out(
    workbench, people, publish, way: str, drop: str
):
    """That would be dropping what can still be done, in two steps."""
    [draft] = publish.depends_on
    with workbench.transaction(people["mara"]) as tx:
        assignment.assign(tx, draft, "ben")
    with workbench.transaction(people["ben"]) as tx:
        lifecycle.change_status(tx, draft, "queued")
        lifecycle.change_status(tx, draft, way)
    before = _all(workbench)
    with pytest.raises(ForbiddenError, match="which they called off themselves"):
        attempt(workbench, people["ben"], drop, publish, [], "It is not needed")
    assert _all(workbench) == before
    assert attempt(workbench, people["mara"], drop, publish, []).depends_on == []


def test_more_may_be_put_before_a_task(workbench, people, publish):
    with workbench.transaction(people["ben"]) as tx:
        mine = _made(tx, workbench)
        task = update.update(
            tx, workbench.content(), publish.task_id, {"depends_on": [*publish.depends_on, mine]}
        )
    assert task.depends_on == [*publish.depends_on, mine]


def _made(tx, workbench: Workbench) -> str:
    new = create.NewTask.parse({"title": "Mine", "task_type": "untyped", "assignee": "ben"})
    return create.create(tx, workbench.content(), new).task_id


def _all(workbench: Workbench) -> list[str]:
    with workbench.reading(workbench.operator()) as tx:
        return [row.to_json() for kind in (Task, Event) for row in tx.find(kind)]
