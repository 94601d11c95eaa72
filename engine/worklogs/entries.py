"""What a worklog tells, one entry per event: the facts as they were told (WLG-06)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Self

from engine.catalog.task_type import ToldEvent


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One event that a client may read about; nothing else of it is told."""

    event_id: str
    event: ToldEvent
    #: The calendar day in the workspace's zone.
    day: date
    task_id: str
    #: The title of the task.
    task: str
    #: What was handed over, as the partner's pages name it.
    what: str | None = None
    bundle_id: str | None = None
    #: The title of the bundle.
    bundle: str | None = None
    stage: str | None = None
    #: Where what was handed over is, where that is outside of Workbench.
    address: str | None = None
    #: The clause of the task type; None where it leaves that to the product.
    words: str | None = None

    @property
    def what_it_is(self) -> tuple[object, ...]:
        """What two entries share that tell of the same thing on the same day."""
        return self.event, self.day, self.task_id, self.what, self.stage

    def to_data(self) -> dict[str, Any]:
        """Return it as a worklog keeps it."""
        return asdict(self) | {"day": self.day.isoformat()}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Make it of what a worklog keeps."""
        return cls(**{**data, "day": date.fromisoformat(data["day"])})
