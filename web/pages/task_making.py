"""The form that makes a task from one line: what was typed, what it says, what may be chosen beside it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.reference.models import Campaign
from engine.tasks import create, quick, quick_add
from engine.tasks.quick_add import Understood
from engine.transaction import Transaction
from web.pages import choices
from web.pages.choices import Choices, People

if TYPE_CHECKING:
    from engine.catalog.content import Content

#: Where the piece begins that shall be text.
AS_TEXT = "as_text"
#: What stands on the form beside the line, in its order.
MORE = (
    "task_type", "description", "assignee", "due_date", "deadline", "priority", "urgency", "tags", "campaign",
    "depends_on",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class NewTaskPage:
    """The form as it stands now."""

    #: What was typed, by field.
    typed: Mapping[str, str]
    #: What the line says; None while there is none.
    understood: Understood | None
    #: What a second press of the same form is known by.
    idempotency_key: str
    #: Where the form was opened, and leads back to.
    back: str
    people: People
    #: What may be chosen, by field.
    options: Mapping[str, Choices]

    @property
    def is_more_open(self) -> bool:
        """Whether anything is filled in beside the line."""
        return any(self.typed.get(name) for name in MORE)


def load(tx: Transaction, content: Content, typed: Mapping[str, str], find: str = "") -> NewTaskPage:
    """Return the form with what was typed, and one of its pieces taken as text where that was asked for."""
    typed = with_piece_as_text(tx, typed)
    return NewTaskPage(
        typed=typed,
        understood=understood(tx, typed),
        idempotency_key=typed.get("idempotency_key") or secrets.token_urlsafe(12),
        back=typed.get("back", ""),
        people=choices.assignees(tx, typed.get("assignee"), find),
        options={"task_type": _types(content), "campaign": _campaigns(tx)},
    )


def understood(tx: Transaction, typed: Mapping[str, str]) -> Understood | None:
    """Return what the line says, as far as there is one of a length that is read."""
    line = typed.get("line", "").strip()
    return quick.understand(tx, line) if 0 < len(line) <= quick.LONGEST_LINE else None


def with_piece_as_text(tx: Transaction, typed: Mapping[str, str]) -> Mapping[str, str]:
    """Return what was typed with that piece of its line in quotes which the form names by its place."""
    found = understood(tx, typed) if AS_TEXT in typed else None
    for piece in found.pieces if found else ():
        if str(piece.start) == typed[AS_TEXT]:
            return {**typed, "line": quick_add.as_text(typed["line"].strip(), piece)}
    return typed


def _types(content: Content) -> Choices:
    simplest = create.simplest_type(content)
    others = sorted(
        (kind.name, kind.key) for kind in content.task_types.values() if kind.is_active and kind != simplest
    )
    return [("", simplest.name), *((key, name) for name, key in others)]


def _campaigns(tx: Transaction) -> Choices:
    active = [item for item in tx.find(Campaign, order_by=("key",)) if item.is_active]
    return [("", "none"), *((item.key, item.name) for item in active)]
