"""What the work says about a template: what stands out in each revision, what to change, what helped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.access import Permission, may
from engine.catalog.content import Content
from engine.evidence import gather
from engine.evidence.figures import RevisionFigures
from engine.evidence.findings import Comparison, Finding, compare, stand_out
from engine.evidence.gather import Evidence
from engine.proposals.helped import Helped, helped
from engine.proposals.suggesting import of_finding
from engine.proposals.suggestions import NotSuggested
from engine.reference.models import Campaign, Partner
from engine.transaction import Transaction


@dataclass(frozen=True)
class Line:
    """One thing that stands out, with what one press would change."""

    finding: Finding
    #: What the press does, on its button; empty where there is none.
    label: str = ""
    #: Why there is none; empty where there is one, and where nobody asks.
    why_not: str = ""
    #: What the form sends, by name.
    sent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RevisionPart:
    """One revision on the page."""

    figures: RevisionFigures
    #: Whether it is the newest of those for the same people.
    is_newest: bool
    #: For whom it is overridden, by their names; empty for everybody.
    whom: str
    lines: Sequence[Line]
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


@dataclass(frozen=True)
class EvidencePage:
    """All that the page shows."""

    evidence: Evidence
    #: Whether the template is still there.
    is_there: bool
    parts: Sequence[RevisionPart]
    helped: Sequence[Helped]


def load(tx: Transaction, content: Content, key: str) -> EvidencePage:
    """Return the page.

    Raises:
        TemplateNotFoundError: there is no such template, nor was there one that a bundle was started from.
        ForbiddenError: the actor does not see all work.
    """
    found = gather.of_template(tx, content, key)
    names = _names(tx, found)
    parts = [_part(tx, content, found, one, names) for one in found.revisions]
    return EvidencePage(found, key in content.templates, parts, helped(tx, found))


def _part(
    tx: Transaction,
    content: Content,
    found: Evidence,
    one: RevisionFigures,
    names: Mapping[tuple[str, str], str],
) -> RevisionPart:
    newest = found.newest(one.whom)
    whom = " and ".join(names.get(place, place[1]) for place in one.overridden)
    can_change = (
        one is newest and found.template_id in content.templates and may(tx.actor, Permission.PROPOSE)
    )
    lines = [
        _line(tx, content, found, one, finding) if can_change else Line(finding) for finding in stand_out(one)
    ]
    return RevisionPart(one, one is newest, whom, lines, () if one is newest else compare(one, newest))


def _line(tx: Transaction, content: Content, found: Evidence, one: RevisionFigures, finding: Finding) -> Line:
    made = of_finding(tx, content, found, one, finding)
    if isinstance(made, NotSuggested):
        return Line(finding, why_not=made.why)
    step = {"step": finding.step} if finding.step else {}
    sent = {"kind": finding.kind.value, "task": finding.task, **step, **dict(one.overridden)}
    return Line(finding, label=made.label, sent=sent)


def _names(tx: Transaction, evidence: Evidence) -> dict[tuple[str, str], str]:
    found = {place for one in evidence.revisions for place in one.overridden}
    kinds: tuple[tuple[str, type[Partner | Campaign]], ...] = (("partner", Partner), ("campaign", Campaign))
    return {
        (level, one.key): one.name
        for level, kind in kinds
        if (keys := sorted(key for at, key in found if at == level))
        for one in tx.find(kind, key=keys)
    }
