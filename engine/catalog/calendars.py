"""Working days, holidays, zone and cut-off of a team, and the arithmetic on them.

The arithmetic is on calendars that are written out: only those are loaded content, and in pins.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, cached_property
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, ValidationInfo, field_validator, model_validator

from engine.catalog import public_holidays
from engine.catalog.declared import DUE, IDENTITY, WORDS
from engine.catalog.parts import DAY_PATTERN, ContentModel, Name, Text

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
#: The deadline where no calendar says otherwise (definitions.md section 4).
END_OF_DAY = time(23, 59, 59)
#: No holiday list is as long as this; it keeps a calendar without free days from searching for ever.
_LONGEST_BREAK_DAYS = 3660
#: Between the names of holidays that fall on one day.
_AND = "; "


@cache
def zone_names() -> frozenset[str]:
    """Return the names of all time zones, read once: they lie in hundreds of files."""
    return frozenset(available_timezones())


def zone_named(name: str) -> ZoneInfo:
    """Return the IANA time zone; ValueError where there is none of that name."""
    if name not in zone_names():
        raise ValueError(f"{name!r} is not a time zone; use an IANA name such as Europe/Berlin")
    return ZoneInfo(name)


class Holiday(ContentModel):
    """A free day."""

    date: Annotated[str, Field(pattern=DAY_PATTERN), IDENTITY]
    """The day, as YYYY-MM-DD."""
    name: Annotated[Text, WORDS]
    """What is celebrated."""

    @field_validator("date")
    @classmethod
    def _exists(cls, value: str) -> str:
        date.fromisoformat(value)
        return value


class HolidaysOf(ContentModel):
    """Whose public holidays are free days: a country's, or those of a region of it."""

    country: Text
    """The country in two capitals, for example DE."""
    region: Text | None = None
    """The state, province or canton, for example BY; without one, what the whole country celebrates."""
    language: Text | None = None
    """The language of their names, for example en_US; without one, the country's own."""

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        public_holidays.find(self.country, self.region, self.language)
        return self

    @property
    def days(self) -> Mapping[date, str]:
        """The names of these holidays by day."""
        return public_holidays.find(self.country, self.region, self.language)

    def __str__(self) -> str:
        """Return it in short: ``DE-BY``."""
        return f"{self.country}-{self.region}" if self.region else self.country


class Calendar(ContentModel):
    """When a team works, or a person."""

    key: Annotated[Name, IDENTITY]
    """The calendar's name, equal to the file's name."""
    name: Annotated[Text, WORDS]
    """What people call it."""
    timezone: Annotated[Text, DUE]
    """The IANA zone of the team, for example Europe/Berlin."""
    working_days: Annotated[list[DayName], Field(min_length=1), DUE] = ["mon", "tue", "wed", "thu", "fri"]
    """The days of the week on which the team works."""
    cut_off: Annotated[Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None, DUE] = None
    """The time of day by which work of a day is due, as HH:MM; the end of the day where nothing is said."""
    holidays_of: Annotated[HolidaysOf | None, DUE] = None
    """The country, and region, whose public holidays are free days."""
    not_holidays: Annotated[list[Text], DUE] = []
    """Public holidays of those on which people work all the same: a name for each year, or a day."""
    holidays: Annotated[list[Holiday], DUE] = []
    """The team's own free days, besides those of ``holidays_of``."""

    @field_validator("not_holidays")
    @classmethod
    def _are_holidays(cls, value: list[str], given: ValidationInfo) -> list[str]:
        if "holidays_of" not in given.data:
            return value  # it is refused itself
        whose: HolidaysOf | None = given.data["holidays_of"]
        days = whose.days if whose else {}
        names = sorted({name for said in days.values() for name in said.split(_AND)})
        for entry in value:
            if entry not in names and entry not in map(str, days):
                known = ", ".join(names) or "none"
                there_is = f"no {entry!r} of {whose}" if whose else f"no {entry!r} without holidays_of"
                raise ValueError(f"there is {there_is}; use a day, or one of: {known}")
        return value

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        zone_named(value)
        return value

    @cached_property
    def written_out(self) -> Calendar:
        """The same calendar with every free day in ``holidays``: it stays, whatever a package says later."""
        if self.holidays_of is None:
            return self
        named = {
            str(day): _AND.join(left)
            for day, said in self.holidays_of.days.items()
            if str(day) not in self.not_holidays
            and (left := [name for name in said.split(_AND) if name not in self.not_holidays])
        }
        named |= {holiday.date: holiday.name for holiday in self.holidays}
        data = self.model_dump(exclude_unset=True, exclude={"holidays_of", "not_holidays"})
        days = [{"date": day, "name": name} for day, name in sorted(named.items())]
        return Calendar.model_validate({**data, "holidays": days})

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
