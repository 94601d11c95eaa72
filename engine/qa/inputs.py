"""What the commands of QA are told, and the checks of a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from engine.errors import bad_field
from engine.inputs import lines, strip_or_none
from engine.qa.models import ReviewType
from engine.tasks.inputs import OnTask

LOWEST_SCORE, HIGHEST_SCORE = 1, 5
LONGEST_FEEDBACK, LONGEST_COMMENT = 10_000, 2000
_W = TypeVar("_W", bound=StrEnum)


class Flag(OnTask):
    """A completed task that is to be looked at again."""

    #: A client complained, or you want it looked at.
    reason: Literal["complaint", "manual"] = Field(title="Why")
    #: What to look at.
    comment: Annotated[
        str | None, Field(title="What about", max_length=LONGEST_COMMENT, json_schema_extra=lines(2))
    ] = None


class Score(OnTask):
    """What somebody makes of a flagged task: pass or fail, 1 to 5, or both."""

    #: Whether it is good enough.
    passed: bool | None = Field(default=None, title="Is it good enough?")
    #: 1 is poor, 5 is excellent.
    score: Annotated[int, Field(ge=LOWEST_SCORE, le=HIGHEST_SCORE)] | None = Field(
        default=None, title="How good is it?"
    )
    #: What whoever did it can learn.
    feedback: Annotated[str | None, Field(max_length=LONGEST_FEEDBACK, json_schema_extra=lines(5))] = None
    #: What the review is for; by default what the reason suggests.
    review_type: ReviewType | None = Field(default=None, title="What this review is for")
    #: The version that was looked at.
    deliverable_id: str | None = Field(default=None, title="What you looked at")


def check_verdict(passed: bool | None, score: int | None) -> None:
    """Refuse a verdict that says nothing, or a score off the scale (QA-09)."""
    if passed is None and score is None:
        raise bad_field("score", "say whether it passed, or give 1 to 5, or both")
    if score is not None and (isinstance(score, bool) or not LOWEST_SCORE <= score <= HIGHEST_SCORE):
        raise bad_field("score", f"{score!r} is not a score; it goes from {LOWEST_SCORE} to {HIGHEST_SCORE}")


def word(kind: type[_W], given: str, name: str, allowed: Sequence[_W] = ()) -> _W:
    """Give the member of ``kind`` that a form or an option names, one of ``allowed``."""
    known = list(allowed or kind)
    found = next((item for item in known if item == given), None)
    if found is None:
        raise bad_field(name, f"{str(given)!r} cannot be chosen; use one of: {', '.join(known)}")
    return found


def text(given: str | None, name: str, longest: int) -> str | None:
    """Give a text without its margins, None where nothing was said."""
    words = strip_or_none(given)
    if words is not None and len(words) > longest:
        raise bad_field(name, f"has {len(words)} characters; {longest} is the most")
    return words
