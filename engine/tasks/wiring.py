"""What the tasks contribute: who sees them, and what follows from a move."""

from __future__ import annotations

from engine.tasks import approvals, delivery, dependencies, entitlement, visibility
from engine.tasks.models import Approval, Deliverable, Task
from engine.tasks.moved import Moved
from engine.wiring import Wiring


def register(wiring: Wiring) -> None:
    """Add what this area contributes to ``wiring``."""
    wiring.visibility[Task] = visibility.sees
    wiring.visibility[Deliverable] = entitlement.sees_deliverable
    wiring.visibility[Approval] = entitlement.sees_approval
    wiring.on(Moved, approvals.follow_round)
    wiring.on(Moved, delivery.deliver_completed)
    wiring.on(Moved, dependencies.release_dependents)
