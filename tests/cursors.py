"""The cursor of a view, as ``web.live`` computes it, for tests that have no view."""

from __future__ import annotations

from engine.audit import history, topics
from engine.transaction import Transaction


def latest_seq(tx: Transaction, *names: str) -> int:
    """Give the number of the last event that concerned any of these topics, or any at all."""
    return max(history.positions(tx, topics.followed(names)).values(), default=0)
