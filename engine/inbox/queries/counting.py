"""Several counts in one statement, for what is shown on every page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select

from engine.transaction import Transaction

#: A statement that gives one number.
Count = Select[Any]


def sum_of(tx: Transaction, counts: Sequence[Count]) -> int:
    """Add up the counts in one statement."""
    tx.flush()
    numbers = select(*(count.scalar_subquery() for count in counts))
    return sum(int(number) for number in tx.connection.execute(numbers).one()) if counts else 0
