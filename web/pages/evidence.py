"""What the work says about a template: each revision with what stands out, and what became of that since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.evidence.figures import RevisionFigures
from engine.evidence.findings import Comparison, Finding, compare, stand_out
from engine.evidence.gather import Evidence


@dataclass(frozen=True)
class RevisionPart:
    """One revision on the page."""

    figures: RevisionFigures
    #: Whether it is the newest of those for the same people.
    is_newest: bool
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


def parts(evidence: Evidence) -> list[RevisionPart]:
    """Return the revisions in the order of the page."""
    return [_part(one, evidence.newest(one.whom)) for one in evidence.revisions]


def _part(one: RevisionFigures, newest: RevisionFigures) -> RevisionPart:
    is_newest = one is newest
    return RevisionPart(one, is_newest, stand_out(one), () if is_newest else compare(one, newest))
