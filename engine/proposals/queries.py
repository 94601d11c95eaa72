"""Which proposals there are, for whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.access import Permission, may, require
from engine.accounts.models import User
from engine.proposals.models import Proposal, ProposalState, ProposedFile
from engine.transaction import Transaction

#: Longer lists are cut: those that are shown first are open, or newest.
MOST = 200


class Which(StrEnum):
    """Which of the proposals that somebody sees are listed."""

    OPEN = "open"  #: their own drafts, and everything that is offered
    MINE = "mine"  #: all of their own
    DECIDED = "decided"  #: merged or withdrawn


@dataclass(frozen=True)
class Listed:
    """One proposal of a list."""

    proposal: Proposal
    author_name: str
    #: What it changes.
    paths: Sequence[str]

    def as_json(self) -> dict[str, Any]:
        """Return it as `proposal list --json` prints it."""
        shown = self.proposal.model_dump(mode="json", exclude={"workspace_id"})
        return {**shown, "author": self.author_name, "files": [*self.paths]}


def sees(tx: Transaction, proposal: Proposal) -> bool:
    """Whoever may propose sees what was offered; what was not, or is a draft again, its author alone."""
    if proposal.author_id == tx.actor.user_id:
        return True
    is_offered = proposal.proposed_at is not None and proposal.state is not ProposalState.DRAFT
    return is_offered and may(tx.actor, Permission.PROPOSE)


def list_all(tx: Transaction, which: Which = Which.OPEN, *, template: str | None = None) -> list[Listed]:
    """Return the proposals that the actor sees, those that were changed last first.

    Raises:
        ForbiddenError: the actor may not propose.
    """
    require(tx.actor, Permission.PROPOSE, "see proposals")
    asked: dict[str, Any] = {} if template is None else {"template_id": template}
    if which is Which.OPEN:
        asked["state"] = [ProposalState.DRAFT, ProposalState.PROPOSED]
    elif which is Which.DECIDED:
        asked["state"] = [ProposalState.MERGED, ProposalState.WITHDRAWN]
    else:
        asked["author_id"] = tx.actor.user_id
    found = [one for one in tx.find(Proposal, **asked) if sees(tx, one)]
    found.sort(key=lambda one: (one.updated_at, one.proposal_id), reverse=True)
    return listed(tx, found[:MOST])


def listed(tx: Transaction, proposals: Iterable[Proposal]) -> list[Listed]:
    """Return proposals with who writes them and what they change."""
    asked = [*proposals]
    if not asked:
        return []
    users, files = tx.find_together(
        (User, {"user_id": [*{one.author_id for one in asked}]}),
        (ProposedFile, {"proposal_id": [one.proposal_id for one in asked]}),
    )
    names = {user.user_id: user.name for user in users}
    paths: dict[str, list[str]] = {}
    for file in files:
        paths.setdefault(file.proposal_id, []).append(file.path)
    return [
        Listed(one, names.get(one.author_id, "somebody"), sorted(paths.get(one.proposal_id, ())))
        for one in asked
    ]


def open_of(tx: Transaction, template: str) -> list[Proposal]:
    """Return the open proposals of a template that the actor sees, oldest first; none who may not propose."""
    if not may(tx.actor, Permission.PROPOSE):
        return []
    states = [ProposalState.DRAFT, ProposalState.PROPOSED]
    return [one for one in tx.find(Proposal, template_id=template, state=states) if sees(tx, one)]
