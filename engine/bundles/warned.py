"""What a person should know of the date of a task, as previews, starts and moves say it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

#: Of how many tasks a message tells.
_MOST_TOLD = 3


class Warned(NamedTuple):
    """What a person should know of the date of one task."""

    #: The task's ref in its template, or its id once it is made.
    ref: str
    title: str
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {"ref": self.ref, "title": self.title, "warnings": list(self.warnings)}

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.title}: {', '.join(self.warnings)}"


def look_at(warnings: Sequence[Warned]) -> str:
    """Return the sentence, with a space before it, that follows a message; nothing where all is well (R4)."""
    told, more = warnings[:_MOST_TOLD], len(warnings) - _MOST_TOLD
    words = "; ".join([*map(str, told), *([f"and {more} more"] if more > 0 else [])])
    return f" Look at its dates: {words}." if words else ""
