"""What worklogs contribute: who sees one, and what a report may tell of a week."""

from __future__ import annotations

from engine.wiring import Wiring
from engine.worklogs import service, source
from engine.worklogs.models import WorkLog


def register(wiring: Wiring) -> None:
    """Add what this area contributes to ``wiring``."""
    wiring.visibility[WorkLog] = service.sees
    wiring.sources["worklog"] = source.of_week
