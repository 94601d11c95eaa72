"""What the fields of several pages offer, as (value, words)."""

from __future__ import annotations

from engine.reference import queries
from engine.transaction import Transaction

Choices = list[tuple[str, str]]


def assignees(tx: Transaction) -> Choices:
    """Return who may be assigned: nobody first, then the active employees by key."""
    return [("", "nobody"), *queries.active_employees(tx)]
