"""What proposals contribute: who sees them."""

from __future__ import annotations

from engine.access import Permission, may
from engine.proposals.models import Proposal, ProposalState, ProposedFile
from engine.transaction import Transaction
from engine.wiring import Wiring


def register(wiring: Wiring) -> None:
    """Add what this area contributes to ``wiring``."""
    wiring.visibility[Proposal] = _sees
    wiring.visibility[ProposedFile] = lambda tx, file: _sees(tx, tx.get(Proposal, file.proposal_id))


def _sees(tx: Transaction, proposal: Proposal) -> bool:
    """Whoever may propose sees what is offered; a draft is its author's."""
    if proposal.author_id == tx.actor.user_id:
        return True
    return proposal.state is not ProposalState.DRAFT and may(tx.actor, Permission.PROPOSE)
