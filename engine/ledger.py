"""Ledger writes: single statements without event and lock (definitions.md section 5).

Everything that people see is changed by a use case in a transaction. What only says how far somebody has
come, or when something was last used, goes here: it is no record and not exported, nobody waits for it, and
it makes no page ask afresh but those of whom it is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.access import Actor
from engine.store import DocumentStore


@dataclass(frozen=True)
class Ledger:
    """The ledger writes of one actor, each a transaction of its own; given by ``Workbench.ledger``."""

    database: DocumentStore
    actor: Actor
    now: datetime

    def raise_mark(self, name: str, until: datetime | None = None) -> None:
        """Set the actor's own mark of that name to now, or to a moment before; nothing moves it back."""
        place = f"{self.actor.workspace_id}/{mark_of(self.actor, name)}"
        self.database.positions.raise_to({place: milliseconds(min(until or self.now, self.now))})

    def move_mark(self, name: str, further: Sequence[str] = ()) -> None:
        """Set it to now, or past where it stands, along with ``further`` positions by their whole names.

        So whoever follows the mark reads the further ones afresh.
        """
        places = (f"{self.actor.workspace_id}/{mark_of(self.actor, name)}", *further)
        self.database.positions.move_to(dict.fromkeys(places, milliseconds(self.now)))


def mark_of(actor: Actor, name: str) -> str:
    """Name the position that is the actor's own mark: milliseconds since 1970."""
    return mark_of_user(actor.user_id, name)


def mark_of_user(user_id: str, name: str) -> str:
    """Name the same for any user."""
    return f"{name}/{user_id}"


def milliseconds(moment: datetime) -> int:
    """Give a moment as its mark holds it."""
    return round(moment.timestamp() * 1000)
