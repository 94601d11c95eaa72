"""When a task is due, written from the definitions alone: the slow way, with nothing of the engine.

Sources: definitions.md sections 3 (units, business days, what dates count from) and 4 (deadline). Decided
where they are silent: a wall-clock time that occurs twice is the later one, one that never occurs is the
moment at which clocks go forward; hours counted from a day begin with its first moment where the team works.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: Longer than any change of clocks lets a wall-clock time differ from UTC.
_ANY_OFFSET = timedelta(hours=16)


@dataclass(frozen=True)
class Team:
    """When and where a team works: a calendar, or what holds where a template names none."""

    zone: str
    working_days: frozenset[str]
    #: None where it is the end of the day.
    cut_off: time | None
    holidays: frozenset[date]

    def works_on(self, day: date) -> bool:
        return WEEK[day.weekday()] in self.working_days and day not in self.holidays


def shown(moment: datetime, zone: str) -> datetime:
    """Return what a clock on the wall shows at a moment."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def moment(wall: datetime, zone: str, *, first: bool = False) -> datetime:
    """Return the last moment (or the first) at which the clock shows ``wall``, else the first of more."""
    start = wall.replace(tzinfo=UTC) - _ANY_OFFSET
    hours = [start + timedelta(hours=number) for number in range(33)]
    offsets = {shown(one, zone) - one.replace(tzinfo=None) for one in hours}
    possible = [(wall - offset).replace(tzinfo=UTC) for offset in offsets]
    if exact := [one for one in possible if shown(one, zone) == wall]:
        return min(exact) if first else max(exact)
    begin = min(possible).replace(second=0) - timedelta(hours=1)
    minutes = (begin + timedelta(minutes=number) for number in range(60 * 27))
    return next(one for one in minutes if shown(one, zone) > wall)


def beginning(day: date, zone: str) -> datetime:
    """Return the first moment of a day."""
    return moment(datetime.combine(day, time()), zone, first=True)


def due(offset: int, unit: str, origin: date | datetime, team: Team) -> tuple[date, datetime]:
    """Return the due day and the deadline of a rule that counts from ``origin``, a day or a UTC moment."""
    if unit == "hours":
        began = origin if isinstance(origin, datetime) else beginning(origin, team.zone)
        deadline = began + timedelta(hours=offset)
        return shown(deadline, team.zone).date(), deadline
    day = shown(origin, team.zone).date() if isinstance(origin, datetime) else origin
    if unit == "days":
        day = date.fromordinal(day.toordinal() + offset)
    elif offset == 0:
        while not team.works_on(day):
            day = date.fromordinal(day.toordinal() + 1)
    for _ in range(abs(offset) if unit == "business_days" else 0):
        day = date.fromordinal(day.toordinal() + (1 if offset > 0 else -1))
        while not team.works_on(day):
            day = date.fromordinal(day.toordinal() + (1 if offset > 0 else -1))
    return day, moment(datetime.combine(day, team.cut_off or time(23, 59, 59)), team.zone)
