"""A listing tells which rows have an entry in a list, whoever writes them, on both databases."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy

from engine.errors import StoreVersionError
from engine.store import DocumentStore, Migration, Row, TableSpec, drop_column, rename_column, rename_table

BOOKS = TableSpec(name="books", key=("book_id",), columns={"book_id": "text", "topics": "text"})
LISTED = replace(BOOKS, listed=("topics",))
TOPICS = ["sea", "salt|sea", 'the "sea"', "größe", "a,b", "[]", "'sea'", "%", "\\", "海"]


def book(number: int, topics: list[str] | None) -> Row:
    given = {"book_id": f"b{number}", "topics": None if topics is None else json.dumps(topics)}
    return given, json.dumps(given)


def listed(store: DocumentStore, table: str = "books", column: str = "topics") -> dict[str, list[str]]:
    """Return the ids of the books with each entry, as the listing tells them."""
    listing, rows = store.listing(table, column), store.sql_table(table)
    chosen = sqlalchemy.select(listing.c.entry, rows.c.book_id).join(rows, rows.c.doc_id == listing.c.doc_id)
    found: dict[str, list[str]] = {}
    with store.read() as connection:
        for entry, book_id in connection.execute(chosen.order_by(rows.c.book_id)):
            found.setdefault(entry, []).append(book_id)
    return found


def test_it_follows_every_way_in_which_rows_change(database_url: str):
    chance = random.Random(11)  # noqa: S311 - test data
    with DocumentStore(database_url, [LISTED]) as store:
        books = store.table("books")
        known: dict[int, list[str] | None] = {}
        for number in range(60):
            topics = None if chance.random() < 0.2 else chance.choices(TOPICS, k=chance.randrange(4))
            if known and chance.random() < 0.5:
                changed = chance.choice(list(known))
                values, document = book(changed, topics)
                assert books.replace_row(values, document)
                known[changed] = topics
            elif known and chance.random() < 0.3:
                gone = chance.choice(list(known))
                with store.write() as connection:
                    rows = store.sql_table("books")
                    connection.execute(sqlalchemy.delete(rows).where(rows.c.book_id == f"b{gone}"))
                del known[gone]
            else:
                books.add_rows([book(number, topics)])
                known[number] = topics
            assert listed(store) == naive(known)


def naive(books: dict[int, list[str] | None]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for book_id, topics in sorted((f"b{number}", topics or []) for number, topics in books.items()):
        for topic in set(topics):
            found.setdefault(topic, []).append(book_id)
    return found


def test_what_is_rolled_back_was_never_listed(database_url: str):
    with DocumentStore(database_url, [LISTED]) as store:
        with store.write() as connection:
            attempt = connection.begin_nested()
            store.table("books").add_rows([book(1, ["sea"])])
            assert listed(store) == {"sea": ["b1"]}
            attempt.rollback()
        assert listed(store) == {}


def test_rows_of_before_are_listed_as_soon_as_a_program_declares_it(database_url: str):
    with DocumentStore(database_url, [BOOKS]) as store:
        store.table("books").add_rows([book(1, ["sea", "salt"]), book(2, None)])
    with DocumentStore(database_url, [LISTED]) as store:
        store.table("books").add_rows([book(3, ["sea"])])
        assert listed(store) == {"sea": ["b1", "b3"], "salt": ["b1"]}
        assert store.hook_faults() == []
    # A program that does not know of it works beside, and is listed too.
    with DocumentStore(database_url, [BOOKS]) as store:
        store.table("books").add_rows([book(4, ["salt"])])
        assert listed(store) == {"sea": ["b1", "b3"], "salt": ["b1", "b4"]}


def test_it_goes_with_its_table_and_its_column_when_they_are_renamed(database_url: str):
    with DocumentStore(database_url, [LISTED]) as store:
        store.table("books").add_rows([book(1, ["sea"])])
    columns: dict[str, Any] = {"book_id": "text", "words": "text"}
    works = replace(LISTED, name="works", columns=columns, listed=("words",))

    def apply(connection: sqlalchemy.Connection) -> None:
        rename_column(connection, "books", "topics", "words")
        rename_table(connection, "books", "works")

    steps = (Migration(2, "renames", apply, closes_door=True),)
    with DocumentStore(database_url, [works], migrations=steps, migrate=True) as store:
        assert listed(store, "works", "words") == {"sea": ["b1"]}
        store.table("works").add_rows([({"book_id": "b2", "words": '["salt"]'}, "{}")])
        assert listed(store, "works", "words") == {"sea": ["b1"], "salt": ["b2"]}
        assert store.hook_faults() == []
        with store.read() as connection:
            assert "store_listing_books_topics" not in sqlalchemy.inspect(connection).get_table_names()


def test_its_column_is_not_dropped(database_url: str):
    with DocumentStore(database_url, [LISTED]):
        pass
    steps = (Migration(2, "drops", lambda connection: drop_column(connection, "books", "topics")),)
    with pytest.raises(StoreVersionError, match="the tallies or the listings"):
        DocumentStore(database_url, [BOOKS], migrations=steps, migrate=True)


def test_a_trigger_of_it_that_is_gone_is_told(database_url: str):
    with DocumentStore(database_url, [LISTED]) as store:
        place = " ON books" if store.dialect.name == "postgresql" else ""
        with store.write() as connection:
            connection.exec_driver_sql(f'DROP TRIGGER "books_topics_change"{place}')
        assert store.hook_faults() == ["the trigger books_topics_change is missing or disabled"]
