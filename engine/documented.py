"""What classes, fields and words mean, as the source says it once: the docstring, and the ``#:`` comments.

Read from here for tooltips, form help, MODEL.md, and all that describes an export (T4).
"""

from __future__ import annotations

import inspect
import re
import typing
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any

#: A member of a class, or of the block in it that only a type checker reads.
_NAME = re.compile(r"^ {4}(?: {4})?(\w+)(?: *:[^=#]+)?(?: *=.*?)? *(?:#: (?P<beside>.*))?$")
_ABOVE = re.compile(r"^ {4}(?: {4})?#: (.*)$")
#: Ids of requirements and decisions stand in the source; whoever reads a document cannot look them up.
_IDS = re.compile(r" \((?:(?:[A-Z]{1,4}-?\d+|decision \d+)(?:, | to )?)+\)")


@cache
def comments_of(documented: type) -> dict[str, str]:
    """Return name -> comment of a class's members, as written beside or above them; inherited ones too."""
    found: dict[str, str] = {}
    for base in reversed(documented.__mro__[:-1]):
        if base.__module__.startswith(("engine.", "web.")):
            found.update(_read(base))
    return found


def title_of(documented: type) -> str:
    """Return the first line of a class's docstring, without the ids of requirements."""
    return _IDS.sub("", (inspect.getdoc(documented) or "").split("\n")[0])


def meaning_of(documented: type, name: str) -> str:
    """Return what a member of a class means, without the ids of requirements; empty where nothing says it."""
    return _IDS.sub("", comments_of(documented).get(name, ""))


def describe(documented: type, name: str, annotation: Any) -> str:
    """Return all that a reader from elsewhere must know of a field: its meaning, its zone, and its words."""
    parts = [meaning_of(documented, name)]
    if datetime in _types_in(annotation):
        parts.append("UTC.")
    for enum in enums_in(annotation):
        words = (f"{member.value} ({_within_a_sentence(meaning_of(enum, member.name))})" for member in enum)
        parts.append(f"One of: {'; '.join(words)}.")
    return " ".join(parts)


def enums_in(annotation: Any) -> list[type[Enum]]:
    """Return the enums that a field's annotation names, also within a list or beside null."""
    return [found for found in _types_in(annotation) if issubclass(found, Enum)]


def _types_in(annotation: Any) -> list[type]:
    arguments = typing.get_args(annotation)
    if arguments:
        return [found for inner in arguments for found in _types_in(inner)]
    return [annotation] if isinstance(annotation, type) else []


def _within_a_sentence(text: str) -> str:
    text = text.removesuffix(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def _read(documented: type) -> dict[str, str]:
    found: dict[str, str] = {}
    above: list[str] = []
    for line in inspect.getsource(documented).splitlines()[1:]:
        if comment := _ABOVE.match(line):
            above.append(comment.group(1))
            continue
        if named := _NAME.match(line):
            text = " ".join(above) or named.group("beside")
            if text:
                found.setdefault(named.group(1), text)
        above = []
    return found
