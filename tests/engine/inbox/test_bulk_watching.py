"""Watching and muting many tasks at once: a wish for each, for whoever sees it, in one act (UPD-39)."""

from __future__ import annotations

from typing import Any

import pytest

from engine import commands, inputs
from engine.access import Actor
from engine.app import Workbench
from engine.audit import history, topics
from engine.audit.models import Action, Event
from engine.clock import FixedClock
from engine.command import Done
from engine.errors import ConflictError, ForbiddenError, NotFoundError
from engine.inbox import service as inbox
from engine.tasks import lifecycle
from engine.tasks.bulk_outcome import Bulk
from engine.tasks.models import Task
from engine.watching import service
from engine.watching.models import Watch, WatchMode
from tests.factories import make_people, make_task
from tests.statements import counted
from tests.verified import events_of_intact


@pytest.fixture
def people(either_workbench: Workbench) -> dict[str, Actor]:
    return make_people(either_workbench)


def acted(workbench: Workbench, actor: Actor, tasks: list[Task], mode: str, **given: Any) -> Done[Bulk]:
    command = commands.get("task bulk-watch")
    asked = inputs.read(command.input, {"tasks": [task.task_id for task in tasks], "mode": mode, **given})
    return commands.execute(workbench, actor, command, asked)


def watched(workbench: Workbench, actor: Actor, tasks: list[Task], mode: str, **given: Any) -> Bulk:
    return acted(workbench, actor, tasks, mode, **given).result


def undo(workbench: Workbench, actor: Actor, act: Done[Bulk]) -> Done[Any]:
    command = commands.get("act undo")
    return commands.execute(workbench, actor, command, inputs.read(command.input, {"act_id": act.act_id}))


def kept(workbench: Workbench, actor: Actor, tasks: list[Task]) -> list[tuple[WatchMode, object]]:
    """Say what somebody wishes to hear of each, and since when, where they wish anything."""
    with workbench.reading(actor) as tx:
        found = tx.find(Watch, user_id=actor.user_id)
    told = {watch.watched_task_id: (watch.mode, watch.since) for watch in found}
    normal = WatchMode.NORMAL
    wishes = (told.get(task.task_id, (normal, None)) for task in tasks)
    return [(mode, None if mode is normal else since) for mode, since in wishes]


def badge(workbench: Workbench, actor: Actor) -> int:
    with workbench.reading(actor) as tx:
        return inbox.count(tx, inbox.positions(tx))


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


def test_one_undo_gives_all_of_them_back_as_they_were_and_since_when(
    either_workbench: Workbench, people: dict[str, Actor], clock: FixedClock
):
    mara, tasks = people["mara"], [make_task(either_workbench, assignee="ben") for _ in range(4)]
    watched(either_workbench, mara, tasks[:1], "watching")
    watched(either_workbench, mara, tasks[1:2], "muted")
    before = kept(either_workbench, mara, tasks)
    clock.advance(seconds=30)
    for mode, words in (("muted", "has muted"), ("watching", "watches"), ("normal", "neither")):
        act = acted(either_workbench, mara, tasks, mode)
        assert act.act_id is not None
        undone = undo(either_workbench, mara, act)
        assert words in undone.message
        assert ("and 2 more tasks." in undone.message) == (mode != "normal")
        assert kept(either_workbench, mara, tasks) == before
    with either_workbench.reading(mara) as tx:
        events_of_intact(tx)


def test_what_was_wished_since_is_not_undone_and_nobody_undoes_what_another_wished(
    either_workbench: Workbench, people: dict[str, Actor]
):
    mara, tasks = people["mara"], [make_task(either_workbench, assignee="ben") for _ in range(2)]
    first = acted(either_workbench, mara, tasks, "watching")
    acted(either_workbench, people["sam"], tasks, "muted")  # another's wish is no change of hers
    acted(either_workbench, mara, tasks[:1], "muted")
    with pytest.raises(ConflictError, match="has changed more since"):
        undo(either_workbench, mara, first)
    with pytest.raises(NotFoundError):
        undo(either_workbench, people["sam"], first)


def test_an_undo_brings_what_is_watched_back_into_the_inbox(
    either_workbench: Workbench, people: dict[str, Actor], clock: FixedClock
):
    mara, task = people["mara"], make_task(either_workbench, assignee="ben")
    watched(either_workbench, mara, [task], "watching")
    clock.advance(seconds=1)
    with either_workbench.transaction(people["ben"]) as tx:
        lifecycle.start(tx, task.task_id)
    clock.advance(seconds=1)
    counts = [badge(either_workbench, mara)]
    act = acted(either_workbench, mara, [task], "normal")
    counts.append(badge(either_workbench, mara))
    page = [topics.task(task.task_id)]
    with either_workbench.reading(mara) as tx:
        shown = history.positions(tx, page)
    undo(either_workbench, mara, act)
    with either_workbench.reading(mara) as tx:
        assert history.positions(tx, page) != shown, "its page says so at once"
    counts.append(badge(either_workbench, mara))
    assert counts == [1, 0, 1]


def test_many_take_no_more_statements_than_a_few(either_workbench: Workbench, people: dict[str, Actor]):
    taken = set()
    for size in (2, 20):
        tasks = [make_task(either_workbench) for _ in range(size)]
        for mode in ("watching", "muted"):
            with counted() as statements:
                watched(either_workbench, people["mara"], tasks, mode)
            taken.add((mode, len(statements)))
    assert len(taken) == 2
