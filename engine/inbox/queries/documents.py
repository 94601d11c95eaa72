"""Asking for what stands inside stored documents, on both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func

from engine.transaction import Transaction


def place_in(tx: Transaction, text: ColumnElement[Any], part: str) -> ColumnElement[int]:
    """Return the place of a part of a text, 0 where it is not in it."""
    return func.instr(text, part) if tx.database.dialect == "sqlite" else func.strpos(text, part)
