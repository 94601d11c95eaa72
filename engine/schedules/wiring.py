"""What schedules contribute: who sees them."""

from __future__ import annotations

from engine.access import Permission, may
from engine.schedules.models import Schedule
from engine.wiring import Wiring


def register(wiring: Wiring) -> None:
    """Add what this area contributes to ``wiring``."""
    wiring.visibility[Schedule] = lambda tx, _: may(tx.actor, Permission.SEE_ALL_WORK)
