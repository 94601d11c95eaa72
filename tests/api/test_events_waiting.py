"""Waiting for the change feed on a server: woken soon, at a place of its own, and never in anybody's way."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlencode

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.changes import arrivals
from tests.api import named
from tests.factories import do, make_people, make_task
from web import create_app
from web.api import auth, events
from web.serving.http import Bounds
from web.serving.loads import Loads
from web.serving.running import may_wait, needs_no_store
from web.serving.waiting import WaitingServer

#: Longer than anything takes that comes at all, on a machine that has much else to do.
PATIENCE_SECONDS = 30.0


class Site:
    """A worker with one thread for answers and a few places; its loop runs in a thread."""

    def __init__(self, workbench: Workbench, people: dict[str, Actor], places: int) -> None:
        self.workbench, self.people = workbench, people
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.server = WaitingServer(
            create_app(workbench),
            self.listener,
            Bounds(threads=1, body_bytes=1000),
            loads=Loads(1),
            at_once=needs_no_store,
            waits=may_wait,
            places=places,
        )
        self.is_over = threading.Event()
        self.left_after: float | None = None
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        while not self.is_over.is_set():
            self.server.turn(0.02)
        began = time.monotonic()
        self.server.leave(linger_seconds=0, most_seconds=20)
        self.left_after = time.monotonic() - began

    def close(self) -> None:
        self.is_over.set()
        self.thread.join(timeout=PATIENCE_SECONDS)
        self.listener.close()
        assert not self.thread.is_alive()

    def begin(self, name: str, **question: Any) -> HTTPConnection:
        """Send a question, and do not wait for the answer."""
        connection = HTTPConnection(*self.listener.getsockname(), timeout=PATIENCE_SECONDS)
        headers = {named.HEADER: self.people[name].user_id}
        connection.request("GET", f"/api/events?{urlencode(question)}", headers=headers)
        return connection

    def ask(self, name: str, **question: Any) -> tuple[HTTPResponse, Any]:
        with closing(self.begin(name, **question)) as connection:
            return answer_to(connection)

    def cursor(self, name: str) -> str:
        cursor: str = self.ask(name)[1]["next"]
        return cursor

    def waits(self, count: int = 1) -> None:
        """Wait until so many are waiting."""
        wait_until(lambda: sum(events._waiting.values()) == count)


def answer_to(connection: HTTPConnection) -> tuple[HTTPResponse, Any]:
    answer = connection.getresponse()
    return answer, json.loads(answer.read())


def wait_until(holds: Any) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


@pytest.fixture
def places() -> int:
    return 4


@pytest.fixture
def site(either_workbench: Workbench, places: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(auth, "identify", named.identify)
    monkeypatch.setattr(auth, "identify_again", named.identify)
    made = Site(either_workbench, make_people(either_workbench), places)
    yield made
    made.close()
    assert sum(events._waiting.values()) == 0


def test_who_waits_is_answered_at_once_when_it_happens_here(site: Site, monkeypatch: pytest.MonkeyPatch):
    """Before anybody looks, and so within a second on a machine that has little else to do."""
    monkeypatch.setattr(arrivals, "_LOOK_EVERY_SECONDS", 600)
    with closing(site.begin("mara", after=site.cursor("mara"), wait=25)) as waiting:
        site.waits()
        time.sleep(0.8)  # longer than the pause after the first look
        made = make_task(site.workbench, actor=site.people["ana"])
        began = time.monotonic()
        answer, told = answer_to(waiting)
        assert time.monotonic() - began < 10
    assert answer.status == 200
    assert [one["subject"]["id"] for one in told["events"]] == [made.task_id]


def test_what_another_process_does_is_heard_of_soon(site: Site):
    here = site.workbench
    with (
        closing(Workbench(here.settings, clock=here.clock, catalog=here.catalog)) as other,
        closing(site.begin("mara", after=site.cursor("mara"), wait=25)) as waiting,
    ):
        site.waits()
        make_task(other, actor=site.people["ana"])
        began = time.monotonic()
        assert len(answer_to(waiting)[1]["events"]) == 1
        assert time.monotonic() - began < 10


def test_what_is_there_already_is_not_waited_for(site: Site):
    cursor = site.cursor("mara")
    make_task(site.workbench, actor=site.people["ana"])
    began = time.monotonic()
    assert len(site.ask("mara", after=cursor, wait=25)[1]["events"]) == 1
    assert time.monotonic() - began < 10


def test_what_happens_unseen_ends_no_wait_and_moves_no_cursor(site: Site):
    cursor, began = site.cursor("ben"), time.monotonic()
    with closing(site.begin("ben", after=cursor, wait=2)) as waiting:
        site.waits()
        for _ in range(5):
            make_task(site.workbench, actor=site.people["ana"], assignee="ana")
            time.sleep(0.1)
        answer, told = answer_to(waiting)
    assert time.monotonic() - began >= 2
    assert told == {"events": [], "next": cursor}
    assert "Retry-After" not in answer.headers


def test_who_waits_holds_no_connection_and_keeps_nobody_waiting(site: Site):
    """The worker has one thread for answers; all its places are taken."""
    waiting = [site.begin("mara", after=site.cursor("mara"), wait=20) for _ in range(4)]
    site.waits(4)
    time.sleep(0.3)
    pool: Any = site.workbench.database._transactions.engine.pool
    wait_until(lambda: pool.checkedout() == 0)
    began = time.monotonic()
    for _ in range(5):
        assert site.ask("ana")[0].status == 200
    assert time.monotonic() - began < 10
    make_task(site.workbench, actor=site.people["mara"])
    assert [len(answer_to(one)[1]["events"]) for one in waiting] == [1, 1, 1, 1]
    for one in waiting:
        one.close()


@pytest.mark.parametrize("places", [2])
def test_beyond_the_places_the_answer_comes_at_once(site: Site):
    cursors = {name: site.cursor(name) for name in ("mara", "ana", "ben")}
    waiting = [site.begin(name, after=cursors[name], wait=20) for name in ("mara", "ana")]
    site.waits(2)
    began = time.monotonic()
    answer, told = site.ask("ben", after=cursors["ben"], wait=20)
    assert time.monotonic() - began < 10
    assert answer.headers["Retry-After"] == "5"
    assert told == {"events": [], "next": cursors["ben"]}
    for one in waiting:
        one.close()
    site.waits(0)


def test_one_user_does_not_take_all_places(site: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(events, "PLACES_OF_ONE", 1)
    with closing(site.begin("mara", after=site.cursor("mara"), wait=20)):
        site.waits()
        assert "Retry-After" in site.ask("mara", after=site.cursor("mara"), wait=20)[0].headers
        with closing(site.begin("ana", after=site.cursor("ana"), wait=20)):
            site.waits(2)
    site.waits(0)


@pytest.mark.parametrize("places", [1])
def test_who_goes_away_frees_the_place(site: Site):
    gone = site.begin("mara", after=site.cursor("mara"), wait=25)
    site.waits()
    began = time.monotonic()
    gone.close()
    site.waits(0)
    assert time.monotonic() - began < 10
    answer, _ = site.ask("ana", after=site.cursor("ana"), wait=1)
    assert "Retry-After" not in answer.headers


def test_a_worker_that_leaves_answers_who_waits_and_keeps_nobody(site: Site):
    cursor = site.cursor("mara")
    with closing(site.begin("mara", after=cursor, wait=25)) as waiting:
        site.waits()
        site.close()
        answer, told = answer_to(waiting)
    assert (answer.status, told) == (200, {"events": [], "next": cursor})
    assert answer.headers["Connection"] == "close"
    assert site.left_after is not None
    assert site.left_after < 10


def test_whose_account_is_closed_meanwhile_is_told_nothing_more(site: Site):
    with closing(site.begin("mara", after=site.cursor("mara"), wait=25)) as waiting:
        site.waits()
        operator = site.workbench.operator()
        do(site.workbench, operator, "user change", user_id=site.people["mara"].user_id, is_active=False)
        answer, told = answer_to(waiting)
    assert answer.status == 401
    assert "events" not in told
