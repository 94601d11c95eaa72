"""Writes the promoted columns from a document: the one place where that happens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.errors import BadRequestError
from engine.store.schema import ColumnType, Row, TableSpec

_LARGEST_INTEGER = 2**63 - 1


def row_from(spec: TableSpec, document: Mapping[str, Any]) -> Row:
    """Return the row of a document: its promoted values and its JSON text, in the order of its keys.

    A value that its column cannot hold exactly is NULL there; the document keeps it.

    Raises:
        BadRequestError: a key field is missing or of the wrong type.
        TypeError: the document holds something that JSON has no form for.
    """
    values = {name: promoted(kind, document.get(name)) for name, kind in spec.columns.items()}
    for name in spec.key:
        if values[name] is None:
            raise BadRequestError(
                f"A document for {spec.name} needs {name} as {spec.columns[name]}, but has "
                f"{document.get(name)!r}. Nothing was changed."
            )
    return values, json.dumps(dict(document))


def promoted(kind: ColumnType, value: object) -> Any:
    """Return ``value`` as a column of ``kind`` holds it, None where it cannot hold it exactly."""
    if kind == "text":
        return value if isinstance(value, str) and is_storable(value) else None
    if isinstance(value, bool):
        return value if kind == "boolean" else None
    if kind == "integer":
        return value if isinstance(value, int) and abs(value) <= _LARGEST_INTEGER else None
    if kind == "real" and isinstance(value, (int, float)):
        return _as_real(value)
    return None


def is_storable(text: str) -> bool:
    """Return whether both databases keep ``text`` as it is (no NUL, no lone surrogates)."""
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _as_real(value: float) -> float | None:
    try:
        real = float(value)
    except OverflowError:
        return None
    return real if real == value else None
