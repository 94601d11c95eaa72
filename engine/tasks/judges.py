"""Who judged something before a task was theirs: they do not do it afterwards, by no order of steps (S18).

Else whoever does a task would give it away, permit it or accept what proves it, and take it back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

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
    if employee_id is not None and (refused := why_not(tx, [task], employee_id)):
        raise OwnWorkError(refused[task.task_id])


def why_not(tx: Transaction, tasks: Sequence[Task], employee_id: str) -> dict[str, str]:
    """Say why an employee may not be given some of the tasks, by their ids: as ``refuse_assignee`` refuses.

    What is read is read for all of them at once; beyond that it is as much as there are judges.
    """
    accepted = _accepted_by(tx, tasks)
    is_theirs = judging.memory(tx, {employee_id})
    found: dict[str, str] = {}
    for task in tasks:
        for judges, what in (
            (_permitted_by(task), f"permitted that {task.name} runs"),
            (accepted.get(task.task_id, ()), f"accepted a file that proves {task.name}"),
        ):
            judge = next((one for one in dict.fromkeys(judges) if one and is_theirs(one)), None)
            if judge is not None:
                found.setdefault(task.task_id, _refusal(tx, task, judge, what))
    return found


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
        raise OwnWorkError(_refusal(tx, task, judge, what))


def _refusal(tx: Transaction, task: Task, judge: str, what: str) -> str:
    user = tx.find_by_key(User, judge)
    return (
        f"{user.name if user else 'They'} {what}, so somebody else does it. Give {task.name} to somebody "
        "else, or ask another manager to make a clone and to judge that."
    )


def _permitted_by(task: Task) -> list[str | None]:
    return [] if task.requires_human_review or task.is_terminal else [task.human_reviewed_by]


def _accepted_by(tx: Transaction, tasks: Sequence[Task]) -> dict[str, list[str | None]]:
    """Return who accepted the files that prove each of the tasks, by its id."""
    ids = [task.task_id for task in tasks]
    proofs = tx.find(Proof, task_id=ids[0] if len(ids) == 1 else ids) if ids else []
    given = [(proof.task_id, proof.artifact_id) for proof in proofs if proof.artifact_id is not None]
    tx.read_ahead({Artifact: (artifact_id for _, artifact_id in given)})
    found: dict[str, list[str | None]] = {}
    for task_id, artifact_id in given:
        if (artifact := tx.find_by_key(Artifact, artifact_id)) is not None:
            found.setdefault(task_id, []).append(artifact.approved_by)
    return found
