"""The records that a transaction knows: each once, as stored, as last recorded, and as it is now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import StaleWriteError
from engine.record import Record, Stored, read_json
from engine.store import DocumentTable, Row

#: Fields that change with every save and say nothing in a before/after.
SILENT = frozenset({"updated_at", "revision"})
#: Of values that are of these types, none can be changed in place.
_FLAT = frozenset({str, int, float, bool, type(None)})


@dataclass(slots=True)
class Kept:
    """A record known to a transaction."""

    record: Record
    #: The text it was loaded from or last written as; None for a new record that is not written yet.
    stored: str | None
    #: Its document at its last event, or the text it was loaded from; None before that.
    recorded: str | dict[str, Any] | None
    loaded_revision: int | None
    dirty: bool = False
    #: Whether an event has told of it as it was last saved, so that it must not change any more unless saved.
    is_told: bool = False
    #: Its stored form at its last event, and the fields that it had then: both hold as long as these do.
    formed: tuple[Stored, dict[str, Any]] | None = None

    def remembered(self) -> tuple[Any, ...]:
        """Give what ``put_back`` takes: fields, whose values nobody changes in place, and what is known."""
        known = self.stored, self.recorded, self.loaded_revision, self.dirty, self.is_told
        return dict(vars(self.record)), *known

    def put_back(self, remembered: tuple[Any, ...]) -> None:
        """Make the record, and what is known of it, what it was: the same object for whoever has it."""
        fields, self.stored, self.recorded, self.loaded_revision, self.dirty, self.is_told = remembered
        vars(self.record).clear()
        vars(self.record).update(fields)

    def changes(self, hidden: Collection[str]) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """Give the fields that changed since last asked, as they were and as they are."""
        was, now = self.recorded, self.record.to_data()
        self.recorded, self.is_told = now, True
        if was is None:
            self._form(now)
            return None, None
        before = _read(was)
        names = _changed(before, now, hidden)
        return {name: before.get(name) for name in names}, {name: now[name] for name in names}

    def write(self) -> Stored:
        """Give the stored form, and count the record as stored from now on.

        Raises:
            RuntimeError: the record was changed after it was recorded, and not saved since; names the fields.
        """
        if self.formed is not None and self.formed[1] == vars(self.record):
            written = self.formed[0]
        else:
            written = self.record.to_stored()
        self.formed = None
        if self.is_told and self.recorded is not None and self.recorded != written.document:
            self._check_told(written.document)
        self.dirty, self.stored = False, written.text
        self.loaded_revision = getattr(self.record, "revision", 1)
        return written

    def _form(self, document: dict[str, Any]) -> None:
        """Keep the stored form of a new record, which is written soon and as it is now more often than not.

        Of one that holds lists or objects nobody could see by its fields that these were changed in place.
        """
        if _FLAT.issuperset(map(type, document.values())):
            self.formed = self.record.to_stored(document), dict(vars(self.record))

    def _check_told(self, now: dict[str, Any]) -> None:
        if fields := _changed(_read(self.recorded or {}), now, ()):
            raise RuntimeError(f"{self._name} was changed after it was recorded and not saved: {fields}")

    def check_saved(self) -> None:
        """Refuse a commit that would lose a change.

        Raises:
            RuntimeError: the record was changed and not saved; names the fields.
        """
        if self.dirty or self.stored is None or self.stored == self.record.model_dump_json():
            return
        was, now = read_json(self.stored), self.record.to_data()
        for name in now.keys() - was.keys():
            was[name] = self._default(name)
        if fields := _changed(was, now, ()):
            raise RuntimeError(f"{self._name} was changed and not saved: {fields}")

    def _default(self, name: str) -> Any:
        """Give the value of a field that an earlier release did not write."""
        return type(self.record).model_fields[name].get_default(call_default_factory=True)

    @property
    def _name(self) -> str:
        return f"{type(self.record).__name__} {self.record.record_id}"


def replace(table: DocumentTable, record_type: type[Record], rows: Sequence[Row]) -> None:
    """Write changed records over those that are there.

    Raises:
        StaleWriteError: one is not there any more.
    """
    if not rows or table.replace_rows(rows) == len(rows):
        return
    keys = [tuple(values[name] for name in record_type.spec.key) for values, _ in rows]
    gone = next(key for key in keys if table.read_row(*key) is None)
    raise StaleWriteError(f"{record_type.__name__} {gone[0]} disappeared meanwhile. Load it again.")


def _read(recorded: str | dict[str, Any]) -> dict[str, Any]:
    return read_json(recorded) if isinstance(recorded, str) else recorded


def _changed(was: dict[str, Any], now: dict[str, Any], hidden: Collection[str]) -> list[str]:
    return [name for name in now if name not in hidden and was.get(name) != now[name]]
