"""Dependencies: what they hold back, what releases it, and circles that are refused."""

from __future__ import annotations

import pytest

from engine.audit.models import Action
from engine.deliverables import actions
from engine.errors import (
    BadRequestError,
    CompletionRefusedError,
    ConflictError,
    NotFoundError,
)
from engine.tasks import dependencies, lifecycle
from engine.tasks.models import Task, TaskStatus
from tests.engine.conftest import Bench, change

S = TaskStatus


def test_a_task_with_an_open_dependency_is_pending_and_neither_starts_nor_completes(bench: Bench):
    first = bench.make()
    second = bench.make(depends_on=[1])
    task = bench.task(second)
    assert (task.status, task.blocked_by, task.is_blocked) == (S.PENDING, first, True)
    state = bench.state()
    for verb in (
        lambda tx: lifecycle.start(tx, second),
        lambda tx: lifecycle.complete(tx, second),
        lambda tx: lifecycle.change_status(tx, second, "in_progress"),
    ):
        with pytest.raises(CompletionRefusedError) as caught, bench.writing() as tx:
            verb(tx)
        assert caught.value.code == "DEPENDENCY_UNMET"
        assert caught.value.details[0]["subject"] == first
    assert bench.state() == state
    with bench.reading() as tx:
        offered = actions.allowed(tx, tx.get(Task, second))
    assert not {"start", "complete"} & {action.name for action in offered}


def test_a_dependency_that_opens_anew_refuses_completion_even_in_progress(bench: Bench):
    first, second = bench.make(), bench.make()
    with bench.writing() as tx:
        lifecycle.start(tx, second)
    bench.change(second, depends_on=[first])
    with pytest.raises(CompletionRefusedError) as caught, bench.writing() as tx:
        lifecycle.change_status(tx, second, "completed")
    assert caught.value.code == "DEPENDENCY_UNMET"


@pytest.mark.parametrize("way", ["completed", "skipped", "cancelled", "failed"])
def test_completing_or_skipping_releases_dependents_and_nothing_else_does(bench: Bench, way: str):
    first, other = bench.make(), bench.make()
    second = bench.make(depends_on=[first, other])
    bench.change(other, status=S.COMPLETED)
    bench.change(first, status=S.IN_PROGRESS, skip={"reasons": [{"text": "no"}], "comment_required": False})
    with bench.writing() as tx:
        lifecycle.change_status(tx, first, way, "no" if way == "skipped" else None)
    task = bench.task(second)
    if way in ("completed", "skipped"):
        assert task.blocked_by is None
        assert bench.events(second)[-1].action is Action.TASK_RELEASED
        assert bench.events(second)[-1].before == {
            "blocked_by": first, "freed_at": None, "freed_by": None,
        }  # fmt: skip
        assert (task.freed_at, task.freed_by) == (bench.clock.now(), bench.actors["mara"].user_id)
    else:
        assert task.blocked_by == first


def test_the_next_open_dependency_takes_over(bench: Bench):
    first, other = bench.make(), bench.make()
    second = bench.make(depends_on=[first, other])
    with bench.writing() as tx:
        lifecycle.complete(tx, first)
    assert bench.task(second).blocked_by == other
    with bench.writing() as tx:
        lifecycle.complete(tx, other)
        tx.settle()
        assert tx.get(Task, second).blocked_by is None
        assert lifecycle.complete(tx, second).status is S.COMPLETED


def test_a_circle_is_refused_and_shown(bench: Bench):
    first = bench.make()
    second = bench.make(depends_on=[first])
    third = bench.make(depends_on=[second])
    state = bench.state()
    with pytest.raises(BadRequestError, match="#1 -> #3 -> #2 -> #1"):
        change(bench, first, {"depends_on": [third]})
    with pytest.raises(BadRequestError, match="#1 -> #1"):
        change(bench, first, {"depends_on": ["1"]})
    assert bench.state() == state


def test_dependencies_change_before_the_start_only_and_on_visible_tasks_only(bench: Bench):
    hidden, mine = bench.make(), bench.make("ana")
    with pytest.raises(NotFoundError):
        change(bench, mine, {"depends_on": [hidden]}, by="ana")
    with pytest.raises(NotFoundError):
        bench.make("ana", depends_on=[hidden])
    assert change(bench, mine, {"depends_on": [hidden]}).blocked_by == hidden
    assert change(bench, mine, {"depends_on": []}).blocked_by is None
    with bench.writing() as tx:
        lifecycle.start(tx, mine)
    with pytest.raises(ConflictError, match="before it starts"):
        change(bench, mine, {"depends_on": [hidden]})


def test_a_long_chain_and_a_diamond_are_no_circles(bench: Bench):
    tasks = [bench.make()]
    for _ in range(5):
        tasks.append(bench.make(depends_on=[tasks[-1], tasks[0]]))
    with bench.reading() as tx:
        dependencies.check_acyclic(tx, "tsk_new", tasks)
    assert bench.task(tasks[1]).depends_on == [tasks[0]]
