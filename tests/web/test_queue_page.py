"""The queue as a page: read without JavaScript, held back by managers, fresh by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from engine.access import Actor
from engine.app import Workbench
from engine.executions import service
from engine.jobs.claims import Claims
from engine.jobs.workers import Workers
from engine.store.driver import execute
from engine.tasks.models import Task
from tests.factories import do, make_task
from tests.web.conftest import Visitor

WORKER = "machine:1"
_CONFIG = {"executor": "api_call", "url": "https://example.com/cards"}


@dataclass
class Desk:
    """A manager and a member at the queue."""

    workbench: Workbench
    mara: Visitor
    ana: Visitor
    people: dict[str, Actor]

    def make(self, title: str, **fields: Any) -> Task:
        given = {"execution_type": "manual_trigger", "execution_config": _CONFIG, **fields}
        task = make_task(self.workbench, actor=self.people["ana"], title=title, **given)
        do(self.workbench, self.people["ana"], "task execute", task_id=task.task_id)
        self.workbench.clock.advance(seconds=1)
        return task

    def rows(self, address: str = "/queue", by: str = "mara") -> list[str]:
        """The titles of the tasks that are listed, in their order."""
        page = getattr(self, by).get(address).text
        return re.findall(r'<a href="/tasks/tsk_\w+">([^<]+)</a> <span', page)


@pytest.fixture
def desk(workbench: Workbench, app: Flask, people: dict[str, Actor]) -> Desk:
    Workers(workbench.database).enter(WORKER, "token", release="0.4.0", threads=2, does=[])
    mara, ana = (Visitor.signed_in(app, people[name].user_id) for name in ("mara", "ana"))
    return Desk(workbench, mara, ana, people)


def test_what_waits_stands_in_the_order_in_which_it_is_begun_with_why_it_waits(desk: Desk):
    """WEB-09, US-007."""
    desk.make("Publish the card")
    desk.make("Send the figures", priority="high")
    assert desk.rows() == ["Send the figures", "Publish the card"]
    page = desk.mara.get("/queue").text
    assert "It is the next of its executor" in page
    assert "0 running, 2 waiting, 0 planned" in page
    assert WORKER in page


def test_each_part_of_the_queue_has_its_address(desk: Desk):
    desk.make("Publish the card")
    desk.make("Send the figures")
    now = 2**60
    assert Claims(desk.workbench.database).begin(f"{WORKER}:0", ["execute"], now=now, lease=60_000)
    assert desk.rows("/queue?filter=running") == ["Publish the card"]
    assert desk.rows("/queue?filter=pending") == ["Send the figures"]
    assert desk.rows("/queue?filter=scheduled") == []
    assert desk.rows("/queue?filter=nonsense") == ["Publish the card", "Send the figures"]


def test_a_manager_pauses_an_executor_and_the_tasks_page_says_so(desk: Desk):
    task = desk.make("Publish the card")
    answer = desk.mara.post("/queue/pause", {"executor": "api_call", "why": "Their server is being moved."})
    assert answer.status_code == 303
    said = "api call is paused by Mara: Their server is being moved."
    assert said in desk.mara.get("/queue").text
    assert said in desk.ana.get(f"/tasks/{task.task_id}").text
    assert desk.mara.post("/queue/resume", {"executor": "api_call"}).status_code == 303
    assert said not in desk.mara.get("/queue").text


def test_what_is_refused_stands_at_its_form_and_what_was_typed_stays(desk: Desk):
    answer = desk.mara.post("/queue/pause", {"executor": "api_call", "why": ""})
    assert answer.status_code == 400
    assert "Why?" in answer.text
    given = {"form": "limit-api_call", "executor": "api_call", "seats": "0", "per_day": "7"}
    answer = desk.mara.post("/queue/limit", given)
    assert answer.status_code == 400
    assert 'value="7"' in answer.text
    assert desk.mara.post("/queue/dance", {}).status_code == 404


def test_a_member_sees_their_own_part_and_no_verbs(desk: Desk):
    desk.make("Publish the card")
    page = desk.ana.get("/queue").text
    assert "Publish the card" in page
    assert "Stop everything" not in page
    assert WORKER not in page
    assert desk.ana.post("/queue/stop", {"why": "No"}).status_code == 403
    assert "Stop everything" in desk.mara.get("/queue").text


def test_whoever_holds_the_page_is_answered_afresh_once_something_of_it_happened(desk: Desk):
    task = desk.make("Publish the card")
    tag = desk.mara.get("/queue").headers["ETag"]
    held = {"If-None-Match": tag, "X-Live": "1"}
    assert desk.mara.get("/queue", headers=held).status_code == 304
    do(desk.workbench, desk.people["mara"], "queue advance", task_id=task.task_id)
    assert desk.mara.get("/queue", headers=held).status_code == 200


def test_an_act_leads_back_to_where_it_was_done_and_says_of_what(desk: Desk):
    task = desk.make("Publish the card")
    desk.make("Send the figures", priority="high")
    shown = desk.mara.get("/queue?filter=pending").text
    assert 'action="/queue/pause?filter=pending"' in shown
    answer = desk.mara.post("/queue/pause?filter=pending", {"executor": "api_call", "why": "It moves."})
    assert answer.headers["Location"] == "/queue?filter=pending#executor-api_call"
    assert "api call begins nothing more until it is resumed." in desk.mara.get("/queue").text
    answer = desk.mara.post("/queue/advance", {"task_id": task.task_id})
    assert answer.headers["Location"] == f"/queue#row-{task.task_id}"
    answer = desk.mara.post("/queue/drain", {"worker": WORKER})
    assert answer.headers["Location"] == "/queue#queue-workers"
    assert f"The worker {WORKER} begins nothing more" in desk.mara.get("/queue").text


def test_what_stops_everything_stands_at_the_top_and_the_reason_is_said_once_there(desk: Desk):
    desk.make("Publish the card")
    page = desk.mara.get("/queue").text
    assert page.index("Stop everything") < page.index('id="queue-tasks"')
    answer = desk.mara.post("/queue/stop", {"why": "Cards are made twice."})
    assert answer.headers["Location"] == "/queue"
    page = desk.mara.get("/queue").text
    assert page.index("Let everything go on") < page.index('id="queue-tasks"')
    said = "All automated work is stopped by Mara: Cards are made twice."
    executors = page[page.index('id="executors-title"') :]
    assert said in page
    assert said not in executors
    assert "Let everything go on" not in desk.ana.get("/queue").text


def _waiting(desk: Desk) -> tuple[Task, list[str]]:
    """A task that waits, and the pages that say why, each opened once: what was rendered is kept."""
    task = desk.make("Publish the card")
    pages = [f"/tasks/{task.task_id}", f"/tasks/{task.task_id}/track"]
    for page in pages:
        assert desk.ana.get(page).status_code == 200
    return task, pages


def test_why_a_task_waits_is_told_anew_when_the_line_before_it_or_a_stop_changes_that(desk: Desk):
    first = desk.make("First one")
    _, pages = _waiting(desk)
    said = "1 task of its executor comes before it"
    assert {said in desk.ana.get(page).text for page in pages} == {True}
    with desk.workbench.reading(desk.people["mara"]) as tx:
        one = service.last_of(tx, tx.get(Task, first.task_id))
    assert one is not None
    do(desk.workbench, desk.people["mara"], "execution cancel", execution_id=one.execution_id)
    assert {"It is the next of its executor" in desk.ana.get(page).text for page in pages} == {True}
    do(desk.workbench, desk.people["mara"], "queue stop", why="Their server burns.")
    assert {"Their server burns." in desk.ana.get(page).text for page in pages} == {True}


def test_pages_that_say_why_a_task_waits_follow_the_workers_who_come_and_go_without_an_event(desk: Desk):
    database, said = desk.workbench.database, "No worker begins api call now"
    _, pages = _waiting(desk)
    readers = [(desk.ana, page) for page in pages] + [(desk.mara, "/queue")]

    def told() -> list[bool]:
        return [said in reader.get(page).text for reader, page in readers]

    def changed() -> list[int]:
        return [
            reader.get(page, headers={"If-None-Match": tag, "X-Live": "1"}).status_code
            for (reader, page), tag in zip(readers, tags, strict=True)
        ]

    assert told() == [False] * 3
    tags = [reader.get(page).headers["ETag"] for reader, page in readers]
    assert changed() == [304] * 3
    with database.write() as connection:
        execute(connection, "UPDATE job_workers SET seen_at = seen_at - 31000")
    assert changed() == [200] * 3
    assert told() == [True] * 3
    Workers(database).enter("machine:2", "token", release="0.4.0", threads=2, does=[])
    assert told() == [False] * 3
    Workers(database).leave("machine:2", "token")
    assert told() == [True] * 3


def test_pages_that_say_why_a_task_waits_follow_a_limit_that_is_over_after_a_while(desk: Desk):
    do(desk.workbench, desk.people["mara"], "queue limit", executor="api_call", per_minute=1)
    desk.make("First one")
    assert Claims(desk.workbench.database).begin(f"{WORKER}:0", ["execute"], now=2**60, lease=60_000)
    _, pages = _waiting(desk)
    said = "began within a minute, its limit"
    readers = [(desk.ana, page) for page in pages] + [(desk.mara, "/queue")]
    assert {said in reader.get(page).text for reader, page in readers} == {True}
    with desk.workbench.database.write() as connection:
        execute(connection, "UPDATE jobs SET begun_at = begun_at - 60000 WHERE begun_at IS NOT NULL")
    desk.workbench.clock.advance(minutes=1)
    assert {said in reader.get(page).text for reader, page in readers} == {False}
