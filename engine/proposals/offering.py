"""What an offer is made of, before its transaction: a draft that may be offered, and its commit (EDT-04)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.access import Actor
from engine.catalog.problems import Problem, errors_of
from engine.command import Services
from engine.errors import ConflictError, ContentError
from engine.proposals import branches, comparing, preparing
from engine.proposals.models import ProposalState
from engine.proposals.preparing import Prepared, titled

#: So many problems are told of a change that is refused.
_MOST_TOLD = 20


@dataclass(frozen=True, kw_only=True)
class Offerable:
    """What an offer is made of."""

    prepared: Prepared
    branch: str
    commit: str
    at: datetime


def to_offer(services: Services, actor: Actor, proposal_id: str, subject: str, body: str) -> Offerable | None:
    """Make the commit of a draft in our clone; None where it is offered already.

    Raises:
        NotFoundError, ForbiddenError: as ``drafting.own``.
        ConflictError: it changes nothing, what it began from has moved, or the content is in no commit.
        ContentError: it makes something wrong that is not wrong now; a detail for each.
        UnavailableError: Git does not do it.
    """
    found = preparing.read(services, actor, proposal_id, is_own=True)
    proposal, content = found.proposal, found.content
    if proposal.state is not ProposalState.DRAFT:
        return None
    _refuse_moved(found)
    told = comparing.compared(services, actor, found, with_work=False)
    _refuse_wrong(found, errors_of(told.problems) if told else [])
    if content.commit is None or content.dirty:
        raise ConflictError(
            "A proposal is a commit after one that there is, and this content is read from files that are in "
            "none. Commit them, or read a commit (without --worktree)."
        )
    at = services.clock.now()
    branch = proposal.branch or branches.name_of(proposal.proposal_id, proposal.template_id)
    change = preparing.change_of(services.settings, found, subject, body, base=content.commit, at=at)
    made = branches.commit(services.settings, change, branch)
    return Offerable(prepared=found, branch=branch, commit=made, at=at)


def _refuse_moved(found: Prepared) -> None:
    if found.is_nothing:
        raise ConflictError(
            f"{titled(found.proposal)} changes nothing: what it says is live. Change it, or discard it."
        )
    if found.moved:
        paths = ", ".join(file.path for file in found.moved)
        raise ConflictError(
            f"{paths} was changed by somebody else since this change began. Catch up first: both versions "
            "are kept, and what both changed is shown."
        )


def _refuse_wrong(found: Prepared, wrong: Sequence[Problem]) -> None:
    if wrong:
        more = f" There are {len(wrong)} such errors." if len(wrong) > 1 else ""
        raise ContentError(
            f"{titled(found.proposal)} would make the content wrong. {wrong[0]}{more}",
            details=[one.as_detail() for one in wrong[:_MOST_TOLD]],
        )
