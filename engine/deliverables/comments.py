"""Remarks on one version of what a task hands over, where they belong (DLV-17)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.audit import topics
from engine.audit.models import Action
from engine.deliverables.models import Deliverable, DeliverableComment
from engine.errors import BadRequestError, bad_field
from engine.tasks import mentions, visibility
from engine.tasks.inputs import LONGEST_BODY
from engine.tasks.models import Task
from engine.transaction import Transaction

_LONGEST_QUOTE = 500
_LAST_PLACE = 1_000_000
_SHOWN_SUMMARY = 80


def add(
    tx: Transaction,
    deliverable_id: str,
    body: str,
    anchor: Mapping[str, Any] | None = None,
    visible_in_portal: bool = False,
) -> DeliverableComment:
    """Leave a remark on a version; whoever sees it may, before and after it was judged.

    ``anchor`` is ``{"line": n}`` of a text, ``{"page": n}`` of a document, ``{"quote": "the words meant"}``,
    or None for all of it. What a partner's user writes is always visible to the partner, and is told to
    whoever does the task, else to its owner; all others are called by ``@key``.

    Raises:
        NotFoundError: no such version, or not the actor's to see.
        BadRequestError: the body is empty or too long, or the anchor is none.
    """
    row = tx.get(Deliverable, deliverable_id)
    task = _task_of(tx, row)
    text = body.strip()
    if not 0 < len(text) <= LONGEST_BODY:
        raise bad_field("body", f"write 1 to {LONGEST_BODY} characters; these are {len(text)}")
    is_of_partner = not visibility.sees(tx, task)
    told = mentions.responsible(tx, task) if is_of_partner else []
    comment = tx.add(
        DeliverableComment(
            deliverable_comment_id=tx.new_id(DeliverableComment),
            workspace_id=tx.workspace_id,
            task_id=row.task_id,
            deliverable_id=row.deliverable_id,
            anchor=check_anchor(anchor),
            body=text,
            visible_in_portal=visible_in_portal or is_of_partner,
            **mentions.by_kind([*told, *mentions.find(tx, text)]),
            created_by=tx.actor.user_id,
            created_at=tx.now,
        )
    )
    shown = text if len(text) <= _SHOWN_SUMMARY else f"{text[: _SHOWN_SUMMARY - 1]}…"
    after = {"deliverable_id": row.deliverable_id, "version_number": row.version_number, "body": text}
    facts = {
        "anchor": comment.anchor,
        "mentions": comment.mentions,
        "user_mentions": comment.user_mentions,
        "visible_in_portal": comment.visible_in_portal,
    }
    watchers = tx.wiring.watchers(tx, task)
    tx.record(
        Action.DELIVERABLE_COMMENTED,
        comment,
        f"Comment on {row.name} of {task.name}: {shown}",
        after=after | {name: value for name, value in facts.items() if value},
        bundle_id=task.bundle_id,
        concerning=map(topics.inbox_of, [*comment.mentions, *comment.user_mentions, *watchers]),
    )
    return comment


def readable(tx: Transaction, row: Deliverable, *, is_team: bool) -> list[DeliverableComment]:
    """Return the remarks on a version that the actor may read, oldest first.

    Who does not see its task as the team does reads what is visible to the partner alone.
    """
    order = ("created_at", "deliverable_comment_id")
    found = tx.find(DeliverableComment, deliverable_id=row.deliverable_id, order_by=order)
    return [comment for comment in found if is_team or comment.visible_in_portal]


def check_anchor(anchor: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return where a remark belongs.

    Raises:
        BadRequestError: it names not exactly one of line, page and quote, or no such place can exist.
    """
    if not anchor:
        return None
    if len(anchor) != 1 or next(iter(anchor)) not in ("line", "page", "quote"):
        raise bad_field("anchor", "name one of line, page and quote")
    ((name, value),) = anchor.items()
    if name == "quote":
        words = value.strip() if isinstance(value, str) else ""
        if not 0 < len(words) <= _LONGEST_QUOTE:
            raise bad_field("quote", f"quote 1 to {_LONGEST_QUOTE} characters")
        return {"quote": words}
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _LAST_PLACE:
        raise bad_field(name, f"{value!r} is no {name}; count from 1")
    return {name: value}


def _task_of(tx: Transaction, row: Deliverable) -> Task:
    task = tx.find_by_key(Task, row.task_id)
    if task is None:
        raise BadRequestError(f"The task of {row.name} is not in the store. Restore it from a backup.")
    return task
