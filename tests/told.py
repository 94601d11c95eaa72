"""Records that a test adds or changes itself, past the use cases: with an event, as every write has one."""

from __future__ import annotations

from typing import TypeVar

from engine.audit.models import Action
from engine.record import Record
from engine.transaction import Transaction

R = TypeVar("R", bound=Record)


def added(tx: Transaction, record: R) -> R:
    """Add a record, and tell of it."""
    tx.add(record)
    tx.record(Action.TASK_UPDATED, record, "A test added it")
    return record


def saved(tx: Transaction, record: R) -> R:
    """Save a changed record, and tell of it."""
    tx.save(record)
    tx.record(Action.TASK_UPDATED, record, "A test changed it")
    return record
