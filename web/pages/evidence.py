"""What the work says about a template: each revision with what stands out, and what became of that since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.evidence.figures import RevisionFigures
from engine.evidence.findings import Comparison, Finding, compare, stand_out
from engine.evidence.gather import Evidence
from engine.reference.models import Campaign, Partner
from engine.transaction import Transaction


@dataclass(frozen=True)
class RevisionPart:
    """One revision on the page."""

    figures: RevisionFigures
    #: Whether it is the newest of those for the same people.
    is_newest: bool
    #: For whom it is overridden, by their names; empty for everybody.
    whom: str
    findings: Sequence[Finding]
    #: Of an earlier revision, what became of its findings in the newest.
    since: Sequence[Comparison]

    @property
    def is_few(self) -> bool:
        """Whether of every task too few runs are done to say anything."""
        return all(task.is_few for task in self.figures.tasks)

    @property
    def has_steps(self) -> bool:
        """Whether anything is known of steps."""
        return any(step.runs for task in self.figures.tasks for step in task.steps)


def parts(tx: Transaction, evidence: Evidence) -> list[RevisionPart]:
    """Return the revisions in the order of the page."""
    names = _names(tx, evidence)
    return [_part(one, evidence.newest(one.whom), names) for one in evidence.revisions]


def _part(
    one: RevisionFigures, newest: RevisionFigures, names: Mapping[tuple[str, str], str]
) -> RevisionPart:
    is_newest = one is newest
    whom = " and ".join(names.get(place, place[1]) for place in one.overridden)
    return RevisionPart(one, is_newest, whom, stand_out(one), () if is_newest else compare(one, newest))


def _names(tx: Transaction, evidence: Evidence) -> dict[tuple[str, str], str]:
    found = {place for one in evidence.revisions for place in one.overridden}
    kinds: tuple[tuple[str, type[Partner | Campaign]], ...] = (("partner", Partner), ("campaign", Campaign))
    return {
        (level, one.key): one.name
        for level, kind in kinds
        if (keys := sorted(key for at, key in found if at == level))
        for one in tx.find(kind, key=keys)
    }
