"""Turns the exactly safe part of a TinyDB query into a WHERE clause: SQL narrows, TinyDB decides.

Safe is the equality of a string with a promoted text column, and ``and`` and ``or`` of such. Everything else
means "no narrowing". The clause may only ever leave out documents that the query would refuse; the caller
still applies the query to each document that is left (store.md, rule 2).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tinydb.queries import QueryInstance

from engine.store.promotion import is_storable
from engine.store.schema import TableSpec

#: SQL text and its parameters.
Narrowing = tuple[str, tuple[Any, ...]]


def narrow(query: object, spec: TableSpec, mark: str) -> Narrowing | None:
    """Return a clause that keeps every document ``query`` may match, or None for no narrowing."""
    # TinyDB shows how a query is built only in the tuple it hashes. A subclass may test something else than
    # its tuple says, so only TinyDB's own class is read; what is not understood narrows nothing.
    if type(query) is not QueryInstance:
        return None
    return _translate(getattr(query, "_hash", None), spec, mark)


def _translate(shape: object, spec: TableSpec, mark: str) -> Narrowing | None:
    match shape:
        case ("==", (str(name),), str(value)) if spec.columns.get(name) == "text" and is_storable(value):
            return f'"{name}" = {mark}', (value,)
        case ("and", frozenset() as parts):
            known = [part for part in (_translate(part, spec, mark) for part in parts) if part is not None]
            return _join(" AND ", known) if known else None
        case ("or", frozenset() as parts):
            every = [_translate(part, spec, mark) for part in parts]
            known = [part for part in every if part is not None]
            return _join(" OR ", known) if len(known) == len(every) else None
        case _:
            return None


def _join(word: str, parts: Iterable[Narrowing]) -> Narrowing:
    texts, params = zip(*parts, strict=True)
    return f"({word.join(texts)})", tuple(param for group in params for param in group)
