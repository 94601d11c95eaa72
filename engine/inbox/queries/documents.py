"""Asking for what stands inside stored documents, on both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ColumnElement, cast, func

from engine.transaction import Transaction


def field_of(tx: Transaction, table: Any, name: str) -> ColumnElement[Any]:
    """Return a field of the stored document as text: a list as its JSON."""
    if tx.database.dialect == "sqlite":
        return func.json_extract(table.c.document, f"$.{name}")
    return func.json_extract_path_text(cast(table.c.document, JSON), name)


def place_in(tx: Transaction, text: ColumnElement[Any], part: str) -> ColumnElement[int]:
    """Return the place of a part of a text, 0 where it is not in it."""
    return func.instr(text, part) if tx.database.dialect == "sqlite" else func.strpos(text, part)
