"""The commands of proposals, from a finished draft on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.access import Actor, Permission
from engine.command import AnyCommand, Command, Services, command
from engine.proposals import inputs
from engine.proposals.models import Proposal, ProposalState
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.proposals.offering import Offerable
    from engine.proposals.preparing import Prepared
    from engine.proposals.service import CaughtUp

# The registry is read without Git, so what needs it is imported where it is called.


def _to_offer(services: Services, actor: Actor, request: inputs.Offer) -> Offerable | None:
    from engine.proposals import offering  # noqa: PLC0415 - as said above

    return offering.to_offer(services, actor, request.proposal_id, request.title, request.description)


def _offer(tx: Transaction, request: inputs.Offer, offered: Offerable | None) -> Proposal:
    from engine.proposals import service  # noqa: PLC0415 - as said above

    return service.offer(tx, request.proposal_id, request.title, request.description, offered)


def _read(services: Services, actor: Actor, request: inputs.OnProposal) -> Prepared:
    from engine.proposals import preparing  # noqa: PLC0415 - as said above

    return preparing.read(services, actor, request.proposal_id)


def _catch_up(tx: Transaction, _request: inputs.OnProposal, prepared: Prepared) -> CaughtUp:
    from engine.proposals import service  # noqa: PLC0415 - as said above

    return service.catch_up(tx, prepared)


def _revert(tx: Transaction, _request: inputs.OnProposal, prepared: Prepared) -> Proposal:
    from engine.proposals import service  # noqa: PLC0415 - as said above

    return service.revert(tx, prepared)


def _withdraw(tx: Transaction, request: inputs.OnProposal) -> Proposal:
    from engine.proposals import service  # noqa: PLC0415 - as said above

    return service.withdraw(tx, request.proposal_id)


def _edit_again(tx: Transaction, request: inputs.OnProposal) -> Proposal:
    from engine.proposals import service  # noqa: PLC0415 - as said above

    return service.edit_again(tx, request.proposal_id)


def _titled(proposal: Proposal) -> str:
    from engine.proposals.preparing import titled  # noqa: PLC0415 - as said above

    return titled(proposal)


def _said_of_offer(proposal: Proposal) -> str:
    return f"{_titled(proposal)} is offered on the branch {proposal.branch}."


def _said_of_withdrawal(proposal: Proposal) -> str:
    said = "withdrawn" if proposal.proposed_at else "discarded"
    return f"{_titled(proposal)} is {said}."


def _said_of_catching_up(found: CaughtUp) -> str:
    if found.conflicts:
        paths = ", ".join(found.conflicts)
        return f"In {paths} you and somebody else changed the same lines. Choose there what it shall say."
    if not found.taken:
        return f"{_titled(found.proposal)} is up to date."
    return (
        f"{_titled(found.proposal)} has what others changed meanwhile. Read it through before you offer it."
    )


def _said_of_revert(draft: Proposal) -> str:
    state = "is a draft now" if draft.state is ProposalState.DRAFT else f"is {draft.state.value}"
    return f"{_titled(draft)} {state}. Look at it, and offer it."


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
        run=_withdraw,
        message=_said_of_withdrawal,
    ),
    command(
        "proposal edit-again",
        "Make a draft again of what is offered, withdrawn or discarded; offering it adds a commit.",
        input=inputs.OnProposal,
        permission=Permission.PROPOSE,
        run=_edit_again,
        message=lambda proposal: f"{_titled(proposal)} is a draft again.",
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
