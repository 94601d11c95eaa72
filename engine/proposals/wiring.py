"""What proposals contribute: who sees them."""

from __future__ import annotations

from engine.proposals.models import Proposal, ProposedFile
from engine.proposals.queries import sees
from engine.wiring import Wiring


def register(wiring: Wiring) -> None:
    """Add what this area contributes to ``wiring``."""
    wiring.visibility[Proposal] = sees
    wiring.visibility[ProposedFile] = lambda tx, file: sees(tx, tx.get(Proposal, file.proposal_id))
