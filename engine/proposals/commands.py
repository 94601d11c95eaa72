"""The commands of proposals, from a finished draft on."""

from __future__ import annotations

from engine.access import Actor, Permission
from engine.command import AnyCommand, Command, Services, command
from engine.proposals import inputs, offering, preparing, service
from engine.proposals.models import Proposal, ProposalState
from engine.proposals.offering import Offerable
from engine.proposals.preparing import Prepared, titled
from engine.proposals.service import CaughtUp
from engine.transaction import Transaction


def _to_offer(services: Services, actor: Actor, request: inputs.Offer) -> Offerable | None:
    return offering.to_offer(services, actor, request.proposal_id, request.title, request.description)


def _offer(tx: Transaction, request: inputs.Offer, offered: Offerable | None) -> Proposal:
    return service.offer(tx, request.proposal_id, request.title, request.description, offered)


def _read(services: Services, actor: Actor, request: inputs.OnProposal) -> Prepared:
    return preparing.read(services, actor, request.proposal_id)


def _catch_up(tx: Transaction, _request: inputs.OnProposal, prepared: Prepared) -> CaughtUp:
    return service.catch_up(tx, prepared)


def _revert(tx: Transaction, _request: inputs.OnProposal, prepared: Prepared) -> Proposal:
    return service.revert(tx, prepared)


def _said_of_offer(proposal: Proposal) -> str:
    return f"{titled(proposal)} is offered on the branch {proposal.branch}."


def _said_of_withdrawal(proposal: Proposal) -> str:
    said = "withdrawn" if proposal.proposed_at else "discarded"
    return f"{titled(proposal)} is {said}."


def _said_of_catching_up(found: CaughtUp) -> str:
    if found.conflicts:
        paths = ", ".join(found.conflicts)
        return f"In {paths} you and somebody else changed the same lines. Choose there what it shall say."
    if not found.taken:
        return f"{titled(found.proposal)} is up to date."
    return f"{titled(found.proposal)} has what others changed meanwhile. Read it through before you offer it."


def _said_of_revert(draft: Proposal) -> str:
    state = "is a draft now" if draft.state is ProposalState.DRAFT else f"is {draft.state.value}"
    return f"{titled(draft)} {state}. Look at it, and offer it."


COMMANDS: tuple[AnyCommand, ...] = (
    Command(
        name="proposal offer",
        help="Offer a draft for review: a commit of yours on a branch of its own, which alone is pushed.",
        input=inputs.Offer,
        permission=Permission.PROPOSE,
        prepare=_to_offer,
        run=_offer,
        message=_said_of_offer,
    ),
    command(
        "proposal withdraw",
        "Discard a draft, or take back what is offered; its branch goes, too.",
        input=inputs.OnProposal,
        permission=Permission.PROPOSE,
        run=lambda tx, request: service.withdraw(tx, request.proposal_id),
        message=_said_of_withdrawal,
    ),
    command(
        "proposal edit-again",
        "Make what is offered a draft again; offering it again adds a commit to its branch.",
        input=inputs.OnProposal,
        permission=Permission.PROPOSE,
        run=lambda tx, request: service.edit_again(tx, request.proposal_id),
        message=lambda proposal: f"{titled(proposal)} is a draft again. Its branch stays until you offer it.",
    ),
    Command(
        name="proposal catch-up",
        help="Take over into a draft what others changed in its files since it began.",
        input=inputs.OnProposal,
        permission=Permission.PROPOSE,
        prepare=_read,
        run=_catch_up,
        message=_said_of_catching_up,
    ),
    Command(
        name="proposal revert",
        help="Begin a draft that takes a merged proposal back, from what is live now.",
        input=inputs.OnProposal,
        permission=Permission.PROPOSE,
        prepare=_read,
        run=_revert,
        message=_said_of_revert,
    ),
)
