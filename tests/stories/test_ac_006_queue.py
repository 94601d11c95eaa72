"""AC-006, US-007: what programs run, what waits for them and in which order, told and held back by people."""

from __future__ import annotations

from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import pytest

from engine.app import Workbench
from tests import receiver
from tests.factories import do, make_people, make_task
from tests.receiver import says
from web.serving import background


@pytest.fixture
def calling(workbench: Workbench):
    """A program elsewhere, and what makes a task that calls it."""
    workbench.settings = replace(workbench.settings, private_calls=True, call_hosts="127.0.0.1")
    people = make_people(workbench)
    with receiver.opened() as program:

        def make(title: str, **fields) -> str:
            config = {"executor": "api_call", "url": f"http://127.0.0.1:{program.port}/cards"}
            given = {"execution_type": "manual_trigger", "execution_config": config, **fields}
            task = make_task(workbench, actor=people["ana"], title=title, **given)
            do(workbench, people["ana"], "task execute", task_id=task.task_id)
            workbench.clock.advance(seconds=1)
            return str(task.task_number)

        yield program, make


def told(ask, *words: str) -> list[tuple[str, str, int | None]]:
    return [(one["title"], one["is_running"], one["queue_position"]) for one in ask("queue", *words)["queue"]]


def test_what_runs_is_marked_and_what_waits_is_begun_in_the_order_that_was_told(
    workbench: Workbench, calling, ask
):
    """Filters, counts, running marked, sorted by priority, then by date."""
    program, make = calling
    titles = {"Old": "medium", "New": "medium", "Important": "high", "Whenever": "low"}
    numbers = {title: make(title, priority=priority) for title, priority in titles.items()}
    ask("task", "update", numbers["New"], "--urgency", "urgent")
    order = ["Important", "New", "Old", "Whenever"]
    waiting = [(title, False, place) for place, title in enumerate(order, start=1)]
    assert told(ask, "show", "--filter", "pending") == waiting
    seen: list[list[tuple[str, str, int | None]]] = []

    def look(handler: BaseHTTPRequestHandler) -> None:
        seen.append(told(ask, "show"))
        says({})(handler)

    program.answers = [look] * len(order)
    engine = background.engine_of(workbench)
    for _ in order:
        assert engine.do_one("worker:0")
    assert [one[0] for one in seen] == [(title, True, None) for title in order]
    assert seen[0][1:] == [(title, False, place) for place, title in enumerate(order[1:], 1)]
    assert ask("queue")["queue"] == []
    assert ask("queue")["counts"] == {"running": 0, "pending": 0, "scheduled": 0}


def test_a_manager_stops_everything_when_something_goes_wrong_and_lets_it_go_on(
    workbench: Workbench, calling, ask
):
    program, make = calling
    number = make("Publish")
    ask("queue", "stop", "--why", "Cards are made twice.")
    engine = background.engine_of(workbench)
    assert not engine.do_one("worker:0")
    [line] = ask("queue", "show")["queue"]
    assert line["waits_because"] == "All automated work is stopped by Local operator: Cards are made twice."
    ask("queue", "start")
    program.answers = [says({})]
    assert engine.do_one("worker:0")
    assert ask("task", "show", number)["status"] == "completed"
