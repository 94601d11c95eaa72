"""Reads that pages ask again and again: compiled once, then run straight on the driver (P3).

Building and compiling a statement takes longer than a database takes to run it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, TypeAlias

from sqlalchemy import BindParameter, CompoundSelect, Dialect, Executable, Select, bindparam
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from engine.transaction import Transaction

Read: TypeAlias = Select[Any] | CompoundSelect[Any]
#: Of one read so many statements are kept at most: one per actor, where each has their own.
_MOST = 256


class Prepared:
    """One statement as its database takes it; what it binds stays as it was, unless told otherwise."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled: SQLCompiler = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        state = compiled.construct_expanded_state()
        self._text, self._params, self._order = state.statement, state.parameters, state.positiontup

    def rows(self, tx: Transaction, **changed: Any) -> list[tuple[Any, ...]]:
        """Return its rows; ``changed`` gives values of named parameters."""
        params = {**self._params, **changed} if changed else self._params
        return tx.database.run(
            self._text, params if self._order is None else [params[name] for name in self._order]
        )


def parameter(name: str, kind: TypeEngine[Any]) -> BindParameter[Any]:
    """Make the place of a value that is given each time that a statement runs."""
    return bindparam(name, None, kind)


def once(build: Callable[..., Read]) -> Callable[..., Prepared]:
    """Make a function that gives what ``build`` builds, compiled once per kind of database and arguments.

    Of its transaction ``build`` uses nothing but the database's tables and dialect; its other arguments tell
    statements apart.
    """
    known: dict[tuple[Hashable, ...], Prepared] = {}

    @wraps(build)
    def find(tx: Transaction, *shape: Hashable) -> Prepared:
        key = (type(tx.connection.dialect), *shape)
        found = known.get(key)
        if found is None:
            if len(known) >= _MOST:
                known.clear()
            found = known[key] = Prepared(build(tx, *shape), tx.connection.dialect)
        return found

    return find
