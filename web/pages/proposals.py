"""The list of proposals: what is open, one's own, and what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.catalog.content import Content
from engine.proposals import queries
from engine.proposals.models import Proposal, ProposalState
from engine.proposals.queries import Listed, Which
from engine.transaction import Transaction


@dataclass(frozen=True)
class Line:
    """One proposal as it is listed."""

    listed: Listed
    template_name: str
    is_own: bool

    @property
    def proposal(self) -> Proposal:
        """The proposal."""
        return self.listed.proposal

    @property
    def chip(self) -> tuple[str, str, str]:
        """How it stands: word, tone and mark."""
        return chip_of(self.proposal)


@dataclass(frozen=True, kw_only=True)
class ProposalList:
    """The proposals that somebody sees."""

    which: Which
    lines: Sequence[Line]
    #: Whether there are more, which are not listed.
    is_cut: bool


def load(tx: Transaction, content: Content, asked: str) -> ProposalList:
    """Return the list; what is open, unless something else is asked for.

    Raises:
        ForbiddenError: the actor may not propose.
    """
    which = Which(asked) if asked in set(Which) else Which.OPEN
    found = queries.list_all(tx, which)
    lines = [
        Line(one, name_of(content, one.proposal.template_id), one.proposal.author_id == tx.actor.user_id)
        for one in found
    ]
    return ProposalList(which=which, lines=lines, is_cut=len(lines) == queries.MOST)


def name_of(content: Content, template: str) -> str:
    """Return the name of a template; its key where it is not there, or not yet."""
    found = content.templates.get(template)
    return found.name if found else template


def chip_of(proposal: Proposal) -> tuple[str, str, str]:
    """Return how a proposal stands: word, tone and mark."""
    if proposal.state is ProposalState.DRAFT:
        return ("draft", "quiet", "○")
    if proposal.problem is not None:
        return ("not pushed", "bad", "!")
    if proposal.state is ProposalState.PROPOSED:
        return ("offered", "info", "▷")
    if proposal.state is ProposalState.MERGED:
        return ("merged", "good", "✓")
    return ("withdrawn" if proposal.proposed_at else "discarded", "quiet", "×")
