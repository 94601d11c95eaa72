"""SQLite: one writer at a time, lists as JSON, NULL first by itself."""

# ruff: noqa: S608 - table and column names are checked when they are declared; values are always bound
from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    String,
    Text,
    UnaryExpression,
    bindparam,
    column,
    func,
    select,
    table,
)
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.types import TypeEngine

from engine.fulltext import Sought
from engine.store import listings, tallies
from engine.store.dialects.base import Dialect
from engine.store.dialects.documents import json_in
from engine.store.schema import TableSpec

#: FTS5's table, and the column by which it is asked.
_TOKENS = table("store_piece_tokens", column("rowid", Integer), column("store_piece_tokens", Text))
_TALLIES = ("insert", "delete", "leave", "enter")


class SQLite(Dialect):
    """SQLite in a file or in memory. ``BEGIN IMMEDIATE`` holds off every other writer: no lock is needed."""

    name: ClassVar[str] = "sqlite"
    mark: ClassVar[str] = "?"
    finds = "instr"
    everything: ClassVar[int | None] = -1
    row_lock: ClassVar[str] = ""
    row_lock_or_next: ClassVar[str] = ""
    clock: ClassVar[str] = "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"
    locks_heads: ClassVar[bool] = False
    writer_options: ClassVar = {"sqlite_begin": "BEGIN IMMEDIATE"}
    reader_options: ClassVar = {}
    past: ClassVar[str | None] = None  # another file in its place is refused (``engine.store.transactions``)
    is_shared: ClassVar[bool] = False
    needs_guidance: ClassVar[bool] = True
    indexes_hold_ids: ClassVar[bool] = True

    def lock_creation(self, connection: Connection) -> None:
        """Do nothing: the transaction is the only writer."""

    def lock_shape(self, connection: Connection, versions_table: str) -> None:
        """Do nothing: the transaction is the only writer."""

    def lock_table(self, connection: Connection, table: str) -> None:
        """Do nothing: the transaction is the only writer."""

    def is_deadlock(self, error: Exception) -> bool:  # noqa: ARG002 - it is the question of another database
        """Say no: readers wait for nobody, and there is one writer."""
        return False

    def oldest_holder(self, connection: Connection) -> str | None:  # noqa: ARG002
        """Say nothing: the file does not tell who has locked it."""
        return None

    def without_effect(self, spec: TableSpec) -> list[str]:  # noqa: ARG002
        """Give nothing: a file is written to or it is not."""
        return []

    def taking_room(self) -> list[str]:
        """Give nothing: the file's disk is this machine's, and is looked at itself."""
        return []

    def sent_together(self, connection: Connection, rows: int) -> AbstractContextManager[object]:  # noqa: ARG002
        """Do nothing: there is no way to go."""
        return nullcontext()

    def copies(self, connection: Connection, rows: int) -> bool:  # noqa: ARG002
        """Say no: there is no such statement."""
        return False

    def replaces_at_once(self, rows: int) -> bool:  # noqa: ARG002
        """Say no: each row costs what it costs, as there is no way to go."""
        return False

    def one_of(self, column: str) -> str:
        """Give the condition with the list as JSON."""
        return f"{column} IN (SELECT value FROM json_each(?))"

    def list_param(self, values: Sequence[Any]) -> Any:
        """Give the list as JSON text."""
        return json.dumps(list(values))

    def rows_of(self, name: str) -> str:
        """Give the entries of a JSON array."""
        return f"SELECT value AS {name} FROM json_each(?)"

    def first_of_each(self, source: str, read: str, most: int) -> str:  # noqa: ARG002 - one writes at a time
        """Give a subquery for each row."""
        return f"SELECT ({read} LIMIT 1) FROM {source}"

    def numbers(self, named: Mapping[str, int]) -> tuple[str, Sequence[Any]]:
        """Give the entries of a JSON object; without a WHERE what follows would be read as a join."""
        return "SELECT key, value FROM json_each(?) WHERE true", (json.dumps(named),)

    def order(self, column: str, *, descending: bool) -> str:
        """Give the column alone: NULL comes first by itself, and naming that costs the index."""
        return f"{column} DESC" if descending else column

    def literal(self, statement: str) -> str:
        """Give the statement as it is: only ``?`` is a mark."""
        return statement

    def _text_type(self) -> TypeEngine[Any]:
        return Text()

    def id_column(self) -> Column[int]:
        """Make a primary key of whole numbers, which counts by itself."""
        return Column("doc_id", Integer(), primary_key=True)

    def index_part(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Give the column as it is."""
        return column

    def append_only_ddl(self, table: str) -> list[str]:
        """Give one trigger per verb."""
        return [
            f'CREATE TRIGGER IF NOT EXISTS "{table}_no_{verb.lower()}" BEFORE {verb} ON "{table}" '
            f"BEGIN SELECT RAISE(ABORT, 'append-only: {table} refuses {verb}'); END"
            for verb in ("UPDATE", "DELETE")
        ]

    def hooks(self, connection: Connection) -> list[tuple[str, str, str | None]]:
        """Read the schema; SQLite keeps statements as they were given."""
        found = connection.exec_driver_sql(
            "SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY type, name"
        )
        return [(kind, name, text) for kind, name, text in found]

    def tally_ddl(self, spec: TableSpec) -> list[str]:
        """Give one trigger per way in which a row comes to be counted, or no longer."""
        names = ", ".join(f'"{name}"' for name in spec.tallied)
        changed = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in spec.tallied)
        old, new = tallies.is_counted(spec, "OLD"), tallies.is_counted(spec, "NEW")
        bodies = (
            ("INSERT", new, tallies.one_more(spec)),
            ("DELETE", old, tallies.one_less(spec)),
            (f"UPDATE OF {names}", f"({changed}) AND {old}", tallies.one_less(spec)),
            (f"UPDATE OF {names}", f"({changed}) AND {new}", tallies.one_more(spec)),
        )
        return [
            f'CREATE TRIGGER "{spec.name}_tally_{name}" AFTER {event} ON "{spec.name}" '
            f"WHEN {condition} BEGIN {body}; END"
            for name, (event, condition, body) in zip(_TALLIES, bodies, strict=True)
        ]

    def listing_ddl(self, table: str, column: str) -> list[str]:
        """Give one trigger per verb."""
        enter = listings.enter(table, column, self.entries_of("NEW", column), "NEW.doc_id")
        leave = listings.leave(table, column, self.entries_of("OLD", column))
        changed = f'UPDATE OF "{column}" ON "{table}" WHEN OLD."{column}" IS NOT NEW."{column}"'
        bodies = {
            "enter": (f'INSERT ON "{table}"', enter),
            "leave": (f'DELETE ON "{table}"', leave),
            "change": (changed, f"{leave}; {enter}"),
        }
        return [
            f'CREATE TRIGGER "{table}_{column}_{verb}" AFTER {event} BEGIN {body}; END'
            for verb, (event, body) in bodies.items()
        ]

    def entries_of(self, row: str, column: str) -> str:
        """Ask ``json_each``, which gives nothing of NULL."""
        return f'json_each({row}."{column}")'

    def drop_triggers_ddl(self, spec: TableSpec) -> list[str]:
        """Give one statement per trigger."""
        names = [f"{spec.name}_no_{verb}" for verb in ("update", "delete") if spec.append_only]
        names += [f"{spec.name}_tally_{name}" for name in _TALLIES if spec.tallied]
        names += [f"{spec.name}_{column}_{verb}" for column in spec.listed for verb in listings.VERBS]
        return [f'DROP TRIGGER IF EXISTS "{name}"' for name in names]

    def piece_ddl(self) -> list[str]:
        """Give the statements for FTS5, with the triggers that keep it.

        Its own reading of texts parts tokens at spaces alone, and it keeps of each which pieces have it.
        """
        enter = "INSERT INTO store_piece_tokens (rowid, tokens) VALUES (NEW.piece_id, NEW.tokens)"
        leave = (
            "INSERT INTO store_piece_tokens (store_piece_tokens, rowid, tokens) "
            "VALUES ('delete', OLD.piece_id, OLD.tokens)"
        )
        index = (
            "CREATE VIRTUAL TABLE store_piece_tokens USING fts5 (tokens, content='store_pieces', "
            "content_rowid='piece_id', detail=none, columnsize=0, tokenize='ascii')"
        )
        bodies = (("INSERT", enter), ("DELETE", leave), ("UPDATE", f"{leave}; {enter}"))
        return [
            index,
            *(
                f"CREATE TRIGGER store_pieces_{verb.lower()} AFTER {verb} ON store_pieces BEGIN {body}; END"
                for verb, body in bodies
            ),
        ]

    def take_ids(self, connection: Connection, spec: TableSpec, count: int, beyond: int) -> Iterable[int]:
        """Count on from the largest id; no other writer can, meanwhile."""
        if not count:
            return []
        largest = connection.exec_driver_sql(f'SELECT max(doc_id) FROM "{spec.name}"').scalar() or 0
        if not spec.key:
            used = connection.exec_driver_sql(
                "SELECT seq FROM sqlite_sequence WHERE name = ?", (spec.name,)
            ).scalar()
            largest = max(largest, used or 0)
        first = max(largest, beyond) + 1
        return range(first, first + count)

    def restart_ids(self, connection: Connection, spec: TableSpec) -> None:
        """Forget the largest id ever used, where it is kept."""
        if not spec.key:
            connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (spec.name,))

    def as_name(self, text: ColumnElement[str]) -> ColumnElement[str]:
        """Give it as it is."""
        return text

    def greater(self, one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
        """Ask ``max``."""
        return func.max(one, other)

    def piece_conditions(self, pieces: FromClause, wanted: Sought) -> list[ColumnElement[bool]]:
        """Ask FTS5."""
        *words, last = (f'"{token}"' for token in wanted.tokens)
        asked = " AND ".join([*words, last if wanted.is_whole else f"{last} *"])
        return [pieces.c.piece_id == _TOKENS.c.rowid, _TOKENS.c.store_piece_tokens.op("MATCH")(asked)]

    def field(self, document: ColumnElement[Any], *path: str) -> ColumnElement[Any]:
        """Ask ``json_extract``."""
        return func.json_extract(json_in(document), "$." + ".".join(path))

    def entries(self, listed: ColumnElement[Any]) -> FromClause:
        """Ask ``json_each``."""
        return func.json_each(listed).table_valued("value")

    def is_true(self, document: ColumnElement[Any], *path: str) -> ColumnElement[bool]:
        """Compare with 1, which is what ``json_extract`` makes of true."""
        return self.field(document, *path) == 1

    def is_one_of(self, column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
        """Give the condition with the list as JSON."""
        return _is_in(column, self.list_param(values))

    def is_one_of_named(self, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        """Give the condition with the list as JSON."""
        return _is_in(column, bindparam(name, None, String))

    def without_index(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Give ``+column``, for which SQLite uses no index."""
        return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def _is_in(column: ColumnElement[Any], entries: str | BindParameter[str]) -> ColumnElement[bool]:
    return column.in_(select(func.json_each(entries).table_valued("value").c.value))
