"""Statements that pages ask again and again: compiled once, then run straight on the driver (P3)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, Executable
from sqlalchemy.sql.compiler import SQLCompiler

from engine.transaction import Transaction


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
