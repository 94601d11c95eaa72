"""Who judged something before a task was theirs: they do not do it afterwards, by no order of steps (S18).

Else whoever does a task would give it away, permit it or accept what proves it, and take it back.
"""

from __future__ import annotations

from collections.abc import Collection

from engine.accounts import judging
from engine.accounts.models import User
from engine.artifacts.models import Artifact
from engine.errors import OwnWorkError
from engine.tasks.models import Proof, Task
from engine.transaction import Transaction


def refuse_assignee(tx: Transaction, task: Task, employee_id: str | None) -> None:
    """Refuse to give a task to who permitted that it runs, or accepted a file that was given as its proof.

    Raises:
        OwnWorkError: names them, and says what else can be done.
    """
    if employee_id is not None:
        _refuse(tx, task, _permitted_by(task), {employee_id}, f"permitted that {task.name} runs")
        _refuse(tx, task, _accepted_by(tx, task), {employee_id}, f"accepted a file that proves {task.name}")


def refuse_to_begin(tx: Transaction, task: Task) -> None:
    """Refuse that whoever permitted it begins what is a person's to do, and is nobody's.

    Raises:
        OwnWorkError: it is the actor who permitted it.
    """
    if task.assignee_id is None and not task.assigned_to_bot and task.execution_type is None:
        _refuse(tx, task, _permitted_by(task), {tx.actor.user_id}, f"permitted that {task.name} runs")


def _refuse(
    tx: Transaction, task: Task, judges: Collection[str | None], doing: Collection[str], what: str
) -> None:
    judge = judging.among(tx, judges, doing)
    if judge is not None:
        user = tx.find_by_key(User, judge)
        raise OwnWorkError(
            f"{user.name if user else 'They'} {what}, so somebody else does it. Give {task.name} to somebody "
            "else, or ask another manager to make a clone and to judge that."
        )


def _permitted_by(task: Task) -> list[str | None]:
    return [] if task.requires_human_review or task.is_terminal else [task.human_reviewed_by]


def _accepted_by(tx: Transaction, task: Task) -> list[str | None]:
    proofs = tx.find(Proof, task_id=task.task_id)
    ids = [proof.artifact_id for proof in proofs if proof.artifact_id is not None]
    tx.read_ahead({Artifact: ids})
    return [found.approved_by for one in ids if (found := tx.find_by_key(Artifact, one)) is not None]
