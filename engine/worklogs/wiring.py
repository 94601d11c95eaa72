"""What worklogs contribute: who sees one."""

from __future__ import annotations

from engine.wiring import Wiring
from engine.worklogs import service
from engine.worklogs.models import WorkLog


def register(wiring: Wiring) -> None:
    """Add what this area contributes to ``wiring``."""
    wiring.visibility[WorkLog] = service.sees
