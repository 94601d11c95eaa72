"""Whom a remark calls, before it is sent and after: who hears of it, and who does not (R21)."""

from __future__ import annotations

from dataclasses import dataclass

from engine.access import Permission, may
from engine.deliverables.models import DeliverableComment
from engine.tasks import lookup, mentions, reach, visibility
from engine.tasks.models import Note, NoteKind, Task
from engine.tasks.reach import Called
from engine.transaction import Transaction
from web import messages
from web.context import current_actor, current_workbench


@dataclass(frozen=True, kw_only=True)
class Calls:
    """Whom a remark calls, as its writer is told."""

    task_id: str = ""
    heard: tuple[Called, ...] = ()
    unheard: tuple[Called, ...] = ()
    #: Whether the writer may assign the task to somebody.
    may_assign: bool = False

    @property
    def warnings(self) -> list[str]:
        """What is said of each who did not hear of it, in words."""
        way_on = (
            "Assign it to them, or tell them in another way." if self.may_assign else "Tell them yourself."
        )
        return [f"{one.name} {one.why_not}, and was not told. {way_on}" for one in self.unheard]


def preview(tx: Transaction, task_id: str, text: str) -> Calls:
    """Return whom a remark would call; nothing is read of the store where it calls nobody.

    Raises:
        NotFoundError: no such task, or the actor may not see it.
    """
    if not mentions.called_in(text):
        return Calls()
    task = lookup.find(tx, task_id)
    return _calls(tx, task, mentions.find(tx, text))


def warn_of(made: object) -> None:
    """Say on the next page who is called by a remark that was written just now, and does not hear of it.

    An answer goes to who asked; people of a partner are told nothing of who works here.
    """
    if not isinstance(made, Note | DeliverableComment) or not made.has_mentions:
        return
    is_answer = isinstance(made, Note) and made.kind is not NoteKind.NOTE
    if is_answer or not may(current_actor(), Permission.SEE_OWN_WORK):
        return
    with current_workbench().reading(current_actor()) as tx:
        task = tx.find_by_key(Task, made.task_id)
        calls = Calls() if task is None else _calls(tx, task, [*made.mentions, *made.user_mentions])
    for warning in calls.warnings:
        messages.warn(warning)


def _calls(tx: Transaction, task: Task, ids: list[str]) -> Calls:
    called = reach.of(tx, task, ids)
    return Calls(
        task_id=task.task_id,
        heard=tuple(one for one in called if one.why_not is None),
        unheard=tuple(one for one in called if one.why_not is not None),
        may_assign=not task.is_terminal and visibility.works(tx, task),
    )
