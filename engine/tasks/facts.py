"""Loads what the guards of completion judge, and asks the later layers for theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from engine.access import ApprovalSource
from engine.accounts import actors
from engine.errors import Violation
from engine.reference.models import Employee
from engine.tasks import dependencies, guards, rounds
from engine.tasks.guards import CompletionFacts
from engine.tasks.models import Task
from engine.tasks.parts import Proof, Step
from engine.tasks.rounds import ApprovalState
from engine.tasks.versions import Approval, Deliverable
from engine.transaction import Transaction


def load(tx: Transaction, task: Task) -> CompletionFacts:
    """Return the facts of one task as they are in this transaction."""
    rows = tx.find(Deliverable, task_id=task.task_id, order_by=("deliverable_id",))
    return CompletionFacts(
        proofs=tx.find(Proof, task_id=task.task_id, order_by=("position",)),
        steps=tx.find(Step, task_id=task.task_id, order_by=("position",)),
        deliverables=rows,
        dependencies=dependencies.open_ones(tx, task),
        approvals=approval_state(tx, task, rows),
    )


def approval_state(tx: Transaction, task: Task, rows: Sequence[Deliverable]) -> ApprovalState:
    """Return which approvals the task needs and has; ``rows`` are all versions that it hands over."""
    approvals = tx.find(Approval, task_id=task.task_id, order_by=("requested_at",))
    handed_over = rounds.lineages(rows, approvals)
    required = _required_sources(task)
    # Who hands nothing over has nothing that could be judged, in training or not.
    in_training = bool(handed_over) and _in_training(tx, task, rows)
    return ApprovalState(
        sources=rounds.needed(required, approvals, in_training=in_training),
        required=required,
        in_training=in_training,
        lineages=handed_over,
        has_partner=task.partner_id is not None,
    )


def request_state(tx: Transaction, task: Task) -> ApprovalState:
    """Return the state that a request goes by: a task that needs no approval may ask the team's managers."""
    state = approval_state(tx, task, tx.find(Deliverable, task_id=task.task_id))
    return state if state.sources else replace(state, sources=[ApprovalSource.INTERNAL])


def blockers(tx: Transaction, task: Task) -> list[Violation]:
    """Return everything that stands in the way of completing the task, in the order of ``guards.CODES``."""
    found = guards.violations(load(tx, task))
    for guard in tx.wiring.completion_guards:
        found += guard(tx, task)
    return dependencies.discreet(tx, guards.in_order(found))


def _required_sources(task: Task) -> list[ApprovalSource]:
    if not task.approval.get("required"):
        return []
    return [ApprovalSource(source) for source in task.approval.get("sources") or (ApprovalSource.INTERNAL,)]


def _in_training(tx: Transaction, task: Task, rows: Iterable[Deliverable]) -> bool:
    """Whether the assignee, or whoever gave the newest versions their content, is still learning (APR-01)."""
    people = {task.assignee_id}
    for row in guards.newest(rows):
        people |= {actors.employee_of(tx, user_id) for user_id in row.authors}
    employees = (tx.find_by_key(Employee, employee_id) for employee_id in people if employee_id)
    return any(employee is not None and employee.training for employee in employees)
