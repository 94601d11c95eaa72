"""Which approvals need no look before when: a tick would else read every one that waits, each minute.

When an approval is told of follows from when it was asked for, from the rules, and from people. So whoever
looked at one knows when the next moment comes, for as long as rules and people stay and nothing happens to
its task. It is kept in memory: whoever ticks for the first time looks at all, and the ledger has what was
written of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from engine.audit import history, topics
from engine.store import DocumentStore
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content


@dataclass
class Resting:
    """When the approvals of one workspace are to be looked at again."""

    #: The rules by which that was worked out, the zone, and how far what happens to people had come.
    content: Content
    as_of: tuple[object, ...]
    #: The number of the last event that was looked at, as this process left it.
    events_until: int
    #: Approval -> its next moment; None where none comes.
    _until: dict[str, datetime | None] = field(default_factory=dict)
    _noted: dict[str, datetime | None] = field(default_factory=dict)

    def awake(self, waiting: Mapping[str, str], changed: Collection[str], now: datetime) -> list[str]:
        """Return those that are to be looked at now, of approvals with their tasks; ``changed`` are tasks."""
        self._noted = {}
        self._until = {one: at for one, at in self._until.items() if one in waiting}
        tasks = set(changed)
        return [
            one
            for one, task_id in waiting.items()
            if one not in self._until or task_id in tasks or _has_come(self._until[one], now)
        ]

    def note(self, approval_id: str, coming: datetime | None) -> None:
        """Note when the next moment of an approval comes; it counts once what came before it is written."""
        self._noted[approval_id] = coming

    def forget(self, ids: Collection[str]) -> None:
        """Let these approvals be looked at again."""
        for one in ids:
            self._noted.pop(one, None)

    def settle(self) -> None:
        """Keep what was noted: all of it is written."""
        self._until |= self._noted


def _has_come(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now


_kept: WeakKeyDictionary[DocumentStore, dict[str, Resting]] = WeakKeyDictionary()


def of(tx: Transaction, content: Content, events_until: int) -> Resting:
    """Return what is known of the approvals of a workspace; nothing where rules or people are others now.

    ``events_until`` is the last event that any process has looked at: where another one did meanwhile, what
    it saw change is not known here, and all approvals are looked at.
    """
    positions = history.positions(tx, [topics.REFERENCE, topics.PAST])
    as_of = tx.workspace_zone, positions.get(topics.REFERENCE, 0), positions.get(topics.PAST, 0)
    by_workspace = _kept.setdefault(tx.database, {})
    found = by_workspace.get(tx.workspace_id)
    known = None if found is None else (found.as_of, found.events_until)
    if found is None or found.content is not content or known != (as_of, events_until):
        found = by_workspace[tx.workspace_id] = Resting(content, as_of, events_until)
    return found
