"""What keeps a task from completion, or from its approvers, on the side of what it hands over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.deliverables import state
from engine.deliverables.models import Deliverable
from engine.deliverables.rounds import newest
from engine.errors import Violation
from engine.tasks.guards import CompletionFacts
from engine.tasks.models import Task
from engine.transaction import Transaction


def against_completion(
    tx: Transaction, cases: Sequence[tuple[Task, CompletionFacts]]
) -> Mapping[str, list[Violation]]:
    """List what is not handed over, not approved, or changed since it was (a completion guard)."""
    return {
        task_id: [*_missing(given.rows), *given.state.violations()]
        for task_id, given in state.of_cases(tx, cases).items()
    }


def against_request(
    tx: Transaction, cases: Sequence[tuple[Task, CompletionFacts]]
) -> Mapping[str, list[Violation]]:
    """List what keeps the next approval from being requested (a request guard)."""
    return {
        task_id: [*_missing(given.rows), *state.as_requested(given.state).obstacles_to_request()]
        for task_id, given in state.of_cases(tx, cases).items()
    }


def _missing(rows: Sequence[Deliverable]) -> list[Violation]:
    return [_missing_deliverable(row) for row in newest(rows) if row.is_missing]


def _missing_deliverable(row: Deliverable) -> Violation:
    return Violation(
        code="MISSING_DELIVERABLE",
        message=f"The deliverable “{row.spoken_ref}” is not handed over: give its address or a file.",
        area="deliverables",
        subject=row.ref,
        extra={"ref": row.ref, "type": row.type, "deliverable_id": row.deliverable_id},
    )
