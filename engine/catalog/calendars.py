"""Working days, holidays, zone and cut-off of a team, and the arithmetic on them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator

from engine.catalog.parts import DAY_PATTERN, ContentModel, Name, Text

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
#: The deadline where no calendar says otherwise (definitions.md section 4).
END_OF_DAY = time(23, 59, 59)
#: No holiday list is as long as this; it keeps a calendar without free days from searching for ever.
_LONGEST_BREAK_DAYS = 3660


@cache
def _zone_names() -> frozenset[str]:
    """Return the names of all time zones, read once: they lie in hundreds of files."""
    return frozenset(available_timezones())


def zone_named(name: str) -> ZoneInfo:
    """Return the IANA time zone; ValueError where there is none of that name."""
    if name not in _zone_names():
        raise ValueError(f"{name!r} is not a time zone; use an IANA name such as Europe/Berlin")
    return ZoneInfo(name)


class Holiday(ContentModel):
    """A free day."""

    date: Annotated[str, Field(pattern=DAY_PATTERN)]
    """The day, as YYYY-MM-DD."""
    name: Text
    """What is celebrated."""

    @field_validator("date")
    @classmethod
    def _exists(cls, value: str) -> str:
        date.fromisoformat(value)
        return value


class Calendar(ContentModel):
    """When a team works."""

    key: Name
    """The calendar's name, equal to the file's name."""
    name: Text
    """What people call it."""
    timezone: Text
    """The IANA zone of the team, for example Europe/Berlin."""
    working_days: Annotated[list[DayName], Field(min_length=1)] = ["mon", "tue", "wed", "thu", "fri"]
    """The days of the week on which the team works."""
    cut_off: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None
    """The time of day by which work of a day is due, as HH:MM; the end of the day where nothing is said."""
    holidays: list[Holiday] = []
    """The free days."""

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        zone_named(value)
        return value

    @cached_property
    def _weekdays(self) -> frozenset[int]:
        return frozenset(DAY_NAMES.index(name) for name in self.working_days)

    @cached_property
    def _free_days(self) -> frozenset[date]:
        return frozenset(date.fromisoformat(holiday.date) for holiday in self.holidays)

    def is_working_day(self, day: date) -> bool:
        """Whether the team works on ``day``."""
        return day.weekday() in self._weekdays and day not in self._free_days

    def add_business_days(self, day: date, count: int) -> date:
        """Return the working day ``count`` steps after ``day``; negative counts go back.

        One day at a time, counting working days; 0 on a free day means the next working day
        (definitions.md section 3). Raises ValueError where no working day can be reached.
        """
        if count == 0:
            return day if self.is_working_day(day) else self.add_business_days(day, 1)
        step = timedelta(days=1 if count > 0 else -1)
        left, idle = abs(count), 0
        while left:
            try:
                day += step
            except OverflowError as error:
                raise ValueError("the date lies outside the years 1 to 9999") from error
            if self.is_working_day(day):
                left, idle = left - 1, 0
            else:
                idle += 1
                if idle > _LONGEST_BREAK_DAYS:
                    raise ValueError(f"calendar {self.key} has no working day within ten years of {day}")
        return day

    def deadline(self, day: date) -> datetime:
        """Return the UTC moment at which work due on ``day`` is late: the cut-off in the calendar's zone.

        Without a cut-off it is the end of the day in the calendar's zone.
        """
        cut_off = END_OF_DAY if self.cut_off is None else time.fromisoformat(self.cut_off)
        return moment_of(day, cut_off, self.timezone)


#: Monday to Friday without holidays: what business days mean where a template names no calendar.
WEEKDAYS = Calendar(key="weekdays", name="Monday to Friday", timezone="UTC")


def deadline_of(calendar: Calendar | None, day: date, default_zone: str) -> datetime:
    """Return the deadline of ``day``: the calendar's cut-off, else 23:59:59 in ``default_zone``."""
    if calendar is not None:
        return calendar.deadline(day)
    return moment_of(day, END_OF_DAY, default_zone)


def moment_of(day: date, at: time, zone: str) -> datetime:
    """Return the UTC moment of a wall-clock time.

    A time that occurs twice (clocks set back) is its second occurrence, so nobody is late an hour
    early. A time that a DST gap leaves out is the moment the gap ends.
    """
    return _moment(datetime.combine(day, at, tzinfo=ZoneInfo(zone)).replace(fold=1))


def first_moment_of(day: date, at: time, zone: str) -> datetime:
    """Return the UTC moment at which something begins at a wall-clock time: as ``moment_of``, but the first.

    A time that occurs twice is its first occurrence, as cron has it.
    """
    return _moment(datetime.combine(day, at, tzinfo=ZoneInfo(zone)))


def start_of_day(day: date, zone: str) -> datetime:
    """Return the UTC moment with which a day begins: the first midnight of two, the end of a gap over it."""
    return first_moment_of(day, time(), zone)


def _moment(local: datetime) -> datetime:
    moment = local.astimezone(UTC)
    if moment.astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None):
        return moment
    return _end_of_gap(local.replace(fold=0).astimezone(UTC), local.tzinfo)


def _end_of_gap(after: datetime, zone: tzinfo | None) -> datetime:
    """Return the first moment with the offset in force at ``after``, which lies within a day of it."""
    offset = after.astimezone(zone).utcoffset()
    low, high = after - timedelta(days=1), after
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle in (low, high):
            break
        if middle.astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return high
