"""What calls are given: what was left out, files, and records in the place of their ids."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from pathlib import PurePath
from typing import IO, Any, Final, TypeAlias
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict


class Unset(Enum):
    """What a field has that is not sent: ``None`` is sent, and empties it."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return self.name


UNSET: Final = Unset.UNSET
#: A file to send: one that is open for reading bytes, or its name with it.
File: TypeAlias = IO[bytes] | tuple[str, IO[bytes]]


class Shape(BaseModel):
    """What the API answers with; fields and words that came later are kept as they are."""

    model_config = ConfigDict(
        extra="allow", frozen=True, populate_by_name=True, protected_namespaces=(), defer_build=True
    )


def in_path(given: str | int | Shape, field: str) -> str:
    """Return an id as it stands in an address, of a record the one in this field.

    Raises:
        ValueError: it is none, and would lead elsewhere.
    """
    value = str(getattr(given, field) if isinstance(given, Shape) else given)
    if value in ("", ".", ".."):
        raise ValueError(f"{value!r} is no id ({field}).")
    return quote(value, safe="")


def revision_of(given: str | int | Shape, revision: int | None) -> int | None:
    """Return the revision that a change is made on: the one that was named, else that of what was read."""
    if revision is None and isinstance(given, Shape):
        found: int | None = getattr(given, "revision", None)
        return found
    return revision


def sent(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that were given."""
    return {name: value for name, value in fields.items() if value is not UNSET}


def file_of(given: File) -> tuple[str, IO[bytes]]:
    """Return a file with the name under which it is sent."""
    if isinstance(given, tuple):
        return given
    name = getattr(given, "name", None)
    if not isinstance(name, str):
        raise ValueError("This file has no name. Give it with one: ('shelf.png', file).")
    return PurePath(name).name, given
