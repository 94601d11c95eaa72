"""Makes records of stored documents: strictly in a store of our own version, leniently in one that is ahead.

A newer release may have given records fields that this program does not know, and events words for what it
does not do. They are kept, and written back when the record is saved (``Record.to_json``).

A record that nobody can read is left out of what is shown beside others, and named (``readable``); whatever
would write on what it read is refused (S11).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol, TypeVar

from pydantic import ValidationError

from engine import left_out
from engine.errors import UnreadableRecordError
from engine.record import Record

_log = logging.getLogger(__name__)
R = TypeVar("R", bound=Record)
T = TypeVar("T")
M = TypeVar("M")
W = TypeVar("W", bound=StrEnum)
#: So many records that never change are kept as they were read: those of the timelines that were shown last.
_MOST_KEPT = 512
#: So many unreadable records of one table with the same text are named.
_MOST_ALIKE = 20
_UNKNOWN_FIELD = "extra_forbidden"


class Origin(Protocol):
    """What loading needs to know of the store that a document comes from."""

    @property
    def is_ahead(self) -> bool:
        """Whether a newer release has upgraded it, as far as was seen."""
        ...

    @property
    def known_version(self) -> int:
        """The version that this program knows."""
        ...

    @property
    def is_writing(self) -> bool:
        """Whether this thread is in a write block."""
        ...

    def look_again(self) -> bool:
        """Look at its version; return whether it is ahead."""
        ...

    def places_of(self, table: str, column: str, document: str, most: int) -> list[str]:
        """Return what a column holds beside a document of a table, in each row that has it."""
        ...


def load(record_type: type[R], text: str, store: Origin, filed_as: str | None = None) -> R:
    """Make the record of a stored document, which was read by the key ``filed_as``, if by any.

    One that is never changed may be the same object for several readers.

    Raises:
        UnreadableRecordError: it is no such record; names table, id and field.
        StoreVersionError: the store was upgraded meanwhile beyond what this program can work with.
    """
    try:
        if record_type.spec.append_only and not store.is_ahead:
            kept: R = _written_once(record_type, text)
            return kept
        return record_type.model_validate_json(text, extra="allow" if store.is_ahead else None)
    except ValidationError as error:
        return _look_closer(record_type, text, store, error, filed_as)


@lru_cache(_MOST_KEPT)
def _written_once(record_type: type[Record], text: str) -> Any:
    """Make a record that stays as it is: a page shows the same ones each time that it is opened (P3)."""
    return record_type.model_validate_json(text, extra=None)


def readable(rows: Iterable[T], make: Callable[[T], M], store: Origin) -> Iterator[M]:
    """Yield what ``make`` makes of each row, without those whose records cannot be read (S11).

    Those are named in the log and to whoever collects them.

    Raises:
        UnreadableRecordError: in a write block: what is to be written follows from all that was read.
    """
    for row in rows:
        try:
            made = make(row)
        except UnreadableRecordError as error:
            leave_out(error, store)
        else:
            yield made


def word_of(words: type[W], word: str | None, table: str, record_id: str) -> W:
    """Return the member that a query read out of a document.

    Raises:
        UnreadableRecordError: it is none, so the document is in no shape to be read.
    """
    try:
        return words(word or "")
    except ValueError as error:
        raise _error(table, [record_id], f"it says {word!r} where one of {words.__name__} stands") from error


def load_all(record_type: type[R], texts: Iterable[str], store: Origin) -> list[R]:
    """Make the records of stored documents, without those that cannot be read, as ``readable`` does."""
    return list(readable(texts, lambda text: load(record_type, text, store), store))


def leave_out(error: UnreadableRecordError, store: Origin) -> None:
    """Name a record that cannot be read instead of showing it.

    Raises:
        UnreadableRecordError: the one given, in a write block.
    """
    if store.is_writing:
        raise error
    if left_out.note(error.table, error.record_ids):
        _log.error("left out: %s", error.message)


def _look_closer(
    record_type: type[R], text: str, store: Origin, error: ValidationError, filed_as: str | None
) -> R:
    if not store.is_ahead and not store.look_again():
        raise _unreadable(record_type, text, store, error, filed_as) from error
    try:
        return _with_unknown_words(record_type, text)
    except ValidationError as again:
        raise _unreadable(record_type, text, store, again, filed_as) from again


def _with_unknown_words(record_type: type[R], text: str) -> R:
    """Make a record of a newer release, where a field with open words may hold one that we do not know."""
    document: dict[str, Any] = json.loads(text)
    unknown = {
        name: word
        for name in record_type.spec.open_words
        if isinstance(word := document.get(name), str)
        and word not in _words(record_type, name).__members__.values()
    }
    stand_ins = {name: next(iter(_words(record_type, name))).value for name in unknown}
    record = record_type.model_validate_json(json.dumps({**document, **stand_ins}), extra="allow")
    for name, word in unknown.items():
        setattr(record, name, _unknown_word(_words(record_type, name), word))
    return record


def _words(record_type: type[Record], name: str) -> type[StrEnum]:
    annotation: Any = record_type.model_fields[name].annotation
    words: type[StrEnum] = annotation  # ``RecordSpec.open_words`` names such fields
    return words


def _unknown_word(words: type[StrEnum], word: str) -> StrEnum:
    """Make a member that the enum does not have, to be shown and written back as it was."""
    made = str.__new__(words, word)
    made._name_, made._value_ = word.upper(), word
    return made


def _unreadable(
    record_type: type[Record], text: str, store: Origin, error: ValidationError, filed_as: str | None
) -> UnreadableRecordError:
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(map(str, first["loc"]))
    if first["type"] == _UNKNOWN_FIELD:
        fault = f"it has a field {field}, which such records do not have in version {store.known_version}"
    elif field:
        fault = f"its field {field} cannot be right ({first['msg']})"
    else:
        fault = str(first["msg"])
    ids = [filed_as] if filed_as else _ids_in(record_type, text, store)
    return _error(record_type.spec.table, ids, fault)


def _error(table: str, record_ids: Sequence[str], fault: str) -> UnreadableRecordError:
    return UnreadableRecordError(
        f"{table} {', '.join(record_ids)} in the store cannot be read: {fault}. "
        "Somebody wrote it past Workbench, or a migration left it so. Nothing was changed. Restore the last "
        "backup, or repair the record with a migration step (engine/upgrades.py: drop_field, rename_field, "
        "rewrite_documents).",
        table=table,
        record_ids=record_ids,
    )


def _ids_in(record_type: type[Record], text: str, store: Origin) -> list[str]:
    """Return the id that the document says, else those under which such a text is filed."""
    spec = record_type.spec
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    found = document.get(spec.id_field) if isinstance(document, dict) else None
    if found:
        return [str(found)]
    return store.places_of(spec.table, spec.id_field, text, _MOST_ALIKE) or ["(without an id)"]
