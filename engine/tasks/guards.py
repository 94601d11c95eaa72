"""What must be true before a task is completed; pure rules over facts (STA-07)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from engine.errors import Violation
from engine.record import Record
from engine.tasks.models import Task
from engine.tasks.parts import Proof, Step

R = TypeVar("R", bound=Record)

#: The order in which violations are reported, whoever found them.
CODES = (
    "MISSING_PROOF",
    "MISSING_DELIVERABLE",
    "OPEN_STEP",
    "MISSING_LINK",
    "DEPENDENCY_UNMET",
    "APPROVAL_MISSING",
    "APPROVAL_STALE",
)


@dataclass(frozen=True, kw_only=True)
class CompletionFacts:
    """All that decides whether a task may be completed."""

    proofs: Sequence[Proof] = ()
    steps: Sequence[Step] = ()
    #: The tasks that it depends on and that are neither completed nor skipped.
    dependencies: Sequence[Task] = ()
    #: What the guards of later areas judge, by its kind.
    others: Mapping[type[Record], Sequence[Any]] = field(default_factory=dict)

    def of_kind(self, kind: type[R]) -> Sequence[R]:
        """Return the records of a kind that a later area asked for with ``Wiring.judged_records``."""
        return self.others.get(kind, ())


def violations(facts: CompletionFacts) -> list[Violation]:
    """Return every unmet guard of the task's own at once; empty where completion may go on."""
    return [
        *(_missing_proof(proof) for proof in facts.proofs if proof.is_missing),
        *(_open_step(step) for step in facts.steps if step.is_open),
        *unmet(facts.dependencies),
    ]


def _way_on(other: Task) -> str:
    if other.is_terminal:
        return "it will not happen, so take it out under “Comes after”, or skip or cancel this task"
    return "complete or skip that first"


def unmet(dependencies: Iterable[Task]) -> list[Violation]:
    """Return one violation per task that must be completed or skipped first (DEP-02)."""
    return [
        Violation(
            code="DEPENDENCY_UNMET",
            message=f"It comes after {other.name}, which is {other.status.said}: {_way_on(other)}.",
            area="dependencies",
            subject=other.task_id,
            extra={"task_number": other.task_number, "title": other.title, "status": str(other.status)},
        )
        for other in dependencies
    ]


def in_order(found: Iterable[Violation]) -> list[Violation]:
    """Return violations of several sources in the one fixed order."""
    return sorted(found, key=lambda item: CODES.index(item.code) if item.code in CODES else len(CODES))


def _missing_proof(proof: Proof) -> Violation:
    return Violation(
        code="MISSING_PROOF",
        message=f"The proof “{proof.label}” ({proof.kind.replace('_', ' ')}) is missing: add it.",
        area="proof",
        subject=proof.label,
        extra={"label": proof.label, "kind": str(proof.kind), "task_proof_id": proof.task_proof_id},
    )


def _open_step(step: Step) -> Violation:
    return Violation(
        code="OPEN_STEP",
        message=f"The step “{step.title}” is open: do it and tick it.",
        area="steps",
        subject=step.ref,
        extra={"ref": step.ref, "title": step.title, "task_step_id": step.task_step_id},
    )
