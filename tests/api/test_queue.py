"""The queue over the API: which tasks run, wait and are planned, and in which order what waits is begun."""

from __future__ import annotations

import pytest

from engine.jobs.workers import Workers
from tests.api.reading import check_shape
from tests.factories import do, make_task
from web.api.resources import queue as resource

_CONFIG = {"executor": "api_call", "url": "https://example.com/cards"}
AUTOMATED = {"execution_type": "manual_trigger", "execution_config": _CONFIG}


@pytest.fixture
def ask(api, workbench):
    """Ask as Mara, who sees everything, or as somebody else."""
    Workers(workbench.database).enter("machine:1", "token", release="0.4.0", threads=2, does=[])

    def get(query: str = "", by: str = "mara"):
        answer = api(by).get(f"/tasks/queue{query}")
        assert answer.status_code == 200, answer.text
        check_shape(answer.json, resource.SCHEMA)
        return answer.json

    return get


@pytest.fixture
def make(workbench, people):
    def task(title: str, *, by: str = "ana", is_run: bool = False, **fields):
        made = make_task(workbench, actor=people[by], title=title, **(AUTOMATED if is_run else {}), **fields)
        if is_run:
            do(workbench, people[by], "task execute", task_id=made.task_id)
        workbench.clock.advance(seconds=1)
        return made

    return task


def titles(answer) -> list[str]:
    return [one["title"] for one in answer["queue"]]


def test_filters_tell_what_runs_what_waits_and_what_is_planned(ask, make, workbench, people):
    """QUE-01, QUE-04, QUE-07, OPQ-27."""
    do(workbench, people["ana"], "task start", task_id=make("Write").task_id)
    make("Read")
    make("Plan", scheduled_for="2027-06-01T09:00:00Z")
    do(workbench, people["ana"], "task complete", task_id=make("Over").task_id)
    assert titles(ask("?filter=running")) == ["Write"]
    assert titles(ask("?filter=pending")) == ["Read"]
    assert titles(ask("?filter=scheduled")) == ["Plan"]
    found = ask()
    assert titles(found) == ["Plan", "Read", "Write"]
    assert [one["is_running"] for one in found["queue"]] == [False, False, True]
    assert found["counts"] == {"running": 1, "pending": 1, "scheduled": 1}


def test_it_is_sorted_as_it_is_written_and_as_it_is_begun(ask, make):
    """QUE-05, QUE-06, CNF-21."""
    make("low", is_run=True, priority="low")
    make("first", is_run=True)
    make("second", is_run=True)
    make("of a person", priority="high")
    found = ask("?filter=pending")
    assert titles(found) == ["of a person", "second", "first", "low"]
    assert [one["queue_position"] for one in found["queue"]] == [None, 2, 1, 3]
    begun = ask("?order=dispatch")
    assert titles(begun) == ["first", "second", "low"]
    assert [one["queue_position"] for one in begun["queue"]] == [1, 2, 3]
    assert begun["queue"][1]["waits_because"] == "1 task of its executor comes before it"


def test_so_many_are_told_as_are_asked_for(ask, api, make):
    """QUE-02."""
    for number in range(3):
        make(f"task {number}", is_run=True)
    assert titles(ask("?limit=2")) == ["task 2", "task 1"]
    assert titles(ask("?limit=2&offset=2")) == ["task 0"]
    assert titles(ask("?order=dispatch&limit=2&offset=1")) == ["task 1", "task 2"]
    for wrong in ("limit=0", "limit=101", "filter=late", "order=age", "colour=red"):
        assert api("mara").get(f"/tasks/queue?{wrong}").status_code == 400, wrong


def test_everybody_is_told_of_what_they_see_and_members_of_no_workers(ask, api, make):
    """QUE-03."""
    make("mine", is_run=True)
    make("of Ben", by="ben", is_run=True)
    assert titles(ask(by="ana")) == ["mine"]
    assert titles(ask("?order=dispatch", by="ben")) == ["of Ben"]
    assert ask("?order=dispatch", by="ben")["queue"][0]["queue_position"] == 2
    assert ask(by="ana")["workers"] == []
    assert [one["worker"] for one in ask()["workers"]] == ["machine:1"]


def test_what_is_held_back_says_so(ask, make, workbench, people):
    make("card", is_run=True)
    do(workbench, people["mara"], "queue pause", executor="api_call", why="Their server is being moved.")
    said = "api call is paused by Mara: Their server is being moved."
    found = ask()
    assert [one["waits_because"] for one in found["queue"]] == [said]
    [executor] = [one for one in found["executors"] if one["executor"] == "api_call"]
    assert (executor["is_paused"], executor["waits_because"]) == (True, said)
    do(workbench, people["mara"], "queue stop", why="All of it.")
    assert ask()["stopped"] == "All automated work is stopped by Mara: All of it."
