"""What the tasks contribute: who sees them, and what follows from a move."""

from __future__ import annotations

from engine.tasks import dependencies, visibility
from engine.tasks.models import Task
from engine.tasks.moved import Moved
from engine.wiring import Wiring


def register(wiring: Wiring) -> None:
    """Add what this area contributes to ``wiring``."""
    wiring.visibility[Task] = visibility.sees
    wiring.on(Moved, dependencies.release_dependents)
