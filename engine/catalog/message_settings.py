"""What the executors ``notification`` and ``reminder`` read from ``execution_config`` (TYP-07, TSK-10)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from jsonschema import ValidationError

#: What stands in a message for a fact of its task, as in ``{{ task.name }}``, and what that is.
PLACES: Mapping[str, str] = {
    "task.name": "the title of the task",
    "task.due": "the day on which it is due, or “no day”",
    "bundle.title": "the title of its bundle, or nothing",
}
#: A placeholder with a dot in its name: parameters of templates have none.
PLACE = re.compile(r"\{\{\s*([A-Za-z_]+\.[A-Za-z_.]+)\s*\}\}")
#: As much as a notification shows (``engine.notifications.service``).
MOST_LINES, LONGEST_LINE = 20, 1000
#: A moment has to be one wherever it is read.
_OUTERMOST = tuple(timezone(timedelta(hours=hours)) for hours in (-14, 0, 14))
_RECIPIENT = {
    "type": "object",
    "properties": {
        "employee": {"type": "string", "minLength": 1, "maxLength": 200},
        "role": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
        "email": {"type": "string", "pattern": "^[^@\\s]+@[^@\\s]+$", "maxLength": 254},
        "relation": {"enum": ["assignee", "owner", "managers"]},
    },
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
}
_RECIPIENTS = {"type": "array", "items": _RECIPIENT, "minItems": 1, "maxItems": 50}
_CHANNEL = {"enum": ["inbox", "chosen"]}
#: Of ``notification``; ``recipients`` and ``subject`` are required.
NOTIFICATION: Mapping[str, Any] = {
    "recipients": _RECIPIENTS,
    "subject": {"type": "string", "pattern": "\\S", "maxLength": 200},
    "body": {"type": "string", "maxLength": 10_000},
    "channel": _CHANNEL,
}
#: Of ``reminder``; ``recipients`` and ``message`` are required.
REMINDER: Mapping[str, Any] = {
    "recipients": _RECIPIENTS,
    "message": {"type": "string", "pattern": "\\S", "maxLength": 200},
    "channel": _CHANNEL,
    "at": {"type": "string", "maxLength": 40},
    "offset": {
        "type": "object",
        "properties": {
            "amount": {"type": "integer", "minimum": -365, "maximum": 365},
            "unit": {"enum": ["hours", "days"]},
            "from": {"enum": ["deadline", "follow_up_at", "created_at"]},
        },
        "required": ["amount", "unit", "from"],
        "additionalProperties": False,
    },
    "repeat_every_hours": {"type": "integer", "minimum": 1, "maximum": 720},
    "max_times": {"type": "integer", "minimum": 1, "maximum": 20},
}


def message_faults(config: Mapping[str, Any]) -> Iterator[ValidationError]:
    """Yield what no schema says of messages that fit theirs."""
    for name in ("subject", "body", "message"):
        for found in PLACE.finditer(config.get(name, "")):
            if found[1] not in PLACES:
                known = ", ".join(PLACES)
                yield ValidationError(f"nothing is known as {found[1]}; use one of: {known}", path=(name,))
    lines = str(config.get("body", "")).splitlines()
    if len(lines) > MOST_LINES:
        yield ValidationError(f"a message has {MOST_LINES} lines at most; shorten it", path=("body",))
    if any(len(line) > LONGEST_LINE for line in lines):
        said = f"a line of a message has {LONGEST_LINE} characters at most; break it up"
        yield ValidationError(said, path=("body",))
    yield from _reminder_faults(config)


def _reminder_faults(config: Mapping[str, Any]) -> Iterator[ValidationError]:
    if "at" in config and moment_of(config["at"]) is None and "{{" not in config["at"]:
        said = "it is no moment with its zone; write it as 2026-03-09T09:00:00+01:00"
        yield ValidationError(said, path=("at",))
    if "at" in config and "offset" in config:
        yield ValidationError("at and offset both say when; leave one of them out", path=("offset",))
    if ("repeat_every_hours" in config) != (config.get("max_times", 1) > 1):
        said = "repeat_every_hours and a max_times of more than 1 need each other"
        name = "repeat_every_hours" if "repeat_every_hours" in config else "max_times"
        yield ValidationError(said, path=(name,))


def moment_of(text: str) -> datetime | None:
    """Return the moment that a text with a time zone says; None where it says none, or none in each zone."""
    try:
        found = datetime.fromisoformat(text)
        is_moment = found.utcoffset() is not None and all(found.astimezone(zone) for zone in _OUTERMOST)
    except (ValueError, OverflowError):
        return None
    return found if is_moment else None
