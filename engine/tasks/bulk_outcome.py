"""What became of each of many tasks that were changed at once (UPD-39)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.plurals import plural
from engine.searches import plain

#: As many reasons are said in the message; the rows have all.
_MOST_SAID = 3


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """A field of a task as it was, and as it is after the change."""

    field: str
    before: Any
    after: Any

    def as_json(self) -> dict[str, Any]:
        """Return it as data for programs."""
        return {"field": self.field, "before": plain(self.before), "after": plain(self.after)}


@dataclass(frozen=True, kw_only=True)
class BulkRow:
    """What became of one of the tasks."""

    #: Its id; the name that it was asked for by where the actor sees no such task.
    task_id: str
    #: None where the actor sees no such task.
    task_number: int | None = None
    title: str | None = None
    #: The revision that the change began with; None where the actor sees no such task.
    revision: int | None = None
    #: Why it was left out, every reason; empty where it was done.
    reasons: tuple[str, ...] = ()
    #: What whoever asked should know about what was done.
    remarks: tuple[str, ...] = ()
    #: Those of its fields with a value of their own that were changed: status, person, priority, deadline.
    changes: tuple[FieldChange, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether it was changed."""
        return not self.reasons

    @property
    def said(self) -> str:
        """Its reasons as they are read without the row: they say which task it is."""
        words, number = " ".join(self.reasons), f"#{self.task_number}"
        return words if self.task_number is None or number in words else f"{number}: {words}"

    def as_json(self) -> dict[str, Any]:
        """Return it as data for programs."""
        return {
            "task_id": self.task_id,
            "task_number": self.task_number,
            "title": self.title,
            "outcome": "done" if self.is_done else "left_out",
            "reasons": list(self.reasons),
            "remarks": list(self.remarks),
            "changes": [change.as_json() for change in self.changes],
        }


@dataclass(frozen=True, kw_only=True)
class Bulk:
    """What became of all of them, in the order in which they were named."""

    rows: Sequence[BulkRow]
    #: What was done to each, to be read after "3 tasks".
    what: str
    #: Whether it was only tried.
    is_dry_run: bool
    #: The day that they are put off to, where that was asked for, by days as well.
    until: date | None = None

    @property
    def done(self) -> list[BulkRow]:
        """Those that were changed, or would be."""
        return [row for row in self.rows if row.is_done]

    @property
    def left_out(self) -> list[BulkRow]:
        """Those that were not, with their reasons."""
        return [row for row in self.rows if not row.is_done]

    @property
    def summary(self) -> str:
        """How many were done, or would be, and how many were left out."""
        done = f"{counted(len(self.done))}{' would be' if self.is_dry_run else ''} {self.what}."
        return f"{done} {counted(len(self.left_out))} left out." if self.left_out else done

    @property
    def message(self) -> str:
        """What is said about it: the summary, and the first reasons."""
        left = self.left_out
        more = [f"And {len(left) - _MOST_SAID} more."] if len(left) > _MOST_SAID else []
        return " ".join([self.summary, *(row.said for row in left[:_MOST_SAID]), *more])

    def as_json(self) -> dict[str, Any]:
        """Return it as data for programs."""
        return {
            "dry_run": self.is_dry_run,
            "done": len(self.done),
            "left_out": len(self.left_out),
            "tasks": [row.as_json() for row in self.rows],
        }


def counted(number: int) -> str:
    """Say how many tasks."""
    return plural(number, "task") if number else "No task"
