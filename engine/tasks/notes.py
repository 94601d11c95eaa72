"""Dated remarks on a task; they are added and never changed (TSK-31, CNF-40)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from engine.access import Permission, require
from engine.audit import topics
from engine.audit.models import Action
from engine.errors import bad_field
from engine.tasks import lookup, mentions
from engine.tasks.inputs import LONGEST_BODY
from engine.tasks.models import Note, NoteKind, Task
from engine.transaction import Transaction

_SHOWN = 80
#: Remarks that begin or end what waits in the inbox of whoever answers questions.
_OF_HELP = frozenset({NoteKind.HELP_REQUEST, NoteKind.HELP_ANSWER})


def add(tx: Transaction, task_id: str, body: str, kind: NoteKind = NoteKind.NOTE) -> Note:
    """Add a remark to a task that the actor sees, whatever its status.

    Raises:
        NotFoundError: no such task, or the actor may not see it.
        BadRequestError: the remark is empty or too long.
    """
    task = lookup.find(tx, task_id)
    require(tx.actor, Permission.SEE_OWN_WORK, "leave notes on tasks")
    return write_note(tx, task, body, kind)


def write_note(
    tx: Transaction,
    task: Task,
    body: str,
    kind: NoteKind,
    *,
    telling: Sequence[str] = (),
    is_written: bool = True,
) -> Note:
    """Add a remark along with a change that was already allowed.

    It calls those of ``telling``, ids of employees and of users who are none, and whom its text calls where
    somebody has written it: what the program says may name a task whose title has an @.
    """
    text = body.strip()
    if not 0 < len(text) <= LONGEST_BODY:
        raise bad_field(
            "body",
            f"1 to {LONGEST_BODY} characters",
            f"A note has 1 to {LONGEST_BODY} characters; this one has {len(text)}.",
        )
    called = mentions.by_kind([*telling, *(mentions.find(tx, text) if is_written else ())])
    note = tx.add(
        Note(
            task_note_id=tx.new_id(Note),
            workspace_id=tx.workspace_id,
            task_id=task.task_id,
            kind=kind,
            body=text,
            **called,
            created_by=tx.actor.user_id,
            created_at=tx.now,
        )
    )
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    tx.record(
        Action.NOTE_ADDED,
        note,
        f"Note on {task.name}: {shown}",
        after={"kind": kind, "body": text, **{name: ids for name, ids in called.items() if ids}},
        bundle_id=task.bundle_id,
        concerning=[
            *map(topics.inbox_of, chain(*called.values())),
            *([topics.INBOX] if kind in _OF_HELP else []),
        ],
    )
    return note
