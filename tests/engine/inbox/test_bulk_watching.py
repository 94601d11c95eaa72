"""Watching and muting many tasks at once: a wish for each, for whoever sees it, in one act (UPD-39)."""

from __future__ import annotations

from typing import Any

import pytest

from engine import commands, inputs
from engine.access import Actor
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.errors import ForbiddenError
from engine.tasks.bulk_outcome import Bulk
from engine.tasks.models import Task
from engine.watching import service
from engine.watching.models import WatchMode
from tests.factories import make_people, make_task
from tests.statements import counted


@pytest.fixture
def people(either_workbench: Workbench) -> dict[str, Actor]:
    return make_people(either_workbench)


def watched(workbench: Workbench, actor: Actor, tasks: list[Task], mode: str, **given: Any) -> Bulk:
    command = commands.get("task bulk-watch")
    asked = inputs.read(command.input, {"tasks": [task.task_id for task in tasks], "mode": mode, **given})
    done: Bulk = commands.execute(workbench, actor, command, asked).result
    return done


def modes(workbench: Workbench, actor: Actor, tasks: list[Task]) -> list[WatchMode]:
    with workbench.reading(actor) as tx:
        return [service.mode_of(tx, tx.get(Task, task.task_id)) for task in tasks]


def test_many_are_watched_muted_and_neither_in_one_act_each(
    either_workbench: Workbench, people: dict[str, Actor]
):
    tasks = [make_task(either_workbench, assignee="ben") for _ in range(3)]
    for mode, said in (("watching", "watched"), ("muted", "muted"), ("normal", "neither watched nor muted")):
        before = modes(either_workbench, people["mara"], tasks)
        tried = watched(either_workbench, people["mara"], tasks, mode, dry_run=True)
        assert tried.summary == f"3 tasks would be {said}."
        assert modes(either_workbench, people["mara"], tasks) == before
        done = watched(either_workbench, people["mara"], tasks, mode)
        assert done.summary == f"3 tasks {said}."
        assert modes(either_workbench, people["mara"], tasks) == [WatchMode(mode)] * 3
    with either_workbench.reading(people["mara"]) as tx:
        acts = [event.act_id for event in tx.find(Event, action=Action.WATCH_CHANGED, order_by=("seq",))]
    assert [acts.count(act) for act in dict.fromkeys(acts)] == [3, 3, 3]


def test_who_sees_a_task_watches_it_whoever_works_it_and_who_does_not_is_told_as_if_there_were_none(
    either_workbench: Workbench, people: dict[str, Actor]
):
    own, hidden = make_task(either_workbench, assignee="ana"), make_task(either_workbench, assignee="ben")
    done = watched(either_workbench, people["ana"], [own, hidden], "watching")
    assert [" ".join(row.reasons) for row in done.rows] == [
        "",
        f"There is no task {hidden.task_id} that you may see. Check the id.",
    ]
    again = watched(either_workbench, people["ana"], [own], "watching")
    assert [row.reasons for row in again.rows] == [("It is so already: nothing changes.",)]
    assert modes(either_workbench, people["mara"], [own]) == [WatchMode.NORMAL]
    with pytest.raises(ForbiddenError):
        watched(either_workbench, people["pat"], [own], "watching")


def test_many_take_no_more_statements_than_a_few(either_workbench: Workbench, people: dict[str, Actor]):
    taken = set()
    for size in (2, 20):
        tasks = [make_task(either_workbench) for _ in range(size)]
        for mode in ("watching", "muted"):
            with counted() as statements:
                watched(either_workbench, people["mara"], tasks, mode)
            taken.add((mode, len(statements)))
    assert len(taken) == 2
