"""Ledger writes: marks that are no record, written without an event and without anybody's lock (H8)."""

from __future__ import annotations

import threading

import pytest

from engine.app import Workbench
from engine.audit import history
from engine.inbox import service as inbox
from engine.ledger import Ledger, mark_of, milliseconds
from tests.cursors import latest_seq
from tests.verified import events_of_intact


def positions(workbench: Workbench) -> dict[str, int]:
    actor = workbench.operator()
    with workbench.reading(actor) as tx:
        return inbox.positions(tx)


def test_a_mark_is_the_actors_own_and_only_rises(either_workbench: Workbench, clock):
    operator, system = either_workbench.operator(), either_workbench.system_actor()
    first = clock.now()
    either_workbench.ledger(operator).raise_mark("read")
    clock.advance(hours=-1)
    either_workbench.ledger(operator).raise_mark("read")
    with either_workbench.reading(operator) as tx:
        names = [mark_of(operator, "read"), mark_of(system, "read"), mark_of(operator, "other")]
        assert history.positions(tx, names) == {names[0]: milliseconds(first)}


def test_marking_the_inbox_writes_no_event_and_moves_that_inbox_alone(either_workbench: Workbench, clock):
    operator = either_workbench.operator()
    with either_workbench.reading(operator) as tx:
        before = latest_seq(tx)
    seen = positions(either_workbench)
    clock.advance(minutes=1)
    inbox.mark_seen(either_workbench.ledger(operator))
    with either_workbench.reading(operator) as tx:
        assert latest_seq(tx) == before
        assert events_of_intact(tx) == before
    moved = positions(either_workbench).items() - seen.items()
    assert {name for name, _ in moved} == {mark_of(operator, "inbox_seen")}


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_ledger_write_waits_for_no_use_case_that_holds_the_lock(either_workbench: Workbench, clock):
    """On PostgreSQL; SQLite has one writer at a time, whatever it writes."""
    ledger, done = either_workbench.ledger(either_workbench.operator()), threading.Event()

    def mark(own: Ledger) -> None:
        inbox.mark_seen(own)
        done.set()

    with either_workbench.transaction(either_workbench.operator()):
        writer = threading.Thread(target=mark, args=(ledger,))
        writer.start()
        assert done.wait(timeout=10), "it waited for the chain's head"
    writer.join()
