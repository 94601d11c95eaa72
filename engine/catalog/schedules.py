"""Crontab lines as Debian's cron reads them: what is wrong with one, and which days it names (R8).

Five fields; day 0 and day 7 are Sunday, names in any case. Where both the day of the month and the day of the
week are given, either is enough. ``L`` is a month's last day, ``5L`` its last Friday, ``2#3`` its third
Tuesday.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from cronsim import CronSim, CronSimError

_FIELDS = ("minute", "hour", "day of the month", "month", "day of the week")
_ANY = "*"
#: The calendar repeats after 28 years or, across a century, 40; so the answers do not depend on today.
_FROM = datetime(2000, 1, 1, tzinfo=UTC)
_COMMON_YEAR = 2001
#: What texts among a schedule's parameters may name: the anchor date, and its month, week and year.
WORDS = ("anchor_date", "anchor_month", "month_before", "anchor_week", "anchor_year")


def fault_of(line: str) -> str | None:
    """Return why a line cannot be read, by the field that is wrong; None where it can."""
    parts = line.split()
    if len(parts) != len(_FIELDS):
        return f"five fields are needed, and it has {len(parts)}"
    for place, (name, part) in enumerate(zip(_FIELDS, parts, strict=True)):
        alone = [_ANY] * len(_FIELDS)
        alone[place] = part
        if _read(" ".join(alone)) is None:
            return f'"{part}" is no {name}'
    return None


def never_fires(line: str) -> bool:
    """Whether no day is one that a line without fault names, such as 30 February."""
    read = _read(line)
    return read is None or next(read, None) is None


def months_left_out(line: str) -> list[str]:
    """Name the months in which a line without fault does not fire, as they have too few days.

    February has 28: one of 29 is the exception.
    """
    read = _read(line)
    if read is None or not read.day_and:
        return []
    first = min(read.days)
    return [
        calendar.month_name[month]
        for month in sorted(read.months)
        if first > calendar.monthrange(_COMMON_YEAR, month)[1]
    ]


def times_of_day(line: str) -> int:
    """Return how often a line without fault fires on a day on which it does."""
    read = _read(line)
    return len(read.minutes) * len(read.hours) if read is not None else 0


def days_after(line: str, day: date) -> Iterator[tuple[date, time]]:
    """Yield the days after ``day`` that a line without fault names, each with its time of day.

    They are those of the calendar, whatever clocks do on them. Nothing where no day is one.
    """
    read = _read(line, datetime.combine(day, time.max, tzinfo=UTC))
    last = day
    for moment in read or ():
        if moment.date() > last:
            last = moment.date()
            yield last, moment.time()


def words_of(anchor: date) -> dict[str, str]:
    """Return what each of ``WORDS`` stands for in a start with this anchor date."""
    before = anchor.replace(day=1) - timedelta(days=1)
    month = "{:%B} {}".format
    said = (
        f"{anchor.day} {anchor:%B} {anchor.year}",
        month(anchor, anchor.year),
        month(before, before.year),
        str(anchor.isocalendar().week),
        str(anchor.year),
    )
    return dict(zip(WORDS, said, strict=True))


def _read(line: str, after: datetime = _FROM) -> CronSim | None:
    try:
        return CronSim(line, after)
    except CronSimError:
        return None
