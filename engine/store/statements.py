"""The SQL of one stored table as text, built once per shape, so that the hot path compiles nothing."""

# ruff: noqa: S608 - table and column names are checked when they are declared; values are always bound
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from engine.errors import BadRequestError
from engine.store.dialects import Dialect
from engine.store.schema import ColumnType, TableSpec

Params = tuple[Any, ...]
#: What PostgreSQL calls a list of the values of a column.
_ARRAYS: Mapping[ColumnType, str] = {
    "text": "text[]",
    "integer": "bigint[]",
    "boolean": "boolean[]",
    "real": "float8[]",
}


@lru_cache(maxsize=256)  # with what each has built so far: many stores of one process have the same tables
def _statements_of(name: str, declaration: str, dialect: Dialect) -> Statements:
    return Statements(TableSpec.from_text(name, declaration), dialect)


def statements_of(spec: TableSpec, dialect: Dialect) -> Statements:
    """Give the SQL of a declared table; the same object each time."""
    return _statements_of(spec.name, spec.to_text(), dialect)


class Statements:
    """One table's SQL for one database; column names are checked against the declaration."""

    def __init__(self, spec: TableSpec, dialect: Dialect) -> None:
        self.spec = spec
        self.dialect = dialect
        self.mark = mark = dialect.mark
        self.table = table = f'"{spec.name}"'
        columns = [f'"{name}"' for name in (*spec.columns, "document")]
        marks = ", ".join([mark] * len(columns))
        names = ", ".join(columns)
        assignments = ", ".join(f"{column} = {mark}" for column in columns)
        keys = " AND ".join(f'"{name}" = {mark}' for name in spec.key)
        self.insert = f"INSERT INTO {table} ({names}) VALUES ({marks})"
        self.copy = f"COPY {table} ({names}) FROM STDIN"
        self.insert_with_id = f"INSERT INTO {table} (doc_id, {names}) VALUES ({mark}, {marks})"
        self.update_by_id = f"UPDATE {table} SET {assignments} WHERE doc_id = {mark}"
        self.delete_by_id = f"DELETE FROM {table} WHERE doc_id = {mark}"
        self.select_by_key = f"SELECT document FROM {table} WHERE {keys}"
        self._tail: Callable[..., str] = lru_cache(maxsize=256)(self._build_tail)
        self._replace: Callable[..., str] = lru_cache(maxsize=64)(self._build_replace)
        self._replace_at_once: Callable[..., str] = lru_cache(maxsize=64)(self._build_replace_at_once)

    def select(
        self,
        what: str,
        where: Mapping[str, Any],
        order_by: Sequence[str] = (),
        limit: int | None = None,
        offset: int = 0,
    ) -> tuple[str, Params]:
        """Return a SELECT of ``what`` and its parameters.

        ``where`` is equality: a list means one of, None means NULL. ``-column`` sorts descending; NULL counts
        as smallest on both databases.
        """
        kinds = tuple((name, _kind(value)) for name, value in where.items())
        params = [param for value in where.values() for param in self._params(value)]
        window = limit is not None or offset > 0
        if window:
            params += [self.dialect.everything if limit is None else limit, offset]
        return f"SELECT {what} FROM {self.table}{self._tail(kinds, tuple(order_by), window)}", tuple(params)

    def by_key(self, key: Sequence[Any]) -> tuple[str, Params]:
        """Return the SELECT of the document with that key, all key columns in order."""
        if len(key) != len(self.spec.key) or not key:
            raise BadRequestError(
                f"The key of {self.spec.name} is ({', '.join(self.spec.key)}); {len(key)} values were given."
            )
        return self.select_by_key, tuple(key)

    def ids_condition(self, doc_ids: Sequence[int]) -> tuple[str, Params]:
        """Return the WHERE clause for rows with these ids."""
        return f" WHERE {self.dialect.one_of('doc_id')}", (self.dialect.list_param(doc_ids),)

    def replace(
        self, values: Mapping[str, Any], document: str, expected: Mapping[str, Any]
    ) -> tuple[str, Params]:
        """Return the UPDATE of the row with the key in ``values``, if it still has ``expected``."""
        key = self.spec.key
        changed = tuple(name for name in values if name not in key)
        kinds = tuple((name, _kind(value)) for name, value in expected.items())
        params = [*(values[name] for name in changed), document, *(values[name] for name in key)]
        params += [param for value in expected.values() for param in self._params(value)]
        return self._replace(changed, kinds), tuple(params)

    def replace_at_once(self, rows: Sequence[tuple[Mapping[str, Any], str]]) -> tuple[str, Params]:
        """Return PostgreSQL's UPDATE of the rows with the keys in their values, which gets all as arrays."""
        names = tuple(rows[0][0])
        params = [[values[name] for values, _ in rows] for name in names]
        return self._replace_at_once(names), (*params, [document for _, document in rows])

    def row_params(self, rows: Iterable[tuple[Mapping[str, Any], str]]) -> list[Params]:
        """Return the parameters of ``insert``, one tuple per row; every promoted column must be given."""
        columns = tuple(self.spec.columns)
        try:
            return [(*[values[name] for name in columns], document) for values, document in rows]
        except KeyError as missing:
            raise BadRequestError(
                f"A row for {self.spec.name} has no value for the promoted column {missing}. Give every "
                "column, None where it is empty."
            ) from missing

    def _params(self, value: object) -> list[Any]:
        """List the parameters that a condition's value binds: nothing for None, one parameter for a list."""
        if value is None:
            return []
        if not isinstance(value, (list, tuple)):
            return [value]
        present = [entry for entry in value if entry is not None]
        return [self.dialect.list_param(present)]

    def _build_replace(self, changed: tuple[str, ...], expected: tuple[tuple[str, str], ...]) -> str:
        self._check(changed)
        assignments = ", ".join(f'"{name}" = {self.mark}' for name in (*changed, "document"))
        kinds = (*((name, "value") for name in self.spec.key), *expected)
        return f"UPDATE {self.table} SET {assignments}{self._conditions(kinds)}"

    def _build_replace_at_once(self, names: tuple[str, ...]) -> str:
        self._check(names)
        columns = [*names, "document"]
        arrays = ", ".join(f"{self.mark}::{_ARRAYS[self.spec.columns.get(name, 'text')]}" for name in columns)
        fresh = ", ".join(f'"{name}"' for name in columns)
        assignments = ", ".join(f'"{name}" = new."{name}"' for name in columns if name not in self.spec.key)
        same = " AND ".join(f'{self.table}."{name}" = new."{name}"' for name in self.spec.key)
        return f"UPDATE {self.table} SET {assignments} FROM unnest({arrays}) AS new ({fresh}) WHERE {same}"

    def _build_tail(self, kinds: tuple[tuple[str, str], ...], order_by: tuple[str, ...], window: bool) -> str:
        text = self._conditions(kinds)
        if order_by:
            text += f" ORDER BY {', '.join(self._order(name) for name in order_by)}"
        if window:
            text += f" LIMIT {self.mark} OFFSET {self.mark}"
        return text

    def _conditions(self, kinds: tuple[tuple[str, str], ...]) -> str:
        self._check(name for name, _ in kinds)
        texts = [self._condition(name, kind) for name, kind in kinds]
        return f" WHERE {' AND '.join(texts)}" if texts else ""

    def _condition(self, name: str, kind: str) -> str:
        column = f'"{name}"'
        if kind == "null":
            return f"{column} IS NULL"
        if kind == "value":
            return f"{column} = {self.mark}"
        one_of = self.dialect.one_of(column)
        return one_of if kind == "one_of" else f"({one_of} OR {column} IS NULL)"

    def _order(self, name: str) -> str:
        column = name.removeprefix("-")
        self._check([column])
        return self.dialect.order(f'"{column}"', descending=name.startswith("-"))

    def _check(self, names: Iterable[str]) -> None:
        if unknown := [name for name in names if name not in self.spec.columns]:
            raise BadRequestError(
                f"{self.spec.name} has no promoted column {', '.join(unknown)}. It has: "
                f"{', '.join(self.spec.columns) or 'none'}."
            )


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, (list, tuple)):
        return "one_of_or_null" if None in value else "one_of"
    return "value"
