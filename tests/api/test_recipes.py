"""Recipes and tickets over HTTP: listed, started, and waited for where a place to wait is free."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection
from typing import Any

import pytest

from engine.app import Workbench
from engine.executions import running
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.port import Kinds
from tests.api import named
from tests.api.conftest import ApiClient
from tests.api.test_events_waiting import PATIENCE_SECONDS, Site, answer_to, places, site  # noqa: F401 - fixtures
from tests.engine.recipes.conftest import VALUES, asking_here
from tests.receiver import Receiver, opened, says
from web import auth
from web.serving.running import may_wait

Api = Callable[[str], ApiClient]
RATES = says({"date": "2026-11-20", "rates": {"EUR": 0.95}})
KEY = {"Idempotency-Key": "k1"}
START = "/recipes/exchange_rate/start"


@pytest.fixture
def program() -> Iterator[Receiver]:
    with opened() as receiver:
        yield receiver


def asks_here(workbench: Workbench, program: Receiver) -> None:
    content = asking_here(workbench.content(), program.port)
    workbench.content = lambda: content  # type: ignore[method-assign]
    workbench.settings = replace(workbench.settings, private_calls=True, call_hosts="127.0.0.1")


def work(workbench: Workbench) -> None:
    kinds = Kinds([running.running(workbench)])
    engine = EmbeddedEngine(workbench.database, kinds, workbench.clock, workbench.ids)
    while engine.do_one("worker"):
        pass


# -- lists ---------------------------------------------------------------------------------


def test_recipes_are_listed_with_what_they_ask_and_what_their_runs_came_to(
    api: Api, workbench: Workbench, program: Receiver
) -> None:
    asks_here(workbench, program)
    program.usual = RATES
    api("ana").post(START, {"parameters": VALUES})
    work(workbench)
    found = api("ana").get("/recipes?category=research").json
    assert {one["category"] for one in found["recipes"]} == {"research"}
    one = api("ana").get("/recipes/exchange_rate").json
    assert one in found["recipes"]
    assert (one["runs"], one["runs_succeeded"], one["runs_by_itself"]) == (1, 1, True)
    assert one["parameters"]["required"] == ["day", "from_currency", "to_currency"]


@pytest.mark.parametrize("key", ["no_such_recipe", "untyped_work"])
def test_what_is_no_recipe_is_not_found(api: Api, key: str) -> None:
    asked, started = api("ana").get(f"/recipes/{key}"), api("ana").post(f"/recipes/{key}/start", {})
    assert (asked.status_code, asked.json["error"]["code"]) == (404, "NOT_FOUND")
    assert (started.status_code, started.json["error"]["code"]) == (404, "TEMPLATE_NOT_FOUND")
    assert asked.json["error"]["message"] == started.json["error"]["message"]


def test_tickets_are_listed_narrowed_and_asked_for_one_by_one(
    api: Api, workbench: Workbench, program: Receiver
) -> None:
    asks_here(workbench, program)
    program.usual = RATES
    ana = api("ana")
    done = ana.post(START, {"parameters": VALUES}).json["work_ticket_id"]
    work(workbench)
    waits = ana.post(START, {"parameters": VALUES}).json["work_ticket_id"]
    of = {
        status: [one["task_id"] for one in ana.get(f"/tickets?status={status}").json["tickets"]]
        for status in ("succeeded", "completed", "waiting", "failed")
    }
    assert of == {"succeeded": [done], "completed": [done], "waiting": [waits], "failed": []}
    assert ana.get("/tickets?category=content").json == {"tickets": [], "total": 0, "next": None}
    one = ana.get(f"/tickets/{done}").json
    assert (one["parameters"], one["steps_done"], one["steps_total"]) == (VALUES, 1, 1)
    assert one["last_execution"]["status"] == "completed"
    assert ana.get("/tickets?status=sleeping").status_code == 400
    first = ana.get("/tickets?limit=1").json
    rest = ana.get(f"/tickets?limit=1&cursor={first['next']}").json
    assert {one["task_id"] for page in (first, rest) for one in page["tickets"]} == {done, waits}
    assert rest["next"] is None


# -- starting ------------------------------------------------------------------------------


def test_a_start_answers_at_once_and_the_same_key_gives_the_same_ticket(
    api: Api, workbench: Workbench, program: Receiver
) -> None:
    asks_here(workbench, program)
    first = api("ana").post(START, {"parameters": VALUES}, headers=KEY)
    assert first.status_code == 200
    assert (first.json["status"], first.json["execution_status"]) == ("queued", "queued")
    assert first.json["done"]["message"].endswith("is queued: a worker runs it.")
    again = api("ana").post(START, {"parameters": VALUES, "async": False}, headers=KEY)
    assert again.json["work_ticket_id"] == first.json["work_ticket_id"]
    assert program.got == []


def test_bad_values_are_told_by_field_and_nothing_is_begun(api: Api) -> None:
    answer = api("ana").post(START, {"parameters": {"day": "never", "from_currency": "XXX"}})
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "BAD_REQUEST")
    assert {one["field"] for one in answer.json["error"]["details"]} == {"day", "from_currency"}
    assert api("mara").get("/bundles").json["total"] == 0


def test_without_a_place_to_wait_the_answer_comes_at_once_and_says_that_it_is_not_over(
    api: Api, workbench: Workbench, program: Receiver
) -> None:
    asks_here(workbench, program)
    answer = api("ana").post(START, {"parameters": VALUES, "async": False})
    assert (answer.status_code, answer.json["state_class"]) == (200, "waiting")


@pytest.mark.parametrize(
    ("method", "address", "may"),
    [
        ("POST", "/api/recipes/exchange_rate/start?", True),
        ("POST", "//api/recipes/exchange_rate/start?case=camel", True),
        ("GET", "/api/recipes/exchange_rate/start?", False),
        ("POST", "/api/recipes/exchange_rate/start/more?", False),
        ("POST", "/api/tasks/1/start?", False),
        ("GET", "/api/events?wait=5", True),
    ],
)
def test_who_may_wait_is_told_by_the_address(method: str, address: str, may: bool) -> None:
    assert may_wait(method, address) is may


# -- waiting, on a server ------------------------------------------------------------------


@pytest.fixture
def served(site: Site, program: Receiver, monkeypatch: pytest.MonkeyPatch) -> Site:  # noqa: F811 - the fixture
    """A server with one thread for answers, and the recipe asking a program on this machine."""
    monkeypatch.setattr(auth, "refuse_if_withdrawn", lambda _tx: None)
    asks_here(site.workbench, program)
    return site


def begin(served: Site, **given: Any) -> HTTPConnection:
    """Start the recipe as Ana, and do not wait for the answer."""
    connection = HTTPConnection(*served.listener.getsockname(), timeout=PATIENCE_SECONDS)
    headers = {named.HEADER: served.people["ana"].user_id, "Content-Type": "application/json"}
    connection.request("POST", f"/api{START}", json.dumps({"parameters": VALUES, **given}), headers)
    return connection


def test_whoever_waits_is_answered_once_it_is_over_and_keeps_nobody_from_a_page(
    served: Site,
    program: Receiver,
) -> None:
    program.usual = RATES
    with closing(begin(served, **{"async": False})) as waiting:
        served.waits()
        assert served.ask("mara")[0].status == 200, "the one thread for answers is free"
        worker = threading.Thread(target=work, args=(served.workbench,))
        worker.start()
        answer, told = answer_to(waiting)
        worker.join()
    assert (answer.status, told["state_class"], told["execution_status"]) == (200, "succeeded", "completed")
    assert told["result"] == {"rate": 0.95, "rate_of": "2026-11-20"}
    assert told["done"]["message"].endswith("its task is “Done”.")


def test_whoever_does_not_wait_is_answered_while_it_is_queued(
    served: Site,
    program: Receiver,
) -> None:
    with closing(begin(served)) as connection:
        answer, told = answer_to(connection)
    assert (answer.status, told["status"]) == (200, "queued")


def test_who_goes_away_frees_the_place_and_the_ticket_stays(
    served: Site,
    program: Receiver,
) -> None:
    waiting = begin(served, **{"async": False})
    served.waits()
    waiting.close()
    served.waits(0)
    program.usual = RATES
    work(served.workbench)
    assert [one.path for one in program.got] == ["/2026-11-20"]
