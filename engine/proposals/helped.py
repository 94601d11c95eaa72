"""Whether the merged changes that answer what the work said have helped (D13)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.evidence.figures import RevisionFigures, Share
from engine.evidence.findings import Comparison, Finding, Kind, named, since
from engine.evidence.gather import Evidence
from engine.proposals.models import Proposal, ProposalState
from engine.transaction import Transaction


@dataclass(frozen=True)
class Answer:
    """One thing that the work said, and what became of it after the merge."""

    finding: Finding
    #: The same figure in what was started since; None where the template has no such part any more.
    after: Comparison | None

    @property
    def words(self) -> str:
        """What became of it: ``better, and stands out no more: 1 of 12 runs, and 15 of 15 before``."""
        return self.after.words if self.after else "the template has it no more"


@dataclass(frozen=True)
class Helped:
    """A merged proposal, with what became of all that it answers."""

    proposal: Proposal
    answers: tuple[Answer, ...]


def helped(tx: Transaction, found: Evidence) -> list[Helped]:
    """Return the merged proposals that answer what the work said of a template, the newest merge first."""
    merged = [
        one
        for one in tx.find(Proposal, template_id=found.template_id, state=ProposalState.MERGED)
        if one.answers and one.closed_at is not None
    ]
    merged.sort(key=lambda one: str(one.closed_at), reverse=True)
    return [Helped(one, tuple(_answers(one, found))) for one in merged]


def _answers(proposal: Proposal, found: Evidence) -> Iterator[Answer]:
    revisions = {one.closure_hash: one for one in found.revisions}
    for said in proposal.answers:
        before = revisions.get(said["revision"])
        finding = _said(before, said) if before else None
        if before and finding:
            newer = [one for one in found.revisions if one.whom == before.whom and _is_since(one, proposal)]
            yield Answer(finding, since(finding, newer) if newer else Comparison(finding, Share(0, 0)))


def _said(revision: RevisionFigures, said: Mapping[str, Any]) -> Finding | None:
    return named(revision, Kind(said["kind"]), said["task"], said.get("step"))


def _is_since(revision: RevisionFigures, proposal: Proposal) -> bool:
    """Whether the first bundle of a revision was started after the merge."""
    return proposal.closed_at is not None and revision.pinned_at > proposal.closed_at
