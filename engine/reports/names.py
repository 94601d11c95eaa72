"""The names behind business ids, as the actor may read them; each record is read once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from engine.accounts.models import User
from engine.artifacts.models import Artifact
from engine.bundles import visibility as bundle_visibility
from engine.bundles.models import Bundle
from engine.deliverables.models import Deliverable
from engine.record import Record
from engine.reference.models import Campaign, Employee, Partner
from engine.tasks import visibility
from engine.tasks.models import Step, Task
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
        """Return the name that an id stands for; None where the text is not an id of a named thing."""
        if record_id not in self._known:
            self.read_ahead([record_id])
        return self._known.get(record_id)

    def person(self, user_id: str | None) -> str:
        """Return the name of a user; the system has none of its own."""
        return (self.of(user_id) if user_id else None) or SYSTEM

    def people(self, ids: list[str]) -> list[str]:
        """Return the names of users or employees, each once, in their order."""
        return list(dict.fromkeys(self.of(item) or item for item in ids))

    def read_ahead(self, values: Iterable[Any]) -> None:
        """Read all names that stand in stored values, in at most three statements however many there are."""
        wanted: dict[type[Record], set[str]] = {}
        for record_id in _ids_in(values):
            record_type = _BY_PREFIX.get(record_id[:3])
            if record_type is not None and record_id not in self._known:
                wanted.setdefault(record_type, set()).add(record_id)
        self._tx.read_ahead(wanted)
        found = {
            record_id: self._tx.find_by_key(record_type, record_id)
            for record_type, ids in wanted.items()
            for record_id in ids
        }
        hidden = self._hidden([record for record in found.values() if record is not None])
        for record_id, record in found.items():
            if record is None:
                self._known[record_id] = record_id
            else:
                self._known[record_id] = _unseen(record) if record_id in hidden else _name(record)

    def _hidden(self, records: Sequence[Record]) -> set[str]:
        """Return the ids of those of the records that the actor may not read."""
        tasks = [record for record in records if isinstance(record, Task)]
        bundles = [record for record in records if isinstance(record, Bundle)]
        seen = visibility.seen_among(self._tx, tasks) | bundle_visibility.seen_among(self._tx, bundles)
        return {record.record_id for record in (*tasks, *bundles)} - seen


def _ids_in(values: Iterable[Any]) -> Iterator[str]:
    """Yield the business ids among values, inside lists and mappings too."""
    for value in values:
        if isinstance(value, str):
            if _ID.fullmatch(value):
                yield value
        elif isinstance(value, Mapping):
            yield from _ids_in(value.values())
        elif isinstance(value, list | tuple):
            yield from _ids_in(value)


def _name(record: Any) -> str:
    if isinstance(record, Artifact):
        return record.file_name or record.label
    return str(record.title if isinstance(record, (Bundle, Step)) else record.name)


def _unseen(record: Any) -> str:
    """Name a task of others: its number stands on the board's cards, its title is not theirs to read."""
    return f"#{record.task_number}" if isinstance(record, Task) else "another bundle"
