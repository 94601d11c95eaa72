"""What migrations are made of does the same on both databases, and all of a step or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection

from engine.errors import StoreVersionError
from engine.store import DocumentStore, Migration, add_column, read_documents, rewrite_documents
from tests.store.samples import LEDGER, THINGS, thing

pytestmark = pytest.mark.wide

LATER = replace(THINGS, columns={**THINGS.columns, "size": "text", "loved": "boolean"}, indexes=(("size",),))
MANY = 1201


@pytest.fixture
def old_store(database_url: str) -> str:
    """A store of version 1 with more rows than are read at once."""
    with DocumentStore(database_url, [THINGS, LEDGER]) as database:
        database.table("things").add_rows([thing(number, word="größe") for number in range(MANY)])
        database.table("ledger").add_rows([({"entry_id": "e1"}, '{"entry_id": "e1"}')])
    return database_url


def step(*actions: Callable[[Connection], Any]) -> tuple[Migration, ...]:
    def apply(connection: Connection) -> None:
        for action in actions:
            action(connection)

    return (Migration(2, "reshapes", apply),)


def grow(connection: Connection) -> None:
    add_column(connection, "things", "size", "text")
    add_column(connection, "things", "loved", "boolean", initial=False)


def colour_the_even(connection: Connection) -> None:
    def changes_of(document: dict[str, Any]) -> dict[str, Any]:
        return {"colour": "blue", "size": "big"} if document["number"] % 2 == 0 else {}

    rewrite_documents(connection, "things", changes_of)


def power_cut(connection: Connection) -> None:
    raise RuntimeError("power cut")


def test_a_column_is_added_with_its_declaration_its_type_and_its_first_value(old_store: str):
    with DocumentStore(old_store, [LATER, LEDGER], migrations=step(grow), migrate=True) as database:
        table = database.table("things")
        assert table.count_rows({"size": None, "loved": False}) == MANY
        table.add_rows([thing(-1, size="small", loved=True)])
        assert table.count_rows({"size": "small", "loved": True}) == 1
    with DocumentStore(old_store, [LATER, LEDGER], migrations=step(grow)) as again:
        assert again.migrated == []
        assert again.table("things").count_rows({}) == MANY + 1


def test_a_rewrite_changes_documents_with_their_columns_and_leaves_the_others_alone(old_store: str):
    with DocumentStore(
        old_store, [LATER, LEDGER], migrations=step(grow, colour_the_even), migrate=True
    ) as database:
        table = database.table("things")
        blue = [
            json.loads(text) for text in table.select_rows({"colour": "blue", "size": "big"}, ("number",))
        ]
        assert [row["number"] for row in blue] == list(range(0, MANY, 2))
        assert {(row["colour"], row["size"], row["word"], row["weight"]) for row in blue} == {
            ("blue", "big", "größe", 1.5)
        }
        assert table.read_row("hall", "t1") == thing(1, word="größe")[1]


def test_documents_are_read_in_the_order_of_their_rows(old_store: str):
    with DocumentStore(old_store, [THINGS, LEDGER]) as database, database.read() as connection:
        assert [row["number"] for row in read_documents(connection, "things")] == list(range(MANY))
        assert list(read_documents(connection, "ledger")) == [{"entry_id": "e1"}]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_crash_anywhere_in_a_step_leaves_the_old_store_as_it_was(old_store: str, place: int):
    actions: list[Callable[[Connection], Any]] = [grow, colour_the_even]
    actions.insert(place, power_cut)
    with pytest.raises(RuntimeError, match="power cut"):
        DocumentStore(old_store, [LATER, LEDGER], migrations=step(*actions), migrate=True)
    with DocumentStore(old_store, [THINGS, LEDGER]) as database:
        assert database.schema_version == 1
        assert database.table("things").select_rows({}, ("number",)) == [
            thing(number, word="größe")[1] for number in range(MANY)
        ]
        database.table("things").add_rows([thing(-1)])


def test_a_table_that_the_store_lacks_is_damage_and_changes_nothing(old_store: str):
    for action in (
        lambda connection: add_column(connection, "nothing", "size", "text"),
        lambda connection: rewrite_documents(connection, "nothing", lambda _: {}),
    ):
        with pytest.raises(StoreVersionError, match="no table nothing"):
            DocumentStore(old_store, [LATER, LEDGER], migrations=step(grow, action), migrate=True)
    with DocumentStore(old_store, [THINGS, LEDGER]) as database:
        assert database.schema_version == 1


def test_append_only_rows_are_not_rewritten(old_store: str):
    def change(connection: Connection) -> None:
        rewrite_documents(connection, "ledger", lambda _: {"word": "other"})

    with pytest.raises(Exception, match="ledger refuses UPDATE"):
        DocumentStore(old_store, [THINGS, LEDGER], migrations=step(change), migrate=True)
