r"""Patterns of content, held against what users send in time that grows with the text alone (S12).

They run in RE2, which knows no look-around and no back references, and so cannot explode as ``^(a+)+$`` does
in Python. As JSON Schema has it, ``\d`` and ``\w`` mean ASCII. A pattern that RE2 does not know is refused by
the content check; one that was pinned before that rule is still held against texts by Python.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import re2

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
#: RE2 looks at each part for each character where it must, so that a text takes time by their product.
_MOST_PARTS = 20_000
#: So many characters are read of a pattern, as RE2 takes up to a tenth of a second for each thousand.
_LONGEST = 2_000
_TOO_LONG = f"it is longer than {_LONGEST:,} characters; say it with fewer"


def fault_of(pattern: str) -> str | None:
    """Say why new content may not have a pattern, to follow the pattern; None where it may."""
    return _judged(pattern)[1] if len(pattern) <= _LONGEST else _TOO_LONG


def work_of(pattern: str) -> int:
    """Return how many parts are made to find out whether a text is a pattern that content may have."""
    return _judged(pattern)[0] if len(pattern) <= _LONGEST else 0


@lru_cache(1000)
def _judged(pattern: str) -> tuple[int, str | None]:
    try:
        compiled = re2.compile(pattern, _OPTIONS)
    except re2.error as error:
        return _MOST_PARTS, _reason(error)
    if compiled.programsize > _MOST_PARTS:
        return _MOST_PARTS, f"it comes to more than {_MOST_PARTS:,} parts; repeat less in it"
    return compiled.programsize, None


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern occurs in a text."""
    return _compiled(pattern).search(text) is not None


def parts_of(pattern: str) -> int:
    """Return of how many parts a pattern is made: so much work a character may make."""
    return int(getattr(_compiled(pattern), "programsize", len(pattern)))


@lru_cache(1000)
def _compiled(pattern: str) -> Any:
    try:
        return re2.compile(pattern, _OPTIONS)
    except re2.error:
        return re.compile(pattern)


def _reason(error: Exception) -> str:
    said = error.args[0] if error.args else str(error)
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
