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
    return [
        RevisionPart(one, stand_out(one), compare(one, evidence.revisions[0]) if number else ())
        for number, one in enumerate(evidence.revisions)
    ]
