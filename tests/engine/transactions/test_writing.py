"""What a unit of work writes: revisions, stale and absent rows, several at once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.errors import StaleWriteError
from engine.reference.models import Partner
from engine.transaction import Transaction
from tests.engine.transactions.samples import partner, refused
from tests.told import saved


def test_saving_counts_revisions_and_moves_the_time(workbench, operator, acme, clock):
    clock.advance(hours=1)
    with workbench.transaction(operator) as tx:
        found = tx.get(Partner, acme)
        for name in ("One", "Two"):
            found.name = name
            saved(tx, found)
    with workbench.reading(operator) as tx:
        stored = tx.get(Partner, acme)
    assert (stored.name, stored.revision, stored.updated_at) == ("Two", 2, clock.now())


def test_a_write_that_names_an_older_revision_is_stale(workbench, operator, acme):
    with workbench.transaction(operator) as tx:
        found = tx.get(Partner, acme, revision=1)
        found.name = "Acme Ltd"
        saved(tx, found)
    with (
        pytest.raises(StaleWriteError, match="you read revision 1, it is now 2"),
        workbench.transaction(operator) as tx,
    ):
        tx.get(Partner, acme, revision=1)


def test_a_row_that_was_taken_away_underneath_is_no_silent_loss(workbench, operator, acme):
    def change(tx: Transaction) -> None:
        found = tx.get(Partner, acme)
        tx.connection.exec_driver_sql("DELETE FROM partners")
        found.name = "Gone"
        tx.save(found)

    refused(workbench, change, StaleWriteError, "disappeared")
    with workbench.reading(operator) as tx:
        assert tx.get(Partner, acme).name == "Acme", "and that was rolled back too"


def test_of_many_changed_rows_the_one_that_was_taken_away_is_named(either_workbench):
    with either_workbench.transaction(either_workbench.operator()) as tx:
        made = [partner(tx, key).partner_id for key in "abc"]

    def change(tx: Transaction) -> None:
        for item in tx.find(Partner):
            item.name = "New"
            tx.save(item)
        tx.connection.exec_driver_sql("DELETE FROM partners WHERE key = 'b'")
        tx.flush()

    refused(either_workbench, change, StaleWriteError, f"Partner {made[1]} disappeared")


def run_together(*functions: Callable[[], None]) -> None:
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_threads_that_change_one_record_lose_nothing(either_workbench: Workbench):
    operator = either_workbench.operator()
    with either_workbench.transaction(operator) as tx:
        partner_id = partner(tx).partner_id

    def add_letters() -> None:
        for _ in range(5):
            with either_workbench.transaction(operator) as tx:
                found = tx.get(Partner, partner_id)
                found.name += "x"
                tx.save(found)
                tx.record(Action.PARTNER_CHANGED, found, f"number {tx.take_numbers('n')}")

    run_together(add_letters, add_letters, add_letters)
    with either_workbench.reading(operator) as tx:
        found = tx.get(Partner, partner_id)
        of_it = [event for event in tx.find(Event, order_by=("seq",)) if event.entity_id == partner_id]
    assert (found.name, found.revision) == ("Acme" + 15 * "x", 16)
    assert [event.summary for event in of_it[1:]] == [f"number {n}" for n in range(1, 16)]
