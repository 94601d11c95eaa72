"""When a task is due, written from the definitions alone: the slow way, with nothing of the engine.

Sources: definitions.md sections 3 (units, business days, what dates count from) and 4 (deadline). Decided
where they are silent: a wall-clock time that occurs twice is the later one, one that never occurs is the
moment at which clocks go forward; hours counted from a day begin with it, at midnight where the team works.
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


def moment(wall: datetime, zone: str) -> datetime:
    """Return the last moment at which the clock shows ``wall``, else the first one at which it shows more."""
    start = wall.replace(tzinfo=UTC) - _ANY_OFFSET
    hours = [start + timedelta(hours=number) for number in range(33)]
    offsets = {shown(one, zone) - one.replace(tzinfo=None) for one in hours}
    possible = [(wall - offset).replace(tzinfo=UTC) for offset in offsets]
    if exact := [one for one in possible if shown(one, zone) == wall]:
        return max(exact)
    minutes = (min(possible) - timedelta(hours=1) + timedelta(minutes=number) for number in range(60 * 27))
    return next(one.replace(second=0) for one in minutes if shown(one.replace(second=0), zone) > wall)


def due(offset: int, unit: str, origin: date | datetime, team: Team) -> tuple[date, datetime]:
    """Return the due day and the deadline of a rule that counts from ``origin``, a day or a UTC moment."""
    if unit == "hours":
        is_moment = isinstance(origin, datetime)
        began = origin if is_moment else moment(datetime.combine(origin, time()), team.zone)
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
