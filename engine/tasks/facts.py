"""Loads what the guards of completion judge, and asks the later layers for theirs."""

from __future__ import annotations

from engine.errors import Violation
from engine.tasks import dependencies, guards
from engine.tasks.guards import CompletionFacts
from engine.tasks.models import Task
from engine.tasks.parts import Deliverable, Proof, Step
from engine.transaction import Transaction


def load(tx: Transaction, task: Task) -> CompletionFacts:
    """Return the facts of one task as they are in this transaction."""
    return CompletionFacts(
        proofs=tx.find(Proof, task_id=task.task_id, order_by=("position",)),
        steps=tx.find(Step, task_id=task.task_id, order_by=("position",)),
        deliverables=tx.find(Deliverable, task_id=task.task_id, order_by=("deliverable_id",)),
        dependencies=dependencies.open_ones(tx, task),
    )


def blockers(tx: Transaction, task: Task) -> list[Violation]:
    """Return everything that stands in the way of completing the task, in the order of ``guards.CODES``."""
    found = guards.violations(task, load(tx, task))
    for guard in tx.wiring.completion_guards:
        found += guard(tx, task)
    return guards.in_order(found)
