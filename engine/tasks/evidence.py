"""What counts as evidence of each kind; pure checks (PRF-01, definitions.md section 4)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import urls
from engine.clock import to_text
from engine.errors import UnknownFieldError, bad_field
from engine.inputs import strip_or_none
from engine.tasks.dates import read_moment

_LONGEST_TEXT = 10_000
_LONGEST_NAME = 255
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NOTHING = hashlib.sha256().hexdigest()
_FILE_FACTS = ("file_name", "size_bytes", "content_type", "sha256", "url")
_STATUS_FACTS = ("system", "reference", "status", "checked_at")


@dataclass(frozen=True)
class Evidence:
    """Evidence in the form that is kept."""

    value: str
    facts: dict[str, Any] | None = None


def url(value: object) -> Evidence:
    """Return an address as evidence."""
    return Evidence(urls.check(value, "value", mail=True))


def comment(value: object) -> Evidence:
    """Return a text as evidence."""
    text = (strip_or_none(value) or "") if isinstance(value, str) else ""
    if not 0 < len(text) <= _LONGEST_TEXT:
        raise bad_field("value", f"write a comment of 1 to {_LONGEST_TEXT} characters")
    return Evidence(text)


def file(value: object) -> Evidence:
    """Return the facts about a file that is kept elsewhere as evidence."""
    facts = _facts(value, _FILE_FACTS, "a file: upload it, or give its facts")
    facts["file_name"] = file_name(facts.get("file_name"))
    size = facts.get("size_bytes")
    if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 1):
        raise bad_field("size_bytes", f"{size!r} is not a size in bytes; an empty file proves nothing")
    if facts.get("sha256") is not None and not _SHA256.fullmatch(str(facts["sha256"])):
        raise bad_field("sha256", "is not a SHA-256 in 64 lower-case hexadecimal digits")
    if facts.get("sha256") == _NOTHING:
        raise bad_field("sha256", "is that of an empty file, which proves nothing")
    if facts.get("url") is not None:
        facts["url"] = urls.check(facts["url"], mail=True)
    return Evidence(facts["file_name"], facts)


def file_name(given: object) -> str:
    """Return the last part of a file's name, without folders and control characters (ART-14).

    Raises:
        BadRequestError: nothing is left of it.
    """
    name = str(given or "").replace("\\", "/").rpartition("/")[2]
    name = re.sub(r"[\x00-\x1f\x7f]", "", name).strip()
    if name in {"", ".", ".."}:
        raise bad_field("file_name", "give the file's name")
    return name[:_LONGEST_NAME]


def external_status(value: object, *, now: datetime, zone: str) -> Evidence:
    """Return the state of a record in another system as evidence; checked now, unless told otherwise."""
    facts = _facts(value, _STATUS_FACTS, "the state of a record in another system")
    for name in ("system", "reference", "status"):
        text = facts.get(name)
        if not isinstance(text, str) or strip_or_none(text) is None:
            raise bad_field(name, "must be given as a text")
        facts[name] = text.strip()
    checked = facts.get("checked_at")
    moment = now if checked in (None, "") else read_moment(checked, "checked_at", zone)
    return Evidence(facts["status"], {**facts, "checked_at": to_text(moment)})


def _facts(value: object, names: tuple[str, ...], what: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise bad_field("value", f"this proof is {what} as a mapping of {', '.join(names)}")
    if unknown := [str(name) for name in value if name not in names]:
        raise UnknownFieldError(
            f"There is no {', '.join(unknown)} in this proof; its fields are {', '.join(names)}.",
            details=[
                {"code": "UNKNOWN_FIELD", "field": name, "message": "no such field"} for name in unknown
            ],
        )
    return dict(value)
