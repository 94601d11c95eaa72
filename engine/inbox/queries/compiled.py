"""Reads that are built and compiled once: building one takes longer than a database takes to run it (P3)."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, TypeAlias

from sqlalchemy import BindParameter, CompoundSelect, Select, bindparam
from sqlalchemy.types import TypeEngine

from engine.tasks.queries.prepared import Prepared
from engine.transaction import Transaction

Read: TypeAlias = Select[Any] | CompoundSelect[Any]


def parameter(name: str, kind: TypeEngine[Any]) -> BindParameter[Any]:
    """Make the place of a value that is given each time that a statement runs."""
    return bindparam(name, None, kind)


def once(build: Callable[..., Read]) -> Callable[..., Prepared]:
    """Make a function that gives what ``build`` builds, compiled once per kind of database and arguments.

    Of its transaction ``build`` uses nothing but the database's tables and dialect; its other arguments tell
    statements apart, of which there must be few.
    """
    known: dict[tuple[Hashable, ...], Prepared] = {}

    @wraps(build)
    def find(tx: Transaction, *shape: Hashable) -> Prepared:
        key = (type(tx.connection.dialect), *shape)
        found = known.get(key)
        if found is None:
            found = known[key] = Prepared(build(tx, *shape), tx.connection.dialect)
        return found

    return find
