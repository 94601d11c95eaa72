"""What watching contributes: whose inboxes a remark on a task concerns, and who has muted it."""

from __future__ import annotations

from engine.watching import service
from engine.wiring import Wiring


def register(wiring: Wiring) -> None:
    """Add what this area contributes to ``wiring``."""
    wiring.watchers = service.watchers
    wiring.muted = service.muted
