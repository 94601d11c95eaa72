"""Ledger writes: marks that are no record, written without an event and without anybody's lock (H8)."""

from __future__ import annotations

import threading

import pytest

from engine.app import Workbench
from engine.audit import history
from engine.inbox import service as inbox
from engine.ledger import find_mark


def test_a_mark_is_the_actors_own_and_only_rises(either_workbench: Workbench):
    operator = either_workbench.operator()
    either_workbench.ledger(operator).raise_mark("read", "b")
    either_workbench.ledger(operator).raise_mark("read", "a")
    with either_workbench.reading(operator) as tx:
        assert find_mark(tx, "read") == "b"
        assert find_mark(tx, "other") is None
    with either_workbench.reading(either_workbench.system_actor()) as tx:
        assert find_mark(tx, "read") is None


def test_marking_the_inbox_writes_no_event_and_makes_no_board_ask_afresh(either_workbench: Workbench, clock):
    operator = either_workbench.operator()
    with either_workbench.reading(operator) as tx:
        before, state = history.latest_seq(tx), inbox.state(tx)
    clock.advance(minutes=1)
    inbox.mark_seen(either_workbench.ledger(operator))
    with either_workbench.reading(operator) as tx:
        assert history.latest_seq(tx) == before
        assert history.verify(tx) == (before, None)
        assert inbox.state(tx) != state


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_ledger_write_waits_for_no_use_case_that_holds_the_lock(either_workbench: Workbench, clock):
    """On PostgreSQL; SQLite has one writer at a time, whatever it writes."""
    operator, done = either_workbench.operator(), threading.Event()

    def mark() -> None:
        inbox.mark_seen(either_workbench.ledger(operator))
        done.set()

    clock.advance(minutes=1)
    with either_workbench.transaction(operator):
        writer = threading.Thread(target=mark)
        writer.start()
        assert done.wait(timeout=10), "it waited for the chain's head"
    writer.join()
