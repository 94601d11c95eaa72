"""When a schedule starts what, and which of several starts that are due are made (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile

from cronsim import CronSim

from engine.catalog import schedules
from engine.catalog.calendars import first_moment_of
from engine.catalog.models import Trigger
from engine.catalog.parts import Missed, Overlap

#: How ``CronSim`` says it, where it is at one time of day.
_AT_A_TIME = re.compile(r"At (?P<time>\d\d:\d\d) (?P<days>.+)")
#: What a line says in words depends on no day.
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)
#: What begins later than this after its time was missed: nothing looked meanwhile.
GRACE = timedelta(hours=1)


@dataclass(frozen=True)
class Due:
    """One start: its anchor date, and when it begins."""

    anchor: date
    at: datetime

    def is_late(self, now: datetime) -> bool:
        """Whether its time has passed unnoticed."""
        return now - self.at > GRACE


@dataclass(frozen=True)
class Timetable:
    """The starts that a template's trigger names."""

    line: str
    zone: str
    lead_days: int = 0
    missed: Missed = "last"
    overlap: Overlap = "allow"

    @property
    def said(self) -> str:
        """The days and the time in words: ``Every Monday at 09:00``."""
        words = CronSim(self.line, _ANY_DAY).explain()
        if (found := _AT_A_TIME.fullmatch(words)) is None:
            return words
        days = found["days"].removeprefix("on ")
        each = "" if days.startswith(("every", "the ")) or " through " in days else "every "
        said = f"{each}{days} at {found['time']}"
        return f"{said[0].upper()}{said[1:]}"

    @classmethod
    def of(cls, trigger: Trigger | None, zone: str) -> Timetable | None:
        """Return the timetable of a trigger; None where nothing begins by it. ``zone`` is the workspace's."""
        if trigger is None or trigger.mode != "schedule" or not trigger.enabled or trigger.schedule is None:
            return None
        zone = trigger.timezone or zone
        return cls(trigger.schedule, zone, trigger.lead_days, trigger.missed, trigger.overlap)

    def after(self, day: date) -> Iterator[Due]:
        """Yield the starts with an anchor date after ``day``, one per day."""
        for anchor, at in schedules.days_after(self.line, day):
            yield Due(anchor, first_moment_of(anchor - timedelta(days=self.lead_days), at, self.zone))

    def begun_by(self, now: datetime) -> date:
        """Return the day after whose anchor dates everything begins later than ``now``."""
        day = now.date() + timedelta(days=self.lead_days - 2)  # no zone is two days ahead
        begun = list(takewhile(lambda one: one.at <= now, self.after(day)))
        return begun[-1].anchor if begun else day

    def due(self, after: date, now: datetime) -> list[Due]:
        """Return the starts after an anchor date whose time has come, in their order."""
        return list(takewhile(lambda one: one.at <= now, self.after(after)))

    def wants(self, one: Due, due: Sequence[Due], now: datetime) -> bool:
        """Whether a start is to be made out of all that are ``due``, as the template says of missed ones."""
        if not one.is_late(now) or self.missed == "all":
            return True
        return self.missed == "last" and one == due[-1]
