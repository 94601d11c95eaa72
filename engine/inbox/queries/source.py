"""One sort of things that concern a reader: counted and listed by the same rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Text, func, literal, literal_column, select

from engine.inbox.queries.reader import SEEN_ITEMS
from engine.inbox.read_models import MOST_COUNTED, Kind
from engine.record import Record
from engine.store import POSITIONS, Dialect
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Source:
    """Things of one sort that concern a reader."""

    kind: Kind
    #: Which they are: FROM and WHERE.
    rows: Select[Any]
    record_type: type[Record]
    #: The table of those records, as ``rows`` has it.
    table: FromClause
    since: ColumnElement[Any]
    #: What they are ordered by, where that is not ``since``.
    placed: ColumnElement[Any] | None = None
    #: 0 for what goes before everything else, else 1; None where nothing does.
    rank: ColumnElement[Any] | None = None

    #: The row id of the event that tells of them, where one does.
    event_id: ColumnElement[Any] | None = None
    #: Tells sources of one kind of records apart.
    about: str = ""

    @property
    def name(self) -> str:
        """What it is called among the sources."""
        return f"{self.kind} {self.record_type.spec.table} {self.about}".rstrip()

    @property
    def key(self) -> ColumnElement[Any]:
        """The id of the record that an item is about."""
        return self.table.c[self.record_type.spec.key[0]]

    @property
    def counted(self) -> Select[Any]:
        """How many there are; one more than ``MOST_COUNTED`` stands for all that are more than that."""
        some: Select[Any] = self.rows.with_only_columns(literal_column("1"), maintain_column_froms=True)
        return select(func.count()).select_from(some.limit(MOST_COUNTED + 1).subquery())

    def unseen(self, dialect: Dialect) -> Source:
        """The same without the things that the reader has marked as seen as they stand."""
        name = dialect.as_name(SEEN_ITEMS + self.key + literal("@", Text) + self.since)
        # As a value it is looked up for each thing; of NOT EXISTS, PostgreSQL reads every position there is.
        seen = select(POSITIONS.c.position).where(POSITIONS.c.name == name).scalar_subquery()
        return replace(self, rows=self.rows.where(seen.is_(None)))


def record_table(tx: Transaction, record_type: type[Record]) -> FromClause:
    """Return the table of a record type."""
    return tx.database.sql_table(record_type.spec.table)
