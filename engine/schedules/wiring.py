"""What schedules contribute: who sees them."""

from __future__ import annotations

from engine.access import Permission, may
from engine.schedules.models import Schedule
from engine.transaction import Transaction
from engine.wiring import Wiring


def register(wiring: Wiring) -> None:
    """Add what this area contributes to ``wiring``."""
    wiring.visibility[Schedule] = _sees


def _sees(tx: Transaction, schedule: Schedule) -> bool:
    return may(tx.actor, Permission.SEE_ALL_WORK) or schedule.owner_id == tx.actor.user_id
