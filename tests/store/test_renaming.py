"""Steps rename, drop and add fields, columns, indexes and tables, with all that hangs on them (H3)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Connection

from engine.errors import ConflictError, StoreVersionError
from engine.store import (
    DocumentStore,
    Migration,
    TableSpec,
    add_documents,
    add_index,
    add_table,
    drop_column,
    drop_field,
    drop_index,
    drop_table,
    read_documents,
    rename_column,
    rename_field,
    rename_table,
)
from tests.store.samples import LEDGER, THINGS, thing

COUNTED = replace(THINGS, tallied=("room", "done"), indexes=(("room", "colour"), ("weight",)))


@pytest.fixture
def old_store(database_url: str) -> str:
    with DocumentStore(database_url, [COUNTED, LEDGER]) as store:
        store.table("things").add_rows([thing(1, word="größe"), thing(2, done=True), thing(3)])
        store.table("ledger").add_rows([({"entry_id": "e1"}, '{"entry_id": "e1"}')])
    return database_url


def reshaped(url: str, tables: list[TableSpec], *actions: Callable[[Connection], Any]) -> DocumentStore:
    def apply(connection: Connection) -> None:
        for action in actions:
            action(connection)

    steps = (Migration(2, "reshapes", apply, closes_door=True),)
    return DocumentStore(url, tables, migrations=steps, migrate=True)


def documents(store: DocumentStore, table: str = "things") -> list[dict[str, Any]]:
    return [json.loads(text) for text in store.table(table).select_rows({})]


def index_names(store: DocumentStore, table: str = "things") -> set[str]:
    with store.read() as connection:
        return {str(index["name"]) for index in sqlalchemy.inspect(connection).get_indexes(table)}


def tallied(store: DocumentStore, table: str = "things") -> set[tuple[Any, ...]]:
    with store.read() as connection:
        rows = connection.execute(sqlalchemy.select(store.tally(table)).where(store.tally(table).c.total > 0))
        return {tuple(row) for row in rows}


def without(spec: TableSpec, *columns: str) -> TableSpec:
    return replace(
        spec,
        columns={name: kind for name, kind in spec.columns.items() if name not in columns},
        indexes=tuple(index for index in spec.indexes if not set(columns) & set(index)),
        unique=tuple(index for index in spec.unique if not set(columns) & set(index)),
    )


def test_a_field_is_renamed_in_its_place_with_its_column_its_indexes_and_its_tallies(old_store: str):
    columns = {("hall_name" if name == "room" else name): kind for name, kind in COUNTED.columns.items()}
    spec = replace(
        COUNTED,
        key=("hall_name", "thing_id"),
        columns=columns,
        indexes=(("hall_name", "colour"), ("weight",)),
        tallied=("hall_name", "done"),
    )
    with reshaped(
        old_store, [spec, LEDGER], lambda connection: rename_field(connection, "things", "room", "hall_name")
    ) as store:
        assert [next(iter(row)) for row in documents(store)] == ["hall_name"] * 3
        assert {row.get("word") for row in documents(store)} == {"größe", None}
        assert store.table("things").count_rows({"hall_name": "hall"}) == 3
        assert index_names(store) >= {"ix_things_hall_name_colour", "uq_things_hall_name_thing_id"}
        assert not any("_room" in name for name in index_names(store))
        assert tallied(store) == {("hall", False, 2), ("hall", True, 1)}
        values, text = thing(4)
        moved = {("hall_name" if name == "room" else name): value for name, value in values.items()}
        store.table("things").add_rows([(moved, text)])
        assert tallied(store) == {("hall", False, 3), ("hall", True, 1)}
        with pytest.raises(ConflictError):
            store.table("things").add_rows([(moved, text)])


def test_a_field_without_a_column_is_renamed_and_dropped_where_it_is(old_store: str):
    with reshaped(
        old_store,
        [COUNTED, LEDGER],
        lambda connection: rename_field(connection, "things", "word", "saying"),
    ) as store:
        assert {row.get("saying") for row in documents(store)} == {"größe", None}
        assert all("word" not in row for row in documents(store))
        untouched = store.table("things").read_row("hall", "t2")
        assert untouched == thing(2, done=True)[1]


def test_a_field_is_dropped_with_its_column_and_its_indexes(old_store: str):
    spec = without(COUNTED, "colour", "number")
    with reshaped(
        old_store,
        [spec, LEDGER],
        lambda connection: drop_field(connection, "things", "colour"),
        lambda connection: drop_field(connection, "things", "number"),
        lambda connection: drop_field(connection, "things", "word"),
    ) as store:
        assert {frozenset(row) for row in documents(store)} == {
            frozenset({"room", "thing_id", "done", "weight"})
        }
        assert index_names(store) == {"uq_things_room_thing_id", "ix_things_weight"}
        assert tallied(store) == {("hall", False, 2), ("hall", True, 1)}


def test_a_column_alone_is_renamed_and_dropped_and_the_documents_stay(old_store: str):
    before = [thing(1, word="größe")[1], thing(2, done=True)[1], thing(3)[1]]
    columns = {("mass" if name == "weight" else name): kind for name, kind in COUNTED.columns.items()}
    spec = without(replace(COUNTED, columns=columns, indexes=(("mass",),)), "colour")
    with reshaped(
        old_store,
        [spec, LEDGER],
        lambda connection: rename_column(connection, "things", "weight", "mass"),
        lambda connection: drop_column(connection, "things", "colour"),
    ) as store:
        assert store.table("things").select_rows({"mass": 1.5}, ["number"]) == before


def test_what_rows_are_found_or_counted_by_is_not_dropped(old_store: str):
    for column in ("thing_id", "done"):
        with pytest.raises(
            StoreVersionError, match=f"{column} belongs to the key, the tallies or the listings"
        ):
            reshaped(
                old_store,
                [COUNTED, LEDGER],
                lambda connection, name=column: drop_field(connection, "things", name),
            )
    with DocumentStore(old_store, [COUNTED, LEDGER]) as store:
        assert store.schema_version == 1


def test_indexes_come_and_go_by_steps(old_store: str):
    spec = replace(COUNTED, indexes=(("room", "colour"), ("done",)), unique=(("weight", "number"),))
    with reshaped(
        old_store,
        [spec, LEDGER],
        lambda connection: drop_index(connection, "things", ("weight",)),
        lambda connection: drop_index(connection, "things", ("number",)),
        lambda connection: add_index(connection, "things", ("done",)),
        lambda connection: add_index(connection, "things", ("weight", "number"), unique=True),
    ) as store:
        assert index_names(store) == {
            "uq_things_room_thing_id",
            "ix_things_room_colour",
            "ix_things_done",
            "uq_things_weight_number",
        }
        with pytest.raises(ConflictError):
            store.table("things").add_rows([thing(1, thing_id="other")])


def test_a_table_is_renamed_with_everything_and_goes_on_numbering_its_rows(old_store: str):
    items, book = replace(COUNTED, name="items"), replace(LEDGER, name="book")
    with reshaped(
        old_store,
        [items, book],
        lambda connection: rename_table(connection, "things", "items"),
        lambda connection: rename_table(connection, "ledger", "book"),
    ) as store:
        assert store.tables() == {"items", "book"}
        assert len(documents(store, "items")) == 3
        assert index_names(store, "items") >= {"uq_items_room_thing_id", "ix_items_weight"}
        store.table("items").add_rows([thing(4)])
        assert tallied(store, "items") == {("hall", False, 3), ("hall", True, 1)}
        with pytest.raises(ConflictError, match="book refuses UPDATE"):
            store.table("book").replace_row({"entry_id": "e1"}, "{}")
        assert not sqlalchemy_tables(store) & {"things", "ledger", "store_tally_things"}


def test_tables_are_added_filled_and_dropped(old_store: str):
    new = TableSpec(name="words", key=("word",), columns={"word": "text", "times": "integer"})

    def fill(connection: Connection) -> None:
        words = [
            {"word": row["word"], "times": 1} for row in read_documents(connection, "things") if "word" in row
        ]
        add_documents(connection, "words", words)

    with reshaped(
        old_store,
        [new],
        lambda connection: add_table(connection, new),
        fill,
        lambda connection: drop_table(connection, "things"),
        lambda connection: drop_table(connection, "ledger"),
    ) as store:
        assert documents(store, "words") == [{"word": "größe", "times": 1}]
        assert store.table("words").count_rows({"times": 1}) == 1
        assert not sqlalchemy_tables(store) & {"things", "ledger", "store_tally_things"}


def test_a_column_that_the_store_lacks_is_damage_and_changes_nothing(old_store: str):
    for action in (
        lambda connection: drop_column(connection, "things", "nothing"),
        lambda connection: rename_column(connection, "things", "nothing", "something"),
        lambda connection: rename_table(connection, "nothing", "something"),
        lambda connection: drop_table(connection, "nothing"),
    ):
        with pytest.raises(StoreVersionError, match=r"no (table|column) nothing"):
            reshaped(old_store, [COUNTED, LEDGER], action)
    with DocumentStore(old_store, [COUNTED, LEDGER]) as store:
        assert len(documents(store)) == 3


def sqlalchemy_tables(store: DocumentStore) -> set[str]:
    with store.read() as connection:
        return set(sqlalchemy.inspect(connection).get_table_names())
