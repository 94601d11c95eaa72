"""What is said to the database of a table is built once in a process, however many stores have the table."""

from __future__ import annotations

from dataclasses import replace

from engine.store.dialects import dialect_named
from engine.store.schema import TableSpec
from engine.store.sql_tables import build_table, tally_table
from engine.store.statements import statements_of

SPEC = TableSpec(
    name="books", key=("book_id",), columns={"book_id": "text", "shelf": "text"}, tallied=("shelf",)
)
WIDER = replace(SPEC, columns={**SPEC.columns, "pages": "integer"})
SQLITE, POSTGRESQL = dialect_named("sqlite"), dialect_named("postgresql")


def test_two_stores_with_the_same_table_share_what_was_built():
    for build in (statements_of, build_table, tally_table):
        assert build(SPEC, SQLITE) is build(replace(SPEC), SQLITE)


def test_another_declaration_and_another_database_have_their_own():
    assert statements_of(WIDER, SQLITE).insert != statements_of(SPEC, SQLITE).insert
    assert statements_of(SPEC, POSTGRESQL).insert != statements_of(SPEC, SQLITE).insert
    assert tally_table(SPEC, POSTGRESQL) is not tally_table(SPEC, SQLITE)


def test_a_declaration_that_is_changed_into_another_is_written_as_that():
    assert '"pages"' not in SPEC.to_text()
    assert '"pages"' in WIDER.to_text()
