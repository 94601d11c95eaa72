"""Values of the format as people say them, for what needs no words of its own; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from engine.catalog.reminder_rules import Span

#: A text that is longer is told by what changed in it.
_SHORT = 80
#: So many words of it stand before and after what changed, and so many of what changed are shown.
_AROUND, _MOST_WORDS = 3, 14


def plain(name: str) -> str:
    """Return a name of the format as words: ``planned minutes``."""
    return name.replace("_", " ")


def said(value: Any) -> str:
    """Return a JSON value in words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return f"“{shortened(value)}”"
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, Sequence):
        return ", ".join(map(_bare, value)) or "none"
    return str(value)


def _bare(value: Any) -> str:
    return shortened(value) if isinstance(value, str) else said(value)


def _mapping(value: Mapping[str, Any]) -> str:
    if span := _span(value):
        return span
    parts = [f"{plain(name)} {_bare(one)}" for name, one in value.items() if one is not None]
    return " ".join(parts) if len(parts) == 1 else f"({'; '.join(parts)})" if parts else "none"


def _span(value: Mapping[str, Any]) -> str | None:
    """Return a length of time in words; None for any other mapping."""
    try:
        return str(Span.model_validate(dict(value)))
    except ValidationError:
        return None


def shortened(text: str) -> str:
    """Return a text in one line, cut where it is long."""
    line = re.sub(r"\s+", " ", text).strip()
    return line if len(line) <= _SHORT else line[: _SHORT - 1].rstrip() + "…"


def is_long(text: str) -> bool:
    """Whether a text is told by what changed in it."""
    return len(text) > _SHORT or "\n" in text


def reworded(before: str, after: str) -> tuple[str, str]:
    """Return the words of each text in which they differ, with a few around them."""
    old, new = before.split(), after.split()
    least = min(len(old), len(new))
    start = next((place for place in range(least) if old[place] != new[place]), least)
    end = next((place for place in range(least - start) if old[-1 - place] != new[-1 - place]), least - start)
    return _excerpt(old, start, end), _excerpt(new, start, end)


def _excerpt(words: Sequence[str], start: int, end: int) -> str:
    first, last = max(0, start - _AROUND), min(len(words), len(words) - end + _AROUND)
    last = min(last, first + _MOST_WORDS + 2 * _AROUND)
    text = " ".join(words[first:last])
    return f"{'… ' if first else ''}{text}{' …' if last < len(words) else ''}"


def condition(when: Any) -> str:
    """Return when a task is made, in words: ``always``, ``only where sponsored is yes``."""
    if when is None:
        return "always"
    properties = when.get("properties") if isinstance(when, Mapping) and len(when) == 1 else None
    rules = properties.items() if isinstance(properties, Mapping) else ()
    if rules and all(isinstance(rule, Mapping) and list(rule) == ["const"] for _, rule in rules):
        return "only where " + " and ".join(
            f"{plain(name)} is {_bare(rule['const'])}" for name, rule in rules
        )
    return f"only where {json.dumps(when, ensure_ascii=False)} holds"
