"""What API tokens contribute: who may not sign in any more acts by none of them, now or later (S5)."""

from __future__ import annotations

from engine.accounts.closed import Closed
from engine.tokens import service
from engine.transaction import Transaction
from engine.wiring import Wiring


def register(wiring: Wiring) -> None:
    """Add what this area contributes to ``wiring``."""
    wiring.on(Closed, revoke_all)


def revoke_all(tx: Transaction, fact: Closed) -> None:
    """Revoke the tokens of an account that was closed (a reaction)."""
    service.revoke_all(tx, fact.user_id)
