"""Ledger writes: single statements without event and lock (definitions.md section 5).

Everything that people see is changed by a use case in a transaction. What only says how far somebody has
come, or when something was last used, goes here: it is no record and not exported, nobody waits for it, and
it makes no page ask afresh but those of whom it is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.access import Actor
from engine.store import DocumentStore
from engine.transaction import Transaction


@dataclass(frozen=True)
class Ledger:
    """The ledger writes of one actor, each a transaction of its own; given by ``Workbench.ledger``."""

    database: DocumentStore
    actor: Actor
    now: datetime

    def raise_mark(self, name: str, value: str) -> None:
        """Set the actor's own mark of that name, unless it stands higher already."""
        self.database.marks.raise_to(_own(self.actor, name), value)


def find_mark(tx: Transaction, name: str) -> str | None:
    """Give the actor's own mark of that name, None where it was never set."""
    return tx.database.marks.find(_own(tx.actor, name))


def _own(actor: Actor, name: str) -> str:
    return f"{actor.workspace_id}/{actor.user_id}/{name}"
