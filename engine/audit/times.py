"""Whether the times that the events of a chain tell go forward (S10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass
class Times:
    """What the events that were heard so far, in their order, tell of the clock."""

    #: The latest time of all.
    latest: str = ""
    #: The time of the last event.
    last: str = ""
    #: How many tell an earlier time than the one before them, and the number of the first that does.
    set_back: int = 0
    first_set_back: int = 0

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take in the next event."""
        moment = str(event["occurred_at"])
        if moment < self.last:
            self.set_back, self.first_set_back = self.set_back + 1, self.first_set_back or event["seq"]
        self.last, self.latest = moment, max(self.latest, moment)

    def remark(self) -> str | None:
        """Say that the clock was set back, which alone is no fault; None where it was not."""
        if not self.set_back:
            return None
        return (
            f"{self.set_back} events tell an earlier time than the one before them, the first is event "
            f"{self.first_set_back}: the clock was set back, or it is the demo's story, told in hindsight. "
            "Their numbers say in which order things happened."
        )
