"""Who did a completed task: whom the feedback is for, and who does not score it (QA-10)."""

from __future__ import annotations

from engine.accounts import actors, judging
from engine.deliverables.entitlement import whose
from engine.deliverables.models import Deliverable
from engine.tasks.models import Proof, Step, Task
from engine.transaction import Transaction


def performer_of(tx: Transaction, task: Task) -> str | None:
    """Return the employee who did the task: its assignee, else who handed over, else who completed it.

    An approver completes a task too, so whoever handed something over comes first.
    """
    if task.assignee_id is not None:
        return task.assignee_id
    rows = tx.find(Deliverable, task_id=task.task_id, order_by=("deliverable_id",))
    authors = [author for row in reversed(rows) for author in row.authors]
    return actors.employee_of(tx, authors[0] if authors else task.completed_by)


def is_own_work(tx: Transaction, task: Task) -> bool:
    """Whether the actor did the task or a part of it, and so does not score it.

    That is who was its assignee, gave content to what it handed over, ticked a step or gave a proof; where it
    was nobody's, who completed it. The setting for a team of one lifts this, as it does for approvals.
    """
    if tx.settings.own_approval:
        return False
    of_task = {"task_id": task.task_id}
    rows, steps, proofs = tx.find_together(*((kind, of_task) for kind in (Deliverable, Step, Proof)))
    helped = {*(step.completed_by for step in steps), *(proof.given_by for proof in proofs)}
    if task.assignee_id is None and not any(row.authors for row in rows):
        helped.add(task.completed_by)
    did = {performer_of(tx, task), *whose(task, rows), *helped}
    return judging.relation(tx, did, task.partner_id).is_own_work
