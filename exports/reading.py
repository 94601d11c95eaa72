"""Reading one file of an export back, line by line, each line checked against its canonical form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic_core import from_json

from engine.budgets import BYTES_OF_AN_EXPORTED_LINE
from engine.record import Record, find_unstorable
from exports.records import TableShape
from exports.violation import Violation

_MAX_INTEGER = 2**63 - 1
_BEGINNING = 100
#: As much of a line that is too long is read at once, to hash it.
_PIECE = 1024 * 1024
#: Keys of stores that must not leak into portable records (EXP-03).
_STORE_KEYS = frozenset({"doc_id", "_id", "pk", "sk", "PK", "SK", "rowid"})


@dataclass(frozen=True)
class FileFacts:
    """What a table's file came to; the manifest and the data package say the same."""

    count: int = 0
    size: int = 0
    sha256: str = hashlib.sha256().hexdigest()


@dataclass(frozen=True)
class Line:
    """One line as it was read: its document where it is JSON at all, and what is wrong with it."""

    number: int
    document: dict[str, Any] | None
    violations: tuple[Violation, ...] = ()
    #: Its first bytes, where its id stands, whatever became of the rest.
    beginning: bytes = b""


class TableFile:
    """The file of one table; knows its facts once its lines have been read to the end."""

    def __init__(self, folder: Path, table: TableShape) -> None:
        self.table = table
        self.facts = FileFacts()
        self._path = folder / table.file_name

    def lines(self) -> Iterator[Line]:
        """Yield every line; nothing where there is no such file, which is for the layout to say."""
        if not self._path.is_file() or self._path.is_symlink():
            return
        digest, size, number, most = hashlib.sha256(), 0, 0, BYTES_OF_AN_EXPORTED_LINE
        with self._path.open("rb") as file:
            while raw := file.readline(most + 1):
                number += 1
                yield self._line(number, raw) if len(raw) <= most else self._too_long(number, raw)
                while raw:
                    digest.update(raw)
                    size += len(raw)
                    raw = b"" if raw.endswith(b"\n") else file.readline(_PIECE)
        self.facts = FileFacts(number, size, digest.hexdigest())

    def _fault(self, number: int, rule: str, message: str) -> Violation:
        return Violation(rule, self.table.file_name, number, message)

    def _too_long(self, number: int, raw: bytes) -> Line:
        message = f"is longer than {BYTES_OF_AN_EXPORTED_LINE} bytes, which no record is"
        return Line(number, None, (self._fault(number, "form", message),), raw[:_BEGINNING])

    def _line(self, number: int, raw: bytes) -> Line:
        document = None
        try:
            document = parse_json(raw)
            to_record(self.table, document, raw)
        except ValidationError as error:
            found = [
                self._fault(number, "value", f"{_place(item['loc'])}: {item['msg']}")
                for item in error.errors()
            ]
        except ValueError as error:
            found = [self._fault(number, "form", str(error))]
        else:
            found = []
        whole = document if isinstance(document, dict) else None
        return Line(number, whole, tuple(found), raw[:_BEGINNING])


def parse_json(raw: bytes) -> Any:
    """Return the JSON value of some bytes.

    Raises:
        ValueError: they are not JSON in UTF-8; says why.
    """
    with suppress(ValueError):  # the fast reader; where it gives up, the slow one says why
        return from_json(raw, allow_inf_nan=False)
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 at byte {error.start + 1}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg} at character {error.pos + 1}") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply to be a record") from error


def to_record(table: TableShape, document: object, raw: bytes) -> Record:
    """Return the record of a line that was parsed.

    Raises:
        ValueError: the line is not the canonical form of a record of this table; says why.
    """
    if not isinstance(document, dict):
        raise ValueError("is not an object")
    if tuple(document) != table.field_names:
        raise ValueError(_wrong_keys(table, document))
    record = table.record_type.model_validate(document)
    for name in table.integers:
        if not -_MAX_INTEGER <= (document[name] or 0) <= _MAX_INTEGER:
            raise ValueError(f"{name} is larger than 64 bits")
    if fault := find_unstorable(raw):
        raise ValueError(" ".join(filter(None, fault)))
    if f"{table.line(record)}\n".encode() != raw:
        raise ValueError(
            "is not in canonical form: no spaces, each key once, times as 2026-11-21T09:30:00.000Z, "
            "a newline at the end"
        )
    return record


def _wrong_keys(table: TableShape, document: dict[str, Any]) -> str:
    told = []
    if leaked := sorted(_STORE_KEYS.intersection(document)):
        told.append(f"has a key of a store, {', '.join(leaked)}")
    if missing := [name for name in table.field_names if name not in document]:
        told.append(f"lacks {', '.join(missing)}")
    if extra := [name for name in document if name not in table.field_names and name not in _STORE_KEYS]:
        told.append(f"has unknown {', '.join(extra)}")
    return " and ".join(told) or "has its fields in another order than declared"


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"holds {name}, which is not JSON")
