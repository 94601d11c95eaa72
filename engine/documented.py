"""The ``#:`` comments beside enum members and fields, read once, for tooltips, form help and MODEL.md."""

from __future__ import annotations

import inspect
import re
from functools import cache

_NAME = re.compile(r"^ {4}(\w+)(?: *:[^=#]+)?(?: *=.*?)? *(?:#: (?P<beside>.*))?$")
_ABOVE = re.compile(r"^ {4}#: (.*)$")


@cache
def comments_of(documented: type) -> dict[str, str]:
    """Return name -> comment of a class's members, as written beside or above them; inherited ones too."""
    found: dict[str, str] = {}
    for base in reversed(documented.__mro__[:-1]):
        if base.__module__.startswith("engine."):
            found.update(_read(base))
    return found


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
