"""``workbench execution list`` and ``task track``: lists of attempts, and following one until it ends."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.jobs.embedded import EmbeddedEngine
from engine.tasks.models import Task
from tests import receiver
from tests.factories import do, make_people, make_task
from tests.halting import PATIENCE_SECONDS, Halting, installed
from tests.receiver import Receiver
from web.cli import executions
from web.serving import background


@pytest.fixture
def program(workbench: Workbench) -> Iterator[Receiver]:
    workbench.settings = replace(workbench.settings, private_calls=True, call_hosts="127.0.0.1")
    with receiver.opened() as opened:
        yield opened


@pytest.fixture
def people(workbench: Workbench) -> dict[str, Actor]:
    return make_people(workbench)


@pytest.fixture
def halting(monkeypatch: pytest.MonkeyPatch) -> Halting:
    monkeypatch.setattr(executions, "PAUSE_SECONDS", 0.02)
    return installed(monkeypatch)


@pytest.fixture
def make(workbench: Workbench, people: dict[str, Actor], program: Receiver) -> Callable[..., Task]:
    """Make a task of Ana's that a program does, and queue it."""

    def made(executor: str = "api_call") -> Task:
        config = {"executor": executor, "url": f"http://127.0.0.1:{program.port}/cards"}
        given: dict[str, Any] = {"execution_type": "manual_trigger", "execution_config": config}
        task = make_task(workbench, actor=people["ana"], title="Publish the card", **given)
        do(workbench, people["ana"], "task execute", task_id=task.task_id)
        return task

    return made


def engine_of(workbench: Workbench) -> EmbeddedEngine:
    found = background.engine_of(workbench)
    assert isinstance(found, EmbeddedEngine)
    return found


@contextmanager
def working(workbench: Workbench) -> Iterator[None]:
    thread = threading.Thread(target=engine_of(workbench).do_one, args=("worker",))
    thread.start()
    try:
        yield
    finally:
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


def test_an_attempt_is_followed_until_it_is_done_and_each_thing_is_said_once(
    cli, workbench: Workbench, make: Callable[..., Task], halting: Halting
):
    task = make("halting")
    letting = threading.Thread(target=_let_go_one_by_one, args=(halting, 3))
    with working(workbench):
        letting.start()
        answer = cli("task", "track", task.task_id)
    letting.join(PATIENCE_SECONDS)
    assert answer.code == 0, answer.err
    said = answer.out.splitlines()
    assert "  words: 3" in said
    for name in ("Read", "Think", "Write"):
        assert sum(f"{name} comes next." in one for one in said) == 1
        assert sum(f"done: {name}" in one for one in said) == 1
    assert said.index(next(one for one in said if "done: Write" in one)) > 2


def test_the_code_says_that_it_failed_and_what_to_do_next_is_said(
    cli, workbench: Workbench, make: Callable[..., Task], program: Receiver
):
    program.usual = 404
    task = make()
    while engine_of(workbench).do_one("worker"):
        pass
    answer = cli("task", "track", task.task_id)
    assert answer.code == 1
    assert "answered with status 404" in answer.out
    assert "Try it again: workbench execution retry exe_" in answer.out


def test_one_look_at_what_still_runs_is_no_failure_and_waits_for_nothing(cli, make: Callable[..., Task]):
    answer = cli("task", "track", make().task_id, "--once", "--json")
    assert answer.code == 0
    assert (answer.json["is_live"], answer.json["execution"]["status"]) == (True, "queued")


def test_what_people_do_is_not_followed(cli, workbench: Workbench, people: dict[str, Actor]):
    task = make_task(workbench, actor=people["ana"])
    answer = cli("task", "track", task.task_id)
    assert answer.code == 1
    assert "has not been run yet" in answer.out


def test_attempts_are_listed_newest_first_narrowed_and_page_by_page(
    cli, workbench: Workbench, make: Callable[..., Task], program: Receiver
):
    program.usual = 404
    failed = make()
    while engine_of(workbench).do_one("worker"):
        pass
    queued = make()
    listed = cli("execution", "list", "--json").json["executions"]
    assert [one["task_id"] for one in listed] == [queued.task_id, failed.task_id]
    assert _ids(cli("execution", "list", "--status", "failed", "--json")) == [listed[1]["execution_id"]]
    assert _ids(cli("execution", "list", "--task", queued.task_id, "--json")) == [listed[0]["execution_id"]]
    assert _ids(cli("execution", "list", "--executor", "browser", "--json")) == []
    first = cli("execution", "list", "--limit", "1", "--json")
    assert _ids(first) == [listed[0]["execution_id"]]
    rest = cli("execution", "list", "--before", _ids(first)[0], "--json")
    assert _ids(rest) == [listed[1]["execution_id"]]
    table = cli("execution", "list").out
    assert "HTTP_REFUSED" in table
    rows = list(csv.DictReader(io.StringIO(cli("execution", "list", "--format", "csv").out)))
    assert [row["status"] for row in rows] == ["queued", "failed"]


def test_only_attempts_at_tasks_that_one_sees_are_listed(cli, make: Callable[..., Task]):
    make()
    assert _ids(cli("execution", "list", "--as", "ben@example.com", "--json")) == []
    assert len(_ids(cli("execution", "list", "--as", "ana@example.com", "--json"))) == 1


def _ids(answer: Any) -> list[str]:
    return [one["execution_id"] for one in answer.json["executions"]]


def _let_go_one_by_one(halting: Halting, steps: int) -> None:
    for _ in range(steps):
        halting.wait()
        halting.let_go()
