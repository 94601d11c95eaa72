"""Statements are counted and timed on both databases, and slow ones are logged by their shape (NFR-028)."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from engine.store import DocumentStore, measuring
from engine.store.measuring import shape_of, spent

#: Takes long to give all of its rows, and not the first.
COUNTING = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) SELECT i FROM n
"""


@pytest.fixture
def all_are_slow(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Take every statement of this test for slow that takes any time at all."""
    measuring._limit.seconds = 1e-9
    with caplog.at_level(logging.WARNING, "engine.store.measuring"):
        yield caplog
    measuring.tell_of_slow(0)


@pytest.fixture
def store(database_url: str) -> Iterator[DocumentStore]:
    with DocumentStore(database_url) as opened:
        yield opened


def test_what_a_thread_sends_is_counted_with_the_time_that_it_takes(store: DocumentStore):
    statements, seconds = spent.statements, spent.seconds
    for _ in range(3):
        store.run("SELECT count(*) FROM store_migrations")
    assert spent.statements - statements >= 3
    assert 0 < spent.seconds - seconds < 10


def test_a_slow_statement_is_logged_without_its_values(store: DocumentStore, all_are_slow):
    slow = spent.slow
    statement = "SELECT version FROM store_migrations WHERE description = ? OR 'a text' = ?".replace(
        "?", store.dialect.mark
    )
    store.run(statement, ("secret", "planted"))
    told = [record.getMessage() for record in all_are_slow.records]
    assert any(statement.replace("a text", "…") in line for line in told)
    assert "secret" not in all_are_slow.text
    assert "a text" not in all_are_slow.text
    assert spent.slow > slow


def test_a_statement_of_sqlite_is_slow_by_all_that_its_rows_take(tmp_path, caplog):
    with DocumentStore(f"sqlite:///{tmp_path}/store.db") as store, store.read() as connection:
        cursor = connection.connection.cursor()
        try:
            measuring.tell_of_slow(40)
            cursor.execute(COUNTING)
            assert caplog.text == "", "SQLite has given the first row, and knows no other yet"
            cursor.fetchall()
        finally:
            measuring.tell_of_slow(0)
    assert caplog.text.count("slow statement") == 1


def test_nothing_is_slow_where_nobody_wants_to_know(store: DocumentStore, caplog):
    measuring.tell_of_slow(0)
    store.run("SELECT count(*) FROM store_migrations")
    assert "slow" not in caplog.text


@pytest.mark.parametrize(
    ("statement", "shape"),
    [
        ("SELECT 1\n  FROM   tasks", "SELECT 1 FROM tasks"),
        ("SELECT 'it''s secret', x FROM t", "SELECT '…', x FROM t"),
        (f"SELECT {'x' * 600}", f"SELECT {'x' * 493}"),
    ],
)
def test_a_shape_is_one_line_without_a_text(statement: str, shape: str):
    assert shape_of(statement) == shape
