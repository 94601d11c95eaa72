"""What the deliverables contribute: who sees them, guards, what new tasks owe, what follows from a move."""

from __future__ import annotations

from engine.deliverables import approvals, delivery, entitlement, guards, owed
from engine.deliverables.models import Approval, Deliverable
from engine.tasks.moved import Moved
from engine.wiring import Wiring


def register(wiring: Wiring) -> None:
    """Add what this area contributes to ``wiring``."""
    wiring.visibility[Deliverable] = entitlement.sees_deliverable
    wiring.visibility[Approval] = entitlement.sees_approval
    wiring.judged_records += [Deliverable, Approval]
    wiring.completion_guards.append(guards.against_completion)
    wiring.request_guards.append(guards.against_request)
    wiring.owed_by_type = owed.by_type
    wiring.owed_by_clone = owed.by_clone
    wiring.on(Moved, approvals.follow_round)
    wiring.on(Moved, delivery.deliver_completed)
