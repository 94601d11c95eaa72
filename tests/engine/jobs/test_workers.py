"""Workers: who works is listed, a name is one worker's, and who is drained begins nothing more."""

from __future__ import annotations

import threading

import pytest

from engine.errors import WorkerNameTakenError
from engine.jobs.workers import SILENT, Workers
from engine.store.driver import execute
from tests.engine.jobs.desk import Desk

HOUR = 3_600_000


def workers(desk: Desk) -> Workers:
    return Workers(desk.workbench.database)


def enter(desk: Desk, token: str, name: str = "machine:1") -> None:
    workers(desk).enter(name, token, release="0.4.0", threads=2, does=["a", "b"])


def let_time_pass(desk: Desk, milliseconds: int) -> None:
    with desk.workbench.database.write() as connection:
        execute(connection, f"UPDATE job_workers SET seen_at = seen_at - {milliseconds}")  # noqa: S608


def drain(desk: Desk, name: str, *, is_draining: bool) -> bool:
    with desk.workbench.transaction(desk.workbench.operator()) as tx:
        return workers(desk).drain(tx.connection, name, is_draining=is_draining)


def test_a_name_is_one_workers_until_it_was_not_seen_for_a_while(desk: Desk):
    enter(desk, "first")
    with pytest.raises(WorkerNameTakenError, match="machine:1 works already"):
        enter(desk, "second")
    let_time_pass(desk, SILENT.seconds * 1000 + 1000)
    [lost] = workers(desk).listed()
    assert (lost.is_lost, lost.token, lost.does) == (True, "first", "a,b")
    enter(desk, "second")
    assert not workers(desk).show("machine:1", "second")
    with pytest.raises(WorkerNameTakenError, match="taken for lost"):
        workers(desk).show("machine:1", "first")
    workers(desk).leave("machine:1", "first")
    assert [one.token for one in workers(desk).listed()] == ["second"]


def test_a_worker_that_was_lost_long_ago_is_listed_no_more(desk: Desk):
    enter(desk, "first")
    let_time_pass(desk, 25 * HOUR)
    enter(desk, "second", name="machine:2")
    assert [one.name for one in workers(desk).listed()] == ["machine:2"]


def test_a_worker_that_is_drained_begins_nothing_until_it_is_told_to_go_on(desk: Desk):
    enter(desk, "first")
    desk.put("job")
    assert drain(desk, "machine:1", is_draining=True)
    assert not drain(desk, "machine:1", is_draining=True)

    def begin(process: str) -> bool:
        now = desk.now()
        return desk.claims.begin("somebody", ["try"], now=now, lease=1000, process=process) is not None

    assert workers(desk).show("machine:1", "first")
    assert not begin("machine:1")
    assert begin("machine:2")
    desk.put("another")
    drain(desk, "machine:1", is_draining=False)
    assert begin("machine:1")


def test_an_engine_is_listed_while_it_works(desk: Desk):
    stop, seen = threading.Event(), []

    def look(_):
        seen.extend(workers(desk).listed())
        stop.set()
        return "looked"

    desk.doing["job"] = look
    desk.put("job")
    desk.engine.work(stop)
    [one] = seen
    assert (one.name, one.threads, one.is_draining, one.is_lost) == (desk.engine.name, 1, False, False)
    assert workers(desk).listed() == []


def test_an_engine_does_not_begin_to_work_under_the_name_of_another(desk: Desk):
    desk.engine._asked_name = "machine:1"
    enter(desk, "first")
    desk.put("job")
    with pytest.raises(WorkerNameTakenError):
        desk.engine.work(threading.Event())
    assert desk.begun == []


def test_an_engine_whose_name_another_has_by_now_ends(desk: Desk):
    def lose(_):
        let_time_pass(desk, SILENT.seconds * 1000 + 1000)
        enter(desk, "second", name=desk.engine.name)
        return "lost"

    desk.doing["job"] = lose
    desk.put("job")
    with pytest.raises(WorkerNameTakenError, match="taken for lost"):
        desk.engine.work(threading.Event())
    assert [one.token for one in workers(desk).listed()] == ["second"]
