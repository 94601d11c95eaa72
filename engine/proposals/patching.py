"""A proposal as a patch: for whoever has no remote, or does not let Workbench push."""

from __future__ import annotations

from engine.access import Actor, Permission, require
from engine.command import Services
from engine.errors import ConflictError
from engine.proposals import branches, preparing
from engine.proposals.preparing import titled


def patch_of(services: Services, actor: Actor, proposal_id: str) -> str:
    """Return a proposal as `git am` takes it, after the commit that it began from.

    Raises:
        ForbiddenError: the actor may not propose.
        NotFoundError: there is no such proposal, or it is somebody else's draft.
        ConflictError: it began from no commit.
        UnavailableError: Git does not do it.
    """
    require(actor, Permission.PROPOSE, "read a proposal as a patch")
    found = preparing.read(services, actor, proposal_id)
    proposal = found.proposal
    if proposal.base_commit is None:
        raise ConflictError(
            f"{titled(proposal)} began from files that are in no commit, so there is no patch of it."
        )
    change = preparing.change_of(
        services.settings,
        found,
        proposal.title or f"Change {proposal.template_id}",
        proposal.description,
        base=proposal.base_commit,
        at=proposal.proposed_at or proposal.updated_at,
    )
    return branches.patch(services.settings, change, proposal.proposal_id)
