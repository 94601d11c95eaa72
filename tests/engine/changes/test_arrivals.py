"""Who waits for events is woken by those of this process at once, and hears of those of others soon."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import pytest

from engine.app import Workbench
from engine.changes import arrivals
from engine.changes.arrivals import Arrivals
from tests.factories import make_task


def position(workbench: Workbench) -> int:
    return workbench.database.head(workbench.workspace.workspace_id).position


def test_a_commit_of_this_process_wakes_before_anybody_looks(
    either_workbench: Workbench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(arrivals, "_LOOK_EVERY_SECONDS", 600)
    workbench, here = either_workbench, either_workbench.workspace.workspace_id
    before = position(workbench)
    workbench.arrivals.wait(here, before, 0.01)  # somebody has just looked
    writer = threading.Timer(0.1, make_task, args=(workbench,))
    writer.start()
    assert workbench.arrivals.wait(here, before, 60)
    writer.join()


def test_a_commit_of_another_process_is_heard_of_within_about_a_second(either_workbench: Workbench):
    workbench, here = either_workbench, either_workbench.workspace.workspace_id
    with closing(Workbench(workbench.settings, clock=workbench.clock, catalog=workbench.catalog)) as other:
        before = position(workbench)
        workbench.arrivals.wait(here, before, 0.01)
        make_task(other)
        began = time.monotonic()
        assert workbench.arrivals.wait(here, before, 60)
        assert time.monotonic() - began < 10


def test_nothing_is_waited_for_that_is_there_and_nothing_longer_than_asked(workbench: Workbench):
    here = workbench.workspace.workspace_id
    assert workbench.arrivals.wait(here, position(workbench) - 1, 20)
    began = time.monotonic()
    assert not workbench.arrivals.wait(here, position(workbench), 0.2)
    assert 0.2 <= time.monotonic() - began < 5


def test_however_many_wait_one_looks_once_a_second(workbench: Workbench, monkeypatch: pytest.MonkeyPatch):
    """And it holds no connection between two looks."""
    now, looks = [0.0], []
    heard = Arrivals(workbench.database, clock=lambda: now[0])
    head = workbench.database.head
    monkeypatch.setattr(workbench.database, "head", lambda name: looks.append(name) or head(name))
    here = workbench.workspace.workspace_id
    end = position(workbench)
    looks.clear()
    for _ in range(50):
        assert not heard.wait(here, end, 0)
    for second in (0.0, 0.4, 0.9, 1.1, 1.9):
        now[0] = second
        waiting = threading.Thread(target=heard.wait, args=(here, end, 0.001))
        waiting.start()
        time.sleep(0.02)
        now[0] = second + 0.01
        heard.note("wsp_other", 1)
        waiting.join()
    assert len(looks) == 2
    assert workbench.database._transactions.current is None


def test_what_was_heard_of_a_chain_that_became_shorter_is_soon_forgotten(workbench: Workbench):
    """After an older store was put back, the numbers that were noted before are none any more."""
    now, end, here = [0.0], position(workbench), workbench.workspace.workspace_id
    heard = Arrivals(workbench.database, clock=lambda: now[0])
    heard.note(here, end + 100)
    assert heard.wait(here, end, 0)
    now[0] = 1.5
    assert not heard.wait(here, end, 0)
    waiting = threading.Thread(target=heard.wait, args=(here, end, 0.5))
    waiting.start()
    time.sleep(0.1)
    now[0] = 2.2
    heard.note("wsp_other", 1)
    waiting.join(timeout=20)
    assert not waiting.is_alive()
    assert not heard.wait(here, end, 0)
