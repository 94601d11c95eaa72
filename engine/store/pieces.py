"""Pieces: texts by the words in them, found through SQLite's FTS5 or PostgreSQL's GIN, in the same way.

Neither database reads a text itself: whoever keeps a piece gives its tokens, between spaces and of letters
and digits alone (``engine.fulltext``). The database's index leads to the pieces with every token; whether
these stand one after the other, and whether the last is a whole word, is asked of the tokens as they are
kept. A piece that tells nothing any more stays, without tokens.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Select,
    Table,
    Text,
    UniqueConstraint,
    case,
    event,
    select,
)

from engine.fulltext import Piece, Sought
from engine.store.dialects import Dialect, dialect_of
from engine.store.driver import execute, execute_many
from engine.store.migrations import SYSTEM
from engine.store.transactions import Transactions

PIECES = Table(
    "store_pieces",
    SYSTEM,
    Column("piece_id", Integer, primary_key=True),
    Column("source", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("part", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("realm", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("tokens", Text, nullable=False),
    UniqueConstraint("source", "rank", "part"),
)
Index("ix_store_pieces_owner", PIECES.c.owner)
_COLUMNS = Piece._fields
_BATCH = 500


class Hit(NamedTuple):
    """A piece that holds some of what is looked for."""

    owner: str
    text: str
    #: Of each that is looked for, the place of its hit; None where the piece lacks it.
    places: tuple[int | None, ...]


@event.listens_for(PIECES, "after_create")
def _make_index(_: Table, connection: Connection, **__: Any) -> None:
    for statement in dialect_of(connection).piece_ddl():
        connection.exec_driver_sql(statement)


class Pieces:
    """The pieces of one store."""

    def __init__(self, transactions: Transactions, dialect: Dialect) -> None:
        self._transactions, self._dialect = transactions, dialect
        marks = ", ".join([dialect.mark] * len(_COLUMNS))
        self._put = (
            f"INSERT INTO store_pieces ({', '.join(_COLUMNS)}) VALUES ({marks}) "  # noqa: S608 - ours
            "ON CONFLICT (source, rank, part) DO UPDATE SET owner = excluded.owner, "
            "realm = excluded.realm, text = excluded.text, tokens = excluded.tokens"
        )

    def put(self, pieces: Sequence[Piece]) -> None:
        """Keep pieces, in one statement; those with the same source, rank and part are replaced."""
        if pieces:
            with self._transactions.write_or_join() as connection:
                execute_many(connection, self._put, pieces)

    def replace_all(self, pieces: Iterable[Piece]) -> None:
        """Keep these and no others."""
        with self._transactions.write_or_join() as connection:
            execute(connection, "DELETE FROM store_pieces")
            batch: list[Piece] = []
            for piece in pieces:
                batch.append(piece)
                if len(batch) == _BATCH:
                    self.put(batch)
                    batch = []
            self.put(batch)

    def count(self) -> int:
        """Return how many pieces tell something."""
        with self._transactions.read() as connection:
            found = execute(connection, "SELECT count(*) FROM store_pieces WHERE tokens <> ''").fetchall()
        return int(found[0][0])

    def everything(self) -> Iterator[Piece]:
        """Give every piece that tells something, in no order and in constant memory."""
        chosen = select(*(PIECES.c[name] for name in _COLUMNS)).where(PIECES.c.tokens != "")
        with (
            self._transactions.read() as connection,
            closing(connection.execute(chosen.execution_options(stream_results=True))) as found,
        ):
            for row in found:
                yield Piece(*row)

    def of(self, owners: Collection[str], wanted: Sequence[Sought]) -> list[Hit]:
        """Return the pieces of some owners that hold any of these, the same ones in the same order always."""
        texts = [one.text for one in wanted]
        wholes = [Sought(one.tokens, is_whole=True).text for one in wanted]
        places = [text for both in zip(texts, wholes, strict=True) for text in both]
        given = (*places, self._dialect.list_param(sorted(owners)), *texts)
        with self._transactions.read() as connection:
            found = execute(connection, _of_owners(self._dialect, len(wanted)), given)
            return [Hit(owner, text, tuple(places)) for owner, text, *places in found.fetchall()]


def holding(dialect: Dialect, realm: str, wanted: Sought) -> Select[Any]:
    """Return the read of the pieces of a realm that hold a word or phrase: owner and place of each.

    A place tells how much a hit counts, the least the most: by the piece's rank, then whole words first.
    """
    conditions = [*dialect.piece_conditions(PIECES, wanted), PIECES.c.realm == realm]
    if len(wanted.tokens) > 1:
        conditions.append(_holds(dialect, wanted))
    return select(PIECES.c.owner, _place_of(dialect, wanted).label("place")).where(*conditions)


@lru_cache(maxsize=32)
def _of_owners(dialect: Dialect, count: int) -> str:
    """Return the text of ``Pieces.of``: each search asks it, and building it takes longer than its answer."""
    holds = f"{dialect.finds}(tokens, {dialect.mark}) > 0"
    place = f"CASE WHEN {holds} THEN rank * 2 + CASE WHEN {holds} THEN 0 ELSE 1 END END"
    return (
        f"SELECT owner, text, {', '.join([place] * count)} FROM store_pieces "  # noqa: S608 - ours
        f"WHERE {dialect.one_of('owner')} AND ({' OR '.join([holds] * count)}) ORDER BY source, rank, part"
    )


def rank_of(place: int) -> int:
    """Return the rank of the piece that a hit of this place is in."""
    return place // 2


def _holds(dialect: Dialect, wanted: Sought) -> ColumnElement[bool]:
    return dialect.place_in(PIECES.c.tokens, wanted.text) > 0


def _place_of(dialect: Dialect, wanted: Sought) -> ColumnElement[int]:
    whole = Sought(wanted.tokens, is_whole=True)
    return PIECES.c.rank * 2 + case((_holds(dialect, whole), 0), else_=1)
