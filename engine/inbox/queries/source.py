"""One sort of things that concern a reader: counted and listed by the same rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Text, cast, func, literal, null, select

from engine.inbox.queries.reader import SEEN_ITEMS
from engine.inbox.read_models import MOST_COUNTED, Kind
from engine.record import Record
from engine.store import POSITIONS, Dialect
from engine.transaction import Transaction

#: In the place of a moment, where there is none.
NO_MOMENT: ColumnElement[Any] = cast(null(), Text)


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
        """How many there are, and of news the oldest moment: the first to go. No deadline goes with them.

        One more than ``MOST_COUNTED`` stands for all that are more than that: more are not looked at.
        """
        moment: ColumnElement[Any] = null() if self.kind.is_to_decide else self.since
        some: Select[Any] = self.rows.with_only_columns(moment.label("moment"), maintain_column_froms=True)
        found = some.limit(MOST_COUNTED + 1).subquery()
        return select(func.count(), cast(func.min(found.c.moment), Text), NO_MOMENT)

    def unseen(self, dialect: Dialect) -> Source:
        """The same without the things that the reader has marked as seen as they stand."""
        name = dialect.as_name(SEEN_ITEMS + self.key + literal("@", Text) + self.since)
        # As a value it is looked up for each thing; of NOT EXISTS, PostgreSQL reads every position there is.
        seen = select(POSITIONS.c.position).where(POSITIONS.c.name == name).scalar_subquery()
        return replace(self, rows=self.rows.where(seen.is_(None)))


def record_table(tx: Transaction, record_type: type[Record]) -> FromClause:
    """Return the table of a record type."""
    return tx.database.sql_table(record_type.spec.table)
