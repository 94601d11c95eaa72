"""Workers of every engine: what they do side by side, what they leave to others, and how they end.

As ``test_contract.py``, once for each of the three ways in which jobs are delivered.
"""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from engine.jobs.context import Context
from engine.jobs.models import JobStatus, Lane
from engine.jobs.port import Kind, Kinds
from tests.engine.jobs.desk import Desk, OnTheWayError, fails


def test_a_worker_does_what_is_put_while_it_runs_and_stops_when_it_is_told(desk: Desk):
    stop, done = threading.Event(), threading.Event()
    desk.doing["job"] = lambda _: done.set()
    worker = threading.Thread(target=desk.engine.work, args=(stop, 2))
    worker.start()
    try:
        job_id = desk.put("job")
        assert done.wait(10)
    finally:
        stop.set()
        worker.join(10)
    assert not worker.is_alive()
    assert desk.status(job_id) is JobStatus.DONE


def test_who_has_nothing_to_do_ends_as_soon_as_it_is_told(desk: Desk):
    desk.engine._looks_every = timedelta(minutes=5)
    stop = threading.Event()
    worker = threading.Thread(target=desk.engine.work, args=(stop, 2), daemon=True)
    worker.start()
    worker.join(0.05)
    assert worker.is_alive()
    stop.set()
    worker.join(10)
    assert not worker.is_alive()


def test_what_is_slow_holds_up_nothing_else_where_two_work(desk: Desk):
    stop, end, done = threading.Event(), threading.Event(), threading.Event()
    begun = threading.Semaphore(0)

    def waits(_: Context) -> None:
        begun.release()
        end.wait(10)

    kinds = [Kind(name="try", handle=waits, is_slow=True), Kind(name="other", handle=lambda _: done.set())]
    desk.engine = desk.make(Kinds(kinds))
    for number in range(5):
        desk.put(f"slow {number}")
    worker = threading.Thread(target=desk.engine.work, args=(stop, 2))
    worker.start()
    try:
        assert begun.acquire(timeout=10)
        assert not begun.acquire(timeout=0.3), "one of the threads is left for all else"
        desk.put("quick", kind="other")
        assert done.wait(10)
    finally:
        end.set()
        stop.set()
        worker.join(20)
    assert not worker.is_alive()


def test_who_works_alone_does_what_is_slow_too(desk: Desk):
    done, stop = threading.Event(), threading.Event()
    desk.engine = desk.make(Kinds([Kind(name="try", handle=lambda _: done.set(), is_slow=True)]))
    desk.put("slow")
    worker = threading.Thread(target=desk.engine.work, args=(stop, 1))
    worker.start()
    try:
        assert done.wait(10)
    finally:
        stop.set()
        worker.join(10)


def test_what_no_handler_and_no_store_is_to_blame_for_ends_the_work_and_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(desk.engine, "do_one", lambda worker, **_: fails(OnTheWayError())(worker))
    desk.put("job")
    stop = threading.Event()
    with pytest.raises(OnTheWayError):
        desk.engine.work(stop, 2)
    assert not stop.is_set(), "who began the work says whether it begins anew"


def test_what_breaks_where_lost_jobs_are_told_of_ends_the_work_and_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(desk.engine, "_on_failed", lambda _: {}["nobody foresaw it"])
    desk.put("lost", max_attempts=1)
    desk.begin(lease=-1)
    stop, told = threading.Event(), list[KeyError]()

    def work() -> None:
        try:
            desk.engine.work(stop, 2)
        except KeyError as error:
            told.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        worker.join(10)
        assert told, "the workers went on, and nobody looked for what is lost"
    finally:
        stop.set()
        worker.join(20)


def test_workers_side_by_side_do_each_job_once_and_keep_to_the_seats(desk: Desk):
    lane, names = Lane(name="one at a time", seats=1), [str(number) for number in range(40)]
    at_work, most, lock = 0, 0, threading.Lock()

    def act(_: Context) -> str | None:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        threading.Event().wait(0.001)
        with lock:
            at_work -= 1
        return None

    for name in names:
        desk.doing[name] = act
        desk.put(name, lane=lane)
    threads = [threading.Thread(target=desk.work_off) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    desk.work_off()
    assert sorted(desk.begun) == sorted(names)
    assert most == 1
