"""Loads what the guards of completion judge, for many tasks at once, and asks the later layers for theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

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


@dataclass(frozen=True, kw_only=True)
class Handover:
    """What one task hands over, every version of it, and what was asked and said about it."""

    #: In the order in which they came.
    rows: Sequence[Deliverable]
    #: Oldest first.
    approvals: Sequence[Approval]
    state: ApprovalState


@dataclass(frozen=True, kw_only=True)
class Case:
    """One task with all that decides about its completion."""

    task: Task
    facts: CompletionFacts
    handover: Handover
    #: Everything that stands in the way, in the order of ``guards.CODES``, whoever may read it.
    violations: Sequence[Violation]


def load(tx: Transaction, task: Task) -> Case:
    """Return the case of one task as it is in this transaction."""
    return load_all(tx, [task])[task.task_id]


def load_all(tx: Transaction, tasks: Sequence[Task]) -> dict[str, Case]:
    """Return the cases of tasks by their ids, in a number of statements that does not grow with them."""
    if not tasks:
        return {}
    ids = [task.task_id for task in tasks]
    tx.read_ahead({Task: dependencies.named_by(tasks)})
    proofs, steps, rows, approvals = tx.find_together(
        (Proof, {"task_id": ids}),
        (Step, {"task_id": ids}),
        (Deliverable, {"task_id": ids}),
        (Approval, {"task_id": ids}),
    )
    handed_over = _handovers(tx, tasks, rows, approvals)
    proof_of, step_of = _by_task(proofs, "position"), _by_task(steps, "position")
    facts = {
        task.task_id: CompletionFacts(
            proofs=proof_of[task.task_id],
            steps=step_of[task.task_id],
            deliverables=handed_over[task.task_id].rows,
            dependencies=dependencies.open_among_known(tx, task),
            approvals=handed_over[task.task_id].state,
        )
        for task in tasks
    }
    further = _of_later_layers(tx, [(task, facts[task.task_id]) for task in tasks])
    return {
        task.task_id: Case(
            task=task,
            facts=facts[task.task_id],
            handover=handed_over[task.task_id],
            violations=guards.in_order(
                [*guards.violations(facts[task.task_id]), *further.get(task.task_id, ())]
            ),
        )
        for task in tasks
    }


def approval_state(tx: Transaction, task: Task) -> ApprovalState:
    """Return which approvals the task needs and has."""
    rows, approvals = tx.find_together(
        (Deliverable, {"task_id": task.task_id}), (Approval, {"task_id": task.task_id})
    )
    return _handovers(tx, [task], rows, approvals)[task.task_id].state


def request_state(tx: Transaction, task: Task) -> ApprovalState:
    """Return the state that a request goes by: a task that needs no approval may ask the team's managers."""
    return as_requested(approval_state(tx, task))


def as_requested(state: ApprovalState) -> ApprovalState:
    """Return a state as a request goes by it."""
    return state if state.sources else replace(state, sources=[ApprovalSource.INTERNAL])


def blockers(tx: Transaction, task: Task) -> list[Violation]:
    """Return everything that stands in the way of completing the task, in the order of ``guards.CODES``."""
    return dependencies.discreet(tx, load(tx, task).violations)


def _of_later_layers(
    tx: Transaction, cases: Sequence[tuple[Task, CompletionFacts]]
) -> Mapping[str, list[Violation]]:
    found: dict[str, list[Violation]] = defaultdict(list)
    for guard in tx.wiring.completion_guards:
        for task_id, violations in guard(tx, cases).items():
            found[task_id] += violations
    return found


def _handovers(
    tx: Transaction, tasks: Iterable[Task], rows: Iterable[Deliverable], approvals: Iterable[Approval]
) -> dict[str, Handover]:
    rows_of = _by_task(rows, "deliverable_id")
    said_of = _by_task(approvals, "requested_at", "task_approval_id")
    handed_over = {
        task.task_id: rounds.lineages(rows_of[task.task_id], said_of[task.task_id]) for task in tasks
    }
    # Who hands nothing over has nothing that could be judged, in training or not.
    concerned = [(task, rows_of[task.task_id]) for task in tasks if handed_over[task.task_id]]
    learners = _in_training(tx, concerned)
    found = {}
    for task in tasks:
        task_id, required = task.task_id, _required_sources(task)
        in_training = task_id in learners
        found[task_id] = Handover(
            rows=rows_of[task_id],
            approvals=said_of[task_id],
            state=ApprovalState(
                sources=rounds.needed(required, said_of[task_id], in_training=in_training),
                required=required,
                in_training=in_training,
                lineages=handed_over[task_id],
                has_partner=task.partner_id is not None,
            ),
        )
    return found


def _by_task(records: Iterable[Any], *order: str) -> Mapping[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for record in sorted(records, key=lambda item: tuple(getattr(item, name) for name in order)):
        found[record.task_id].append(record)
    return found


def _required_sources(task: Task) -> list[ApprovalSource]:
    if not task.approval.get("required"):
        return []
    return [ApprovalSource(source) for source in task.approval.get("sources") or (ApprovalSource.INTERNAL,)]


def _in_training(tx: Transaction, handed_over: Iterable[tuple[Task, Sequence[Deliverable]]]) -> set[str]:
    """Return the ids of tasks whose assignee, or an author of what counts, is still learning (APR-01)."""
    authors = {
        task.task_id: {author for row in guards.newest(rows) for author in row.authors}
        for task, rows in handed_over
    }
    employee_of = actors.employees_of(tx, {user_id for found in authors.values() for user_id in found})
    people = {
        task.task_id: {task.assignee_id, *(employee_of[user_id] for user_id in authors[task.task_id])}
        for task, _ in handed_over
    }
    tx.read_ahead({Employee: {one for found in people.values() for one in found}})
    return {
        task_id
        for task_id, found in people.items()
        if any(
            employee.training
            for one in found
            if one is not None and (employee := tx.find_by_key(Employee, one)) is not None
        )
    }
