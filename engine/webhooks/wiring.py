"""What webhooks contribute: nothing is sent with the sight of who may not sign in any more."""

from __future__ import annotations

from engine.accounts.closed import Closed
from engine.transaction import Transaction
from engine.webhooks import service
from engine.webhooks.models import Webhook
from engine.wiring import Wiring


def register(wiring: Wiring) -> None:
    """Add what this area contributes to ``wiring``."""
    wiring.on(Closed, pause_all)
    wiring.sealed.append(Webhook)


def pause_all(tx: Transaction, fact: Closed) -> None:
    """Pause the webhooks with the sight of an account that was closed (a reaction)."""
    service.pause_all_of(tx, fact.user_id)
