"""``Dialect``: what the store asks of a database wherever SQLite and PostgreSQL differ."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Boolean, Column, ColumnElement, Connection, Double, FromClause, func
from sqlalchemy.types import TypeEngine

from engine.fulltext import Sought
from engine.store.schema import ColumnType, TableSpec


class Dialect(ABC):
    """One kind of database. Names that are put into SQL here were checked when they were declared."""

    #: As SQLAlchemy calls it.
    name: ClassVar[str]
    #: How the driver marks the place of a parameter.
    mark: ClassVar[str]
    #: The function that tells where in a text a part of it is.
    finds: ClassVar[str]
    #: What LIMIT binds for "all of them".
    everything: ClassVar[int | None]
    #: What a SELECT ends with to hold its rows for a change; empty where writers are alone anyway.
    row_lock: ClassVar[str]
    #: The same for one row that nobody holds, passing over those that somebody does.
    row_lock_or_next: ClassVar[str]
    #: The database's own clock, in milliseconds since 1970.
    clock: ClassVar[str]
    #: Whether writers of different chains go on side by side, each holding the head of its own.
    locks_heads: ClassVar[bool]
    #: SQLAlchemy's execution options of a write transaction and of a snapshot.
    writer_options: ClassVar[Mapping[str, Any]]
    reader_options: ClassVar[Mapping[str, Any]]

    def __str__(self) -> str:
        return self.name

    # --- locks ---------------------------------------------------------------------------------------

    @abstractmethod
    def lock_creation(self, connection: Connection) -> None:
        """Let no other process make tables until the transaction ends."""

    @abstractmethod
    def lock_shape(self, connection: Connection, versions_table: str) -> None:
        """Wait for every writer and hold new ones off until the transaction ends; readers go on.

        A writer reads ``versions_table`` first, so it sees either the old shape all along or the new one.
        """

    @abstractmethod
    def lock_table(self, connection: Connection, table: str) -> None:
        """Let nobody else write to a table until the transaction ends."""

    @abstractmethod
    def is_deadlock(self, error: Exception) -> bool:
        """Say whether the database gave a transaction up because it and another waited for one another."""

    @abstractmethod
    def oldest_holder(self, connection: Connection) -> str | None:
        """Say who has held locks on tables longest and waits for nobody; None where that is not known."""

    @abstractmethod
    def hooks(self, connection: Connection) -> list[tuple[str, str, str | None]]:
        """Give kind, name and, where it can be compared, text of each trigger, view and rule at work."""

    @abstractmethod
    def without_effect(self, spec: TableSpec) -> list[str]:
        """Give writes to a table that change nothing, and need each right that Workbench needs for it."""

    @abstractmethod
    def taking_room(self) -> list[str]:
        """Give statements that fail where the disk has no room for more records, to be taken back."""

    # --- round trips ---------------------------------------------------------------------------------

    @abstractmethod
    def sent_together(self, connection: Connection, rows: int) -> AbstractContextManager[object]:
        """Send the statements of a block, which write so many rows; see ``engine.store.driver``."""

    @abstractmethod
    def copies(self, connection: Connection, rows: int) -> bool:
        """Say whether so many new rows of a table are brought by COPY now."""

    @abstractmethod
    def replaces_at_once(self, rows: int) -> bool:
        """Say whether so many rows of a table are replaced by one statement that gets them as arrays."""

    # --- statements as text --------------------------------------------------------------------------

    def planned_once(self) -> tuple[str, ...]:
        """Give what is sent before and after a statement whose plan shall hold for any values; or nothing."""
        return ()

    @abstractmethod
    def one_of(self, column: str) -> str:
        """Give the condition that a column is one of a list, which is one parameter."""

    @abstractmethod
    def list_param(self, values: Sequence[Any]) -> Any:
        """Give what ``one_of`` binds."""

    @abstractmethod
    def rows_of(self, name: str) -> str:
        """Give a SELECT of the entries of a list of texts, bound as ``list_param`` has it, as a column."""

    @abstractmethod
    def first_of_each(self, source: str, read: str, most: int) -> str:
        """Give a SELECT of what an ordered ``read`` of one column finds first for each row of ``source``.

        The read names columns of the source. Where others may hold what is found first, it is ``most`` of
        it, so that they can go on with the next; rows of NULL are among it where nothing is found.
        """

    @abstractmethod
    def numbers(self, named: Mapping[str, int]) -> tuple[str, Sequence[Any]]:
        """Give a SELECT of names with their numbers, in this order, and what it binds.

        The text is the same however many there are, so that database and driver know it already.
        """

    @abstractmethod
    def order(self, column: str, *, descending: bool) -> str:
        """Give an entry of ORDER BY, in which NULL is the smallest value."""

    @abstractmethod
    def literal(self, statement: str) -> str:
        """Give a statement without parameters as the driver takes it."""

    # --- tables, indexes and triggers ----------------------------------------------------------------

    def column_type(self, kind: ColumnType) -> TypeEngine[Any]:
        """Give the SQL type of a promoted column; text sorts by code point."""
        if kind == "text":
            return self._text_type()
        types: dict[ColumnType, TypeEngine[Any]] = {
            "integer": BigInteger(),
            "boolean": Boolean(),
            "real": Double(),
        }
        return types[kind]

    @abstractmethod
    def _text_type(self) -> TypeEngine[Any]: ...

    @abstractmethod
    def id_column(self) -> Column[int]:
        """Make the column in which the database numbers the rows of a table."""

    @abstractmethod
    def index_part(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Give a column as an index holds it: NULL first."""

    @abstractmethod
    def append_only_ddl(self, table: str) -> list[str]:
        """Give the statements after which the database itself refuses to change rows of ``table``."""

    @abstractmethod
    def tally_ddl(self, spec: TableSpec) -> list[str]:
        """Give the statements that make the triggers which keep the tallies of a table."""

    @abstractmethod
    def listing_ddl(self, table: str, column: str) -> list[str]:
        """Give the statements that make the triggers which keep the listing of a column."""

    @abstractmethod
    def entries_of(self, row: str, column: str) -> str:
        """Give the FROM of the entries of a listed column of ``row``, each in a column ``value``."""

    @abstractmethod
    def drop_triggers_ddl(self, spec: TableSpec) -> list[str]:
        """Give the statements that take away what the three above made."""

    @abstractmethod
    def piece_ddl(self) -> list[str]:
        """Give the statements that make the index of pieces by their tokens (``engine.store.pieces``)."""

    # --- ids of rows ---------------------------------------------------------------------------------

    @abstractmethod
    def take_ids(self, connection: Connection, spec: TableSpec, count: int, beyond: int) -> Iterable[int]:
        """Take ``count`` fresh ids of rows, larger than ``beyond`` and than all there are."""

    @abstractmethod
    def restart_ids(self, connection: Connection, spec: TableSpec) -> None:
        """Let the ids of an empty table start at 1 again."""

    # --- expressions for queries ---------------------------------------------------------------------

    def place_in(self, text: ColumnElement[Any], part: str | ColumnElement[str]) -> ColumnElement[int]:
        """Give the place of a part of a text, 0 where it is not in it; no letter stands for another (G7).

        It is the one way in which queries look for words: LIKE takes A for a on SQLite and not on PostgreSQL.
        Where capitals do not matter, the column and what is looked for are in lower case, as Python makes it:
        É is found by é, ß by nothing but ß, on both.
        """
        found: ColumnElement[int] = getattr(func, self.finds)(text, part)
        return found

    @abstractmethod
    def as_name(self, text: ColumnElement[str]) -> ColumnElement[str]:
        """Give a text made of columns so that the index of names (``engine.store.positions``) leads to it."""

    @abstractmethod
    def greater(self, one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
        """Give the greater of two values, neither of which may be empty."""

    @abstractmethod
    def piece_conditions(self, pieces: FromClause, wanted: Sought) -> list[ColumnElement[bool]]:
        """Give the conditions by which its index leads to the pieces that have every token."""

    @abstractmethod
    def field(self, document: ColumnElement[Any], *path: str) -> ColumnElement[Any]:
        """Give a field of a stored document that has no column of its own, as text."""

    @abstractmethod
    def entries(self, listed: ColumnElement[Any]) -> FromClause:
        """Give the texts in a list, kept as JSON, as rows with a column ``value``."""

    @abstractmethod
    def is_true(self, document: ColumnElement[Any], *path: str) -> ColumnElement[bool]:
        """Give the condition that a flag of a stored document is true."""

    @abstractmethod
    def is_one_of(self, column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
        """Give the condition of being one of ``values``, with one parameter however many they are."""

    @abstractmethod
    def is_one_of_named(self, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        """Give the condition of being one of a list, which the parameter of that name brings each time."""

    @abstractmethod
    def without_index(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Give a column so that no index is used for it, where the database must be told."""

    #: What is another number once an older store was put in this one's place while programs go on with it:
    #: from then on the same positions mean other entries. None where no program can go on.
    past: ClassVar[str | None]
    #: Whether servers on several machines may share one store.
    is_shared: ClassVar[bool]
    #: Whether the database must be told which index to use: SQLite keeps no statistics by itself.
    needs_guidance: ClassVar[bool]
    #: Whether every index holds the ids of its rows beside its columns.
    indexes_hold_ids: ClassVar[bool]
