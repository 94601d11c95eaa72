"""Reads what tasks hand over and where its approvals stand, for many tasks at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from engine.access import ApprovalSource
from engine.accounts import actors
from engine.accounts.models import User
from engine.deliverables import own_addresses, rounds
from engine.deliverables.models import Approval, Deliverable
from engine.deliverables.rounds import ApprovalState
from engine.reference.models import Employee
from engine.tasks import facts
from engine.tasks.facts import Case
from engine.tasks.guards import CompletionFacts
from engine.tasks.known import KnownTask
from engine.tasks.models import Task
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Handover:
    """What one task hands over, every version of it, and what was asked and said about it."""

    #: In the order in which they came.
    rows: Sequence[Deliverable]
    #: Oldest first.
    approvals: Sequence[Approval]
    state: ApprovalState


def of_case(tx: Transaction, case: Case) -> Handover:
    """List what the task of a case hands over."""
    return of_cases(tx, [(case.task, case.facts)])[case.task.task_id]


def of_cases(tx: Transaction, cases: Iterable[tuple[Task, CompletionFacts]]) -> dict[str, Handover]:
    """List what tasks hand over by their ids, in a number of statements that does not grow with them.

    A page asks several times about its task: what guards it, what may be done with it, what it shows (P3).
    """
    known = list(cases)
    found: dict[str, Handover] = tx.once(
        ("handed over", *(task.task_id for task, _ in known)), lambda: _of_cases(tx, known)
    )
    return found


def _of_cases(tx: Transaction, known: Sequence[tuple[Task, CompletionFacts]]) -> dict[str, Handover]:
    rows = [row for _, facts_of in known for row in facts_of.of_kind(Deliverable)]
    approvals = [item for _, facts_of in known for item in facts_of.of_kind(Approval)]
    return _handovers(tx, [task for task, _ in known], rows, approvals)


def approval_state(tx: Transaction, task: KnownTask) -> ApprovalState:
    """Return which approvals the task needs and has."""
    return approval_states(tx, [task])[task.task_id]


def approval_states(tx: Transaction, tasks: Sequence[KnownTask]) -> dict[str, ApprovalState]:
    """Return which approvals tasks need and have, in a number of statements that does not grow with them."""
    if not tasks:
        return {}
    ids = [task.task_id for task in tasks]
    rows, approvals = tx.find_together((Deliverable, {"task_id": ids}), (Approval, {"task_id": ids}))
    return {task_id: given.state for task_id, given in _handovers(tx, tasks, rows, approvals).items()}


def request_state(tx: Transaction, task: Task) -> ApprovalState:
    """Return the state that a request goes by: a task that needs no approval may ask the team's managers."""
    return as_requested(approval_state(tx, task))


def as_requested(state: ApprovalState) -> ApprovalState:
    """Return a state as a request goes by it."""
    return state if state.sources else replace(state, sources=[ApprovalSource.INTERNAL])


def _handovers(
    tx: Transaction, tasks: Iterable[KnownTask], rows: Iterable[Deliverable], approvals: Iterable[Approval]
) -> dict[str, Handover]:
    rows_of = facts.by_task(rows, "deliverable_id")
    approvals_of = facts.by_task(approvals, "requested_at", "task_approval_id")
    handed_over = {
        task.task_id: rounds.lineages(rows_of[task.task_id], approvals_of[task.task_id]) for task in tasks
    }
    # Who hands nothing over has nothing that could be judged, in training or not.
    concerned = [(task, rows_of[task.task_id]) for task in tasks if handed_over[task.task_id]]
    learners = _in_training(tx, concerned)
    needed = {
        task.task_id: rounds.needed(
            _required_sources(task), approvals_of[task.task_id], in_training=task.task_id in learners
        )
        for task in tasks
    }
    hidden = own_addresses.hidden_from_partner(
        tx,
        [
            (task, item.newest)
            for task in tasks
            if ApprovalSource.PORTAL in needed[task.task_id]
            for item in handed_over[task.task_id]
        ],
    )
    found = {}
    for task in tasks:
        task_id = task.task_id
        found[task_id] = Handover(
            rows=rows_of[task_id],
            approvals=approvals_of[task_id],
            state=ApprovalState(
                sources=needed[task_id],
                required=_required_sources(task),
                in_training=task_id in learners,
                lineages=handed_over[task_id],
                has_partner=task.partner_id is not None,
                hidden=hidden,
            ),
        )
    return found


def _required_sources(task: KnownTask) -> list[ApprovalSource]:
    return [ApprovalSource(source) for source in task.required_sources.split(",") if source]


def _in_training(tx: Transaction, handed_over: Sequence[tuple[KnownTask, Sequence[Deliverable]]]) -> set[str]:
    """Return the ids of tasks whose assignee, or an author of what counts, is still learning (APR-01)."""
    authors = {
        task.task_id: {author for row in rounds.newest(rows) for author in row.authors}
        for task, rows in handed_over
    }
    tx.read_ahead(
        {
            User: (user_id for found in authors.values() for user_id in found),
            Employee: (task.assignee_id for task, _ in handed_over),
        }
    )
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
