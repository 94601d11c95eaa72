"""Whether a store still says what was written to it, for tests that expect it to."""

from __future__ import annotations

from engine.transaction import Transaction
from engine.verification import verify


def events_of_intact(tx: Transaction) -> int:
    """Verify events and records of the workspace; return how many events there are."""
    verdict = verify(tx)
    assert verdict.is_intact, verdict
    return verdict.end.count
