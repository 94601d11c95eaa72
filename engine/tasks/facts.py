"""Loads what the guards of a move judge, for many tasks at once, and asks the later areas for theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import Violation
from engine.record import Record
from engine.tasks import dependencies, guards
from engine.tasks.guards import CompletionFacts
from engine.tasks.models import Task, TaskStatus
from engine.tasks.parts import Proof, Step
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Case:
    """One task with all that decides about its completion."""

    task: Task
    facts: CompletionFacts
    #: Everything that stands in the way, in the order of ``guards.CODES``, whoever may read it.
    violations: Sequence[Violation]


def load(tx: Transaction, task: Task, target: TaskStatus = TaskStatus.COMPLETED) -> Case:
    """Return the case of one task as it is in this transaction."""
    return load_all(tx, [task], target)[task.task_id]


def load_all(
    tx: Transaction, tasks: Sequence[Task], target: TaskStatus = TaskStatus.COMPLETED
) -> dict[str, Case]:
    """Return the cases of tasks by their ids, in a number of statements that does not grow with them.

    ``target`` is where they are to go: completed, or ``pending_approval``.
    """
    if not tasks:
        return {}
    facts = _read(tx, tasks)
    further = _of_later_areas(tx, [(task, facts[task.task_id]) for task in tasks], target)
    return {
        task.task_id: Case(
            task=task,
            facts=facts[task.task_id],
            violations=guards.in_order(
                [*guards.violations(facts[task.task_id]), *further.get(task.task_id, ())]
            ),
        )
        for task in tasks
    }


def blockers(tx: Transaction, task: Task) -> list[Violation]:
    """Return everything that stands in the way of completing the task, in the order of ``guards.CODES``."""
    return dependencies.redact(tx, load(tx, task).violations)


def by_task(records: Iterable[Any], *order: str) -> Mapping[str, list[Any]]:
    """Return records by the task that they belong to, those of each in the given order."""
    found: dict[str, list[Any]] = defaultdict(list)
    for record in sorted(records, key=lambda item: tuple(getattr(item, name) for name in order)):
        found[record.task_id].append(record)
    return found


def _read(tx: Transaction, tasks: Sequence[Task]) -> dict[str, CompletionFacts]:
    ids = [task.task_id for task in tasks]
    kinds: list[type[Record]] = [Proof, Step, *tx.wiring.judged_records]
    wanted: list[tuple[type[Record], dict[str, Any]]] = [(kind, {"task_id": ids}) for kind in kinds]
    if named := dependencies.named_by(tasks):
        wanted.append((Task, {"task_id": named}))
    proofs, steps, *others = tx.find_together(*wanted)
    proof_of, step_of = by_task(proofs, "position"), by_task(steps, "position")
    other_of = {kind: by_task(found) for kind, found in zip(kinds[2:], others, strict=False)}
    return {
        task.task_id: CompletionFacts(
            proofs=proof_of[task.task_id],
            steps=step_of[task.task_id],
            dependencies=dependencies.open_among_known(tx, task),
            others={kind: found[task.task_id] for kind, found in other_of.items()},
        )
        for task in tasks
    }


def _of_later_areas(
    tx: Transaction, cases: Sequence[tuple[Task, CompletionFacts]], target: TaskStatus
) -> Mapping[str, list[Violation]]:
    is_request = target is TaskStatus.PENDING_APPROVAL
    found: dict[str, list[Violation]] = defaultdict(list)
    for guard in tx.wiring.request_guards if is_request else tx.wiring.completion_guards:
        for task_id, violations in guard(tx, cases).items():
            found[task_id] += violations
    return found
