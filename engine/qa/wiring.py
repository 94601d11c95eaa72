"""What QA contributes: completed tasks that are looked at again."""

from __future__ import annotations

from engine.qa import selection
from engine.tasks.moved import Moved
from engine.wiring import Wiring


def register(wiring: Wiring) -> None:
    """Add what this area contributes to ``wiring``."""
    wiring.on(Moved, selection.select_completed)
