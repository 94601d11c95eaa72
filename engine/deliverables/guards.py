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
    left_out = _left_out(cases)
    return {
        task_id: [*_missing(given.rows, left_out[task_id]), *given.state.violations()]
        for task_id, given in state.of_cases(tx, cases).items()
    }


def against_request(
    tx: Transaction, cases: Sequence[tuple[Task, CompletionFacts]]
) -> Mapping[str, list[Violation]]:
    """List what keeps the next approval from being requested (a request guard)."""
    left_out = _left_out(cases)
    return {
        task_id: [
            *_missing(given.rows, left_out[task_id]),
            *state.as_requested(given.state).obstacles_to_request(),
        ]
        for task_id, given in state.of_cases(tx, cases).items()
    }


def _left_out(cases: Sequence[tuple[Task, CompletionFacts]]) -> Mapping[str, set[str]]:
    """Return the steps of each task that are not to be done, and so hand nothing over (OPQ-13)."""
    return {
        task.task_id: {step.task_step_id for step in facts.steps if step.is_left_out} for task, facts in cases
    }


def _missing(rows: Sequence[Deliverable], left_out: set[str]) -> list[Violation]:
    return [
        _missing_deliverable(row)
        for row in newest(rows)
        if row.is_missing and row.task_step_id not in left_out
    ]


def _missing_deliverable(row: Deliverable) -> Violation:
    return Violation(
        code="MISSING_DELIVERABLE",
        message=f"The deliverable “{row.spoken_ref}” is not handed over: give its address or a file.",
        area="deliverables",
        subject=row.ref,
        extra={"ref": row.ref, "type": row.type, "deliverable_id": row.deliverable_id},
    )
