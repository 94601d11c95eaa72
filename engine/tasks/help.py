"""Asking a manager for help and answering: a status and two notes, never a judgement (HLP-01 to HLP-05)."""

from __future__ import annotations

from engine.access import Permission, may, require
from engine.errors import ConflictError, bad_field
from engine.inputs import strip_or_none
from engine.tasks import lifecycle, lookup, mentions, notes
from engine.tasks.inputs import LONGEST_WORDS
from engine.tasks.models import Note, NoteKind, Task, TaskStatus
from engine.tasks.moves import MoveRequest
from engine.tasks.queries import help as queries
from engine.tasks.visibility import get_workable
from engine.transaction import Transaction

_DIALOGUE = (NoteKind.HELP_REQUEST, NoteKind.HELP_ANSWER)


def ask(tx: Transaction, task_id: str, question: str, *, revision: int | None = None) -> Task:
    """Ask a manager for help with a task that is being worked on, by way of in_progress.

    The question is kept as a note; nothing else is written (HLP-02).

    Raises:
        NotFoundError: no such task, or the actor may not see it.
        ForbiddenError: it is somebody else's to work.
        BadRequestError: the question is empty or too long.
        ConflictError: it is with its approvers.
        InvalidTransitionError: there is no way to help_needed from here.
        ReviewRequiredError, CompletionRefusedError: it may not even start yet.
    """
    task = get_workable(tx, task_id, revision)
    words = strip_or_none(question)
    if words is None or len(words) > LONGEST_WORDS:
        message = f"say what you need help with, in 1 to {LONGEST_WORDS} characters"
        raise bad_field("question", message, f"Help with task {task.name} was not asked for: {message}.")
    if task.status is TaskStatus.PENDING_APPROVAL:
        raise ConflictError(
            f"Task {task.name} is with its approvers. Withdraw the request first, then ask for help."
        )
    through = frozenset({TaskStatus.IN_PROGRESS})
    return lifecycle.walk(
        tx, task, TaskStatus.HELP_NEEDED, through=through, request=MoveRequest(comment=words)
    )


def answer(tx: Transaction, task_id: str, text: str) -> Note:
    """Answer a task's open question in its notes; the worker is told, and resumes (HLP-03).

    Raises:
        NotFoundError: no such task, or the actor may not see it.
        ForbiddenError: the actor is no manager.
        ConflictError: nobody asks for help with it now.
        BadRequestError: the answer is empty or too long.
    """
    task = lookup.find(tx, task_id)
    require(tx.actor, Permission.DECIDE, "answer requests for help")
    if task.status is not TaskStatus.HELP_NEEDED:
        raise ConflictError(
            f"Task {task.name} is {task.status.said}: nobody asks for help with it now. Leave a note instead."
        )
    return notes.write_note(tx, task, text, NoteKind.HELP_ANSWER, telling=_asker(tx, task))


def unanswered(tx: Transaction) -> list[tuple[Task, Note | None]]:
    """Return the tasks whose worker waits for an answer, with the question, oldest first.

    The question is None where the status was set without one. Empty for whoever may not answer.
    """
    if not may(tx.actor, Permission.DECIDE):
        return []
    ids = queries.unanswered(tx)
    tasks, _ = tx.find_together((Task, {"task_id": ids}), (Note, {"task_id": ids})) if ids else ([], [])
    latest = _latest(tx, ids)
    found = [
        (task, note if note is not None and note.kind is NoteKind.HELP_REQUEST else None)
        for task in tasks
        for note in [latest.get(task.task_id)]
    ]
    return sorted(found, key=lambda pair: (pair[1] or pair[0]).created_at)


def _latest(tx: Transaction, task_ids: list[str]) -> dict[str, Note]:
    """Return the last question or answer per task."""
    if not task_ids:
        return {}
    dialogue = tx.find(Note, task_id=task_ids, order_by=("created_at", "task_note_id"))
    return {note.task_id: note for note in dialogue if note.kind in _DIALOGUE}


def _asker(tx: Transaction, task: Task) -> list[str]:
    """Return who waits for the answer: the task's assignee, else who asked, employee or not (R21)."""
    if task.assignee_id is not None:
        return [task.assignee_id]
    question = _latest(tx, [task.task_id]).get(task.task_id)
    return mentions.of_user(tx, question.created_by if question else None)
