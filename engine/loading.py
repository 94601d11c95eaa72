"""Makes records of stored documents: strictly in a store of our own version, leniently in one that is ahead.

A newer release may have given records fields that this program does not know, and events words for what it
does not do. They are kept, and written back when the record is saved (``Record.to_json``).
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from pydantic import ValidationError

from engine.errors import UnreadableRecordError
from engine.record import Record

R = TypeVar("R", bound=Record)
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

    def look_again(self) -> bool:
        """Look at its version; return whether it is ahead."""
        ...


def load(record_type: type[R], text: str, store: Origin) -> R:
    """Make the record of a stored document.

    Raises:
        UnreadableRecordError: it is no such record; names table, id and field.
        StoreVersionError: the store was upgraded meanwhile beyond what this program can work with.
    """
    try:
        return record_type.model_validate_json(text, extra="allow" if store.is_ahead else None)
    except ValidationError as error:
        return _look_closer(record_type, text, store, error)


def _look_closer(record_type: type[R], text: str, store: Origin, error: ValidationError) -> R:
    if not store.is_ahead and not store.look_again():
        raise _unreadable(record_type, text, store, error) from error
    try:
        return _with_unknown_words(record_type, text)
    except ValidationError as again:
        raise _unreadable(record_type, text, store, again) from again


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
    record_type: type[Record], text: str, store: Origin, error: ValidationError
) -> UnreadableRecordError:
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(map(str, first["loc"]))
    if first["type"] == _UNKNOWN_FIELD:
        fault = f"it has a field {field}, which such records do not have in version {store.known_version}"
    elif field:
        fault = f"its field {field} cannot be right ({first['msg']})"
    else:
        fault = str(first["msg"])
    return UnreadableRecordError(
        f"{record_type.spec.table} {_id_in(record_type, text)} in the store cannot be read: {fault}. "
        "Somebody wrote it past Workbench, or a migration left it so. Nothing was changed. Restore the last "
        "backup, or repair the record with a migration step (engine/upgrades.py: drop_field, rename_field, "
        "rewrite_documents)."
    )


def _id_in(record_type: type[Record], text: str) -> str:
    try:
        document = json.loads(text)
    except ValueError:
        return "(of no readable id)"
    found = document.get(record_type.spec.id_field) if isinstance(document, dict) else None
    return str(found) if found else "(without an id)"
