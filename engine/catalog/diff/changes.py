"""One change of content, in the words of the format."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.catalog.declared import Effect


class ChangeKind(StrEnum):
    """What became of an item, or of a field of it."""

    ADDED = "added"  #: an item of a list that was not there
    REMOVED = "removed"  #: an item of a list that is no more
    RENAMED = "renamed"  #: the same item by another ref
    MOVED = "moved"  #: the items of a list have another order
    CHANGED = "changed"  #: a field says something else


@dataclass(frozen=True)
class Part:
    """A step on the way from a template to what changed: an item of one of its lists."""

    #: The field that holds the list, such as ``tasks`` or ``steps``.
    field: str
    #: What tells the item from the others: its ref, name, key or label; after a rename the new one.
    ref: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """One difference between two revisions of an item."""

    kind: ChangeKind
    #: The item that it happened to; empty is the template, or whatever was compared, itself.
    where: tuple[Part, ...]
    #: For ``changed`` the field, for ``moved`` the list; None for what became of an item as a whole.
    field: str | None = None
    #: The key within a field that holds settings by name, such as ``config``.
    name: str | None = None
    #: What of running work it governs.
    effect: Effect
    #: JSON values: of the field; of ``renamed`` the refs, of ``moved`` the refs in order, of ``added`` and
    #: ``removed`` the whole item as written. None where there was, or is, nothing.
    before: Any = None
    after: Any = None

    @property
    def task(self) -> str | None:
        """The ref of the task that it lies in; None where it concerns the template as a whole."""
        return self.where[0].ref if self.where and self.where[0].field == "tasks" else None

    @property
    def is_whole_task(self) -> bool:
        """Whether a task as such came, went or has another ref."""
        return self.task is not None and len(self.where) == 1 and self.field is None

    def as_json(self) -> dict[str, Any]:
        """Return it as ``content diff --json`` prints it."""
        return {
            "kind": self.kind.value,
            "where": [{"field": part.field, "ref": part.ref} for part in self.where],
            "field": self.field,
            "name": self.name,
            "effect": self.effect.value,
            "before": self.before,
            "after": self.after,
        }
