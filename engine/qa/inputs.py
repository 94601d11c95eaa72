"""What people say about a flagged task, read and checked: words, scores, texts."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

from engine.errors import BadRequestError
from engine.tasks.moves import said

LOWEST_SCORE, HIGHEST_SCORE = 1, 5
_W = TypeVar("_W", bound=StrEnum)


def check_verdict(passed: bool | None, score: int | None) -> None:
    """Refuse a verdict that says nothing, or a score off the scale (QA-09)."""
    if passed is None and score is None:
        raise refused("score", "say whether it passed, or give 1 to 5, or both")
    if score is not None and (isinstance(score, bool) or not LOWEST_SCORE <= score <= HIGHEST_SCORE):
        raise refused("score", f"{score!r} is no score; it goes from {LOWEST_SCORE} to {HIGHEST_SCORE}")


def word(kind: type[_W], given: str, name: str, allowed: Sequence[_W] = ()) -> _W:
    """Return the member of ``kind`` that a form or an option names, one of ``allowed``."""
    known = list(allowed or kind)
    found = next((item for item in known if item == given), None)
    if found is None:
        raise refused(name, f"{str(given)!r} cannot be chosen; use one of: {', '.join(known)}")
    return found


def text(given: str | None, name: str, longest: int) -> str | None:
    """Return a text without its margins, None where nothing was said."""
    words = said(given)
    if words is not None and len(words) > longest:
        raise refused(name, f"has {len(words)} characters; {longest} is the most")
    return words


def refused(name: str, message: str) -> BadRequestError:
    """Return the error that belongs to one field."""
    return BadRequestError(
        f"{name.replace('_', ' ').capitalize()}: {message}.",
        details=[{"code": "BAD_REQUEST", "field": name, "message": message}],
    )
