"""Rows of an append-only table stay as they are, whoever asks through the store (store.md, rule 9).

Whoever opens the file with a client of their own can get past that: what they change is named by
`audit verify` (``tests/exports/test_tampered_store.py``).
"""

from __future__ import annotations

import pytest
from tinydb import where

from engine.errors import ConflictError
from engine.store import Database, DocumentStore, DocumentTable


@pytest.fixture
def ledger(declared: DocumentStore) -> DocumentTable:
    table = declared.table("ledger")
    table.add_rows([({"entry_id": "e1"}, '{"entry_id": "e1"}')])
    return table


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.update({"x": 1}),
        lambda table: table.upsert({"x": 1}, where("entry_id") == "e1"),
        lambda table: table.remove(where("entry_id") == "e1"),
        lambda table: table.truncate(),
    ],
    ids=["update", "upsert", "remove", "truncate"],
)
def test_every_way_to_change_a_row_is_refused(tiny: Database, ledger: DocumentTable, change):
    with pytest.raises(ConflictError, match=r"ledger refuses (UPDATE|DELETE)"):
        change(tiny.table("ledger"))
    assert ledger.select_rows({}) == ['{"entry_id": "e1"}']


def test_replacing_a_row_is_refused(ledger: DocumentTable):
    with pytest.raises(ConflictError, match=r"ledger refuses UPDATE"):
        ledger.replace_row({"entry_id": "e1"}, "{}")
    assert ledger.select_rows({}) == ['{"entry_id": "e1"}']


ON_BOTH = ["UPDATE ledger SET document = '{}'", "UPDATE ledger SET entry_id = 'e9'", "DELETE FROM ledger"]
ON_ONE = {
    "sqlite": "INSERT OR REPLACE INTO ledger (entry_id, document) VALUES ('e1', '{}')",
    "postgresql": "TRUNCATE ledger",
}


def test_plain_sql_on_a_connection_of_the_store_is_refused_too(
    declared: DocumentStore, ledger: DocumentTable
):
    for statement in (*ON_BOTH, ON_ONE[declared.dialect.name]):
        with pytest.raises(ConflictError, match="ledger refuses"), declared.write() as connection:
            connection.exec_driver_sql(statement)
        assert ledger.select_rows({}) == ['{"entry_id": "e1"}']


def test_rows_can_still_be_added(tiny: Database, ledger: DocumentTable):
    ledger.add_rows([({"entry_id": "e2"}, "{}")])
    assert tiny.table("ledger").insert({"entry_id": "e3"}) == 3
