"""The names behind business ids, as the actor may read them; each record is read once."""

from __future__ import annotations

import re
from typing import Any

from engine.accounts.models import User
from engine.artifacts.models import Artifact
from engine.bundles import visibility as bundle_visibility
from engine.bundles.models import Bundle
from engine.record import Record
from engine.reference.models import Campaign, Employee, Partner
from engine.tasks import visibility
from engine.tasks.models import Deliverable, Step, Task
from engine.transaction import Transaction

_ID = re.compile(r"([a-z]{3})_[0-9A-HJKMNP-TV-Z]{26}")
#: What has a name that people know.
_NAMED: tuple[type[Record], ...] = (
    User,
    Employee,
    Partner,
    Campaign,
    Task,
    Bundle,
    Deliverable,
    Artifact,
    Step,
)
_BY_PREFIX = {record_type.spec.prefix: record_type for record_type in _NAMED}
#: What an event without a user was done by.
SYSTEM = "Workbench"


class Names:
    """The names of people and things within one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._known: dict[str, str] = {}

    def of(self, record_id: str) -> str | None:
        """Return the name that an id stands for; None where the text is no id of something with a name."""
        match = _ID.fullmatch(record_id)
        record_type = _BY_PREFIX.get(match[1]) if match else None
        if record_type is None:
            return None
        if record_id not in self._known:
            self._known[record_id] = self._read(record_type, record_id)
        return self._known[record_id]

    def person(self, user_id: str | None) -> str:
        """Return the name of a user; the system has none of its own."""
        return (self.of(user_id) if user_id else None) or SYSTEM

    def people(self, ids: list[str]) -> list[str]:
        """Return the names of users or employees, each once, in their order."""
        return list(dict.fromkeys(self.of(item) or item for item in ids))

    def _read(self, record_type: type[Record], record_id: str) -> str:
        record = self._tx.find_by_key(record_type, record_id)
        if record is None:
            return record_id
        return _name(record) if self._may_read(record) else _unseen(record)

    def _may_read(self, record: Any) -> bool:
        if isinstance(record, Task):
            return visibility.sees(self._tx, record)
        return bundle_visibility.sees(self._tx, record) if isinstance(record, Bundle) else True


def _name(record: Any) -> str:
    if isinstance(record, Artifact):
        return record.file_name or record.label
    return str(record.title if isinstance(record, (Bundle, Step)) else record.name)


def _unseen(record: Any) -> str:
    """Return how the work of others is spoken of: its number is on the board's cards, its title is not."""
    return f"#{record.task_number}" if isinstance(record, Task) else "another bundle"
