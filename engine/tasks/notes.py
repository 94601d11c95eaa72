"""Dated remarks on a task: added, and edited by their authors, earlier texts kept (TSK-31, CNF-40)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from engine.access import Permission, require
from engine.audit import topics
from engine.audit.models import Action
from engine.errors import ConflictError, ForbiddenError, NotFoundError, bad_field
from engine.tasks import lookup, mentions
from engine.tasks.inputs import LONGEST_BODY
from engine.tasks.models import Note, NoteKind, Task
from engine.transaction import Transaction

_SHOWN = 80
#: So many earlier texts a remark keeps; whoever has more to say writes another.
MOST_EARLIER = 20
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


def edit(tx: Transaction, task_id: str, task_note_id: str, body: str) -> Note:
    """Give a remark of the actor's own another text; the earlier one stays readable at the note.

    Whom the new text calls, and no text before it did, is told. The same text again changes nothing.

    Raises:
        NotFoundError: the task, which the actor must see, has no such note.
        ForbiddenError: somebody else wrote it, or the engine did, or it is a question, an answer or a
            judgement, which others have acted on.
        BadRequestError: the text is empty or too long.
        ConflictError: it has been edited too often.
    """
    task = lookup.find(tx, task_id)
    require(tx.actor, Permission.SEE_OWN_WORK, "leave notes on tasks")
    note = tx.find_by_key(Note, task_note_id)
    if note is None or note.task_id != task.task_id:
        raise NotFoundError(f"Task {task.name} has no note {task_note_id!r}. Check the id.")
    if not is_editable(tx, note):
        raise ForbiddenError("Only remarks of your own can be edited. Write a note of your own instead.")
    text = _text(body)
    if text == note.body:
        return note
    earlier = note.earlier_bodies or []
    if len(earlier) >= MOST_EARLIER:
        raise ConflictError(f"This note has been edited {MOST_EARLIER} times. Write another note instead.")
    called = mentions.by_kind([*note.mentions, *note.user_mentions, *mentions.find(tx, text)])
    note.earlier_bodies, note.body, note.edited_at = [*earlier, note.body], text, tx.now
    note.mentions, note.user_mentions = called["mentions"], called["user_mentions"]
    tx.save(note)
    tx.record(
        Action.NOTE_EDITED,
        note,
        f"Note edited on {task.name}: {_shown(text)}",
        bundle_id=task.bundle_id,
        concerning=[*map(topics.inbox_of, chain(*called.values()))],
    )
    return note


def is_editable(tx: Transaction, note: Note) -> bool:
    """Whether the actor wrote this remark, as a remark."""
    return note.kind is NoteKind.NOTE and bool(note.created_by) and note.created_by == tx.actor.user_id


def _text(body: str) -> str:
    text = body.strip()
    if not 0 < len(text) <= LONGEST_BODY:
        raise bad_field(
            "body",
            f"1 to {LONGEST_BODY} characters",
            f"A note has 1 to {LONGEST_BODY} characters; this one has {len(text)}.",
        )
    return text


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


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
    text = _text(body)
    called = mentions.by_kind([*telling, *(mentions.find(tx, text) if is_written else ())])
    note = tx.add(
        Note(
            task_note_id=tx.new_id(Note),
            workspace_id=tx.workspace_id,
            task_id=task.task_id,
            kind=kind,
            body=text,
            mentions=called["mentions"],
            user_mentions=called["user_mentions"],
            created_by=tx.actor.user_id,
            created_at=tx.now,
        )
    )
    tx.record(
        Action.NOTE_ADDED,
        note,
        f"Note on {task.name}: {_shown(text)}",
        after={"kind": kind, "body": text, **{name: ids for name, ids in called.items() if ids}},
        bundle_id=task.bundle_id,
        concerning=[
            *map(topics.inbox_of, chain(*called.values())),
            *([topics.INBOX] if kind in _OF_HELP else []),
            # What the engine notes along with a move concerns all inboxes by that.
            *(map(topics.inbox_of, tx.wiring.watchers(tx, task)) if kind is NoteKind.NOTE else []),
        ],
    )
    return note
