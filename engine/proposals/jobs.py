"""What is done by itself for proposals: the remote is brought to what they say, and merges are learnt of."""

from __future__ import annotations

from engine.access import Actor
from engine.command import Services
from engine.errors import UnavailableError
from engine.jobs.context import Context
from engine.jobs.port import Kind
from engine.jobs.regular import Regular
from engine.live_content.jobs import credentials_of
from engine.proposals import branches, preparing, service
from engine.proposals.models import Proposal, ProposalState

#: After so many attempts the author is told; what is over sooner they see at the proposal alone.
_TOLD_AFTER = 3
#: A minute after content was fetched.
FOLLOW = Regular(name="follow_proposals", when="1-59/5 * * * *", purpose="learns which proposals were merged")


def publishing(services: Services, system: Actor) -> Kind:
    """Give the job that brings the remote to what a proposal says; done again it does nothing.

    A failure stands at the proposal, in words, and is tried again; after some its author is told.
    """

    def handle(context: Context) -> str:
        with context.kept():
            return _publish(services, system, str(context.args["proposal_id"]), context.attempt)

    return Kind(name=service.PUBLISH, handle=handle)


def following(services: Services, system: Actor) -> Kind:
    """Give the job that learns which proposals were merged."""

    def handle(context: Context) -> str:
        with context.kept():
            merged = follow(services, system)
        return f"{len(merged)} merged." if merged else "Nothing was merged."

    return Kind(name=FOLLOW.name, handle=handle)


def follow(services: Services, system: Actor) -> list[str]:
    """Mark the proposals of which the live content has the commit, or says all that they say.

    Raises:
        UnavailableError: the content cannot be read.
    """
    with services.reading(system) as tx:
        offered = tx.find(Proposal, state=ProposalState.PROPOSED)
        if not offered:
            return []
    merged = [one.proposal_id for one in offered if _is_merged(services, system, one)]
    for proposal_id in merged:
        with services.transaction(system) as tx:
            service.mark_merged(tx, proposal_id)
    return merged


def _is_merged(services: Services, system: Actor, proposal: Proposal) -> bool:
    found = preparing.read(services, system, proposal.proposal_id)
    made, live = proposal.commit, found.content.commit
    if made is not None and live is not None and branches.is_part_of(services.settings, made, live):
        return True
    return service.says_all_of(found)


def _publish(services: Services, system: Actor, proposal_id: str, attempt: int) -> str:
    with services.reading(system) as tx:
        proposal = tx.find_by_key(Proposal, proposal_id)
        credentials = credentials_of(services, tx)
    if proposal is None or proposal.branch is None:
        return "There is nothing to push."
    settings, known = services.settings, proposal.pushed_commit
    try:
        if proposal.state is ProposalState.PROPOSED and proposal.commit is not None:
            branches.publish(settings, credentials, proposal.branch, proposal.commit, known=known)
            there, said = proposal.commit, f"{proposal.branch} is pushed."
        elif proposal.state is ProposalState.WITHDRAWN:
            branches.retract(settings, credentials, proposal.branch, known=known)
            there, said = None, f"{proposal.branch} is taken away."
        else:
            return f"{proposal.branch} stays as it is."
    except UnavailableError as error:
        _record(services, system, proposal, known, error.public, is_told=attempt >= _TOLD_AFTER)
        raise
    _record(services, system, proposal, there, None)
    return said


def _record(
    services: Services,
    system: Actor,
    seen: Proposal,
    there: str | None,
    problem: str | None,
    *,
    is_told: bool = False,
) -> None:
    """Record what was found; a problem of what was offered before is none of what is offered now."""
    with services.transaction(system) as tx:
        proposal = tx.find_by_key(Proposal, seen.proposal_id)
        if proposal is None:
            return
        is_same = (proposal.state, proposal.commit) == (seen.state, seen.commit)
        service.published(tx, proposal, there, problem if is_same else proposal.problem)
        if is_same and is_told:
            service.tell_of_failure(tx, proposal)
