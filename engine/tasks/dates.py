"""Days and deadlines of tasks: reading them from input, and deriving one from the other (CNF-09)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from engine.clock import in_zone
from engine.errors import BadRequestError, bad_field
from engine.tasks.models import Task
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.calendars import Calendar

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Due:
    """When a task is due, as its reader has it: every page says late, today and tomorrow by this (R1)."""

    #: The deadline's day in the reader's zone; a calendar elsewhere may call it another.
    day: date
    #: How many days that is from the reader's today; negative when it has gone by.
    days: int
    #: Owed, and the deadline has passed.
    is_late: bool


def due_for(deadline: datetime, *, is_late: bool, today: date, zone: str) -> Due:
    """Return when a task is due for a reader in ``zone``; whether it is late, ``is_overdue`` says."""
    day = in_zone(deadline, zone).date()
    return Due(day, (day - today).days, is_late)


def start_of(day: date, zone: str, field: str = "day") -> datetime:
    """Return the first moment of a day, in ``zone``; ``field`` is where it was given.

    Raises:
        BadRequestError: it lies at the very edge of the years 1 to 9999.
    """
    return read_moment(datetime.combine(day, time.min), field, zone)


def end_of(day: date, zone: str, field: str = "day") -> datetime:
    """Return the first moment after a day, in ``zone``; ``field`` is where it was given.

    Raises:
        BadRequestError: it lies at the very edge of the years 1 to 9999.
    """
    try:
        return start_of(day + timedelta(days=1), zone)
    except OverflowError as error:
        raise _refused(field, day, "lies outside the years that can be kept") from error


def deadline_of(due: date, calendar: Calendar | None, zone: str) -> datetime:
    """Return the UTC moment at which a due day is over.

    That is the calendar's cut-off in its zone, else 23:59:59 in ``zone`` (definitions.md section 4).

    Raises:
        BadRequestError: the day lies at the very edge of the years 1 to 9999.
    """
    from engine.catalog import calendars  # noqa: PLC0415 - days are read and lists filtered without content

    try:
        deadline = calendars.deadline_of(calendar, due, zone)
        deadline.astimezone(ZoneInfo(zone))  # every page shows it there
    except OverflowError as error:
        raise _refused("due_date", due, "lies outside the years that can be kept") from error
    return deadline


def due_of(deadline: datetime, calendar: Calendar | None, zone: str) -> date:
    """Return the day of a deadline, read in the calendar's zone, else in ``zone``."""
    try:
        return deadline.astimezone(ZoneInfo(calendar.timezone if calendar else zone)).date()
    except OverflowError as error:
        raise _refused("deadline", deadline, "lies outside the years that can be kept") from error


def calendar_of(tx: Transaction, task: Task) -> Calendar | None:
    """Return the working calendar that the task's bundle has pinned, if any."""
    if tx.wiring.calendar_of is None or task.bundle_id is None:
        return None
    calendar: Calendar | None = tx.wiring.calendar_of(tx, task)
    return calendar


def paired(
    due: date | None, deadline: datetime | None, calendar: Calendar | None, zone: str
) -> tuple[date | None, datetime | None]:
    """Return both dates where at most one was given; both given stay as they are."""
    if due is not None and deadline is None:
        return due, deadline_of(due, calendar, zone)
    if due is None and deadline is not None:
        return due_of(deadline, calendar, zone), deadline
    return due, deadline


def read_day(value: object, field: str) -> date:
    """Return a day given as ``YYYY-MM-DD`` or as a date.

    Raises:
        BadRequestError: it is no such day.
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if not _DAY.fullmatch(text):
        raise _refused(field, value, "is not a day; write it as YYYY-MM-DD, for example 2026-12-01")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _refused(field, value, "is not in the calendar") from error


def read_moment(value: object, field: str, zone: str) -> datetime:
    """Return a UTC moment given in ISO 8601; without an offset it is read in ``zone``.

    Moments are kept in milliseconds.

    Raises:
        BadRequestError: it is no such moment.
    """
    moment = value if isinstance(value, datetime) else None
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            moment = None
    if moment is None or (isinstance(value, str) and len(value.strip()) < len("2026-12-01T09:00")):
        raise _refused(
            field, value, "is not a moment; write it in ISO 8601, for example 2026-12-01T17:00:00+01:00"
        )
    try:
        local = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
        utc = local.astimezone(UTC)
        utc.astimezone(ZoneInfo(zone))  # every page shows it there
    except OverflowError as error:
        raise _refused(field, value, "lies outside the years that can be kept") from error
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def read_when(value: date | datetime | None, field: str, tx: Transaction) -> datetime | None:
    """Give the UTC moment of a day or a moment in the actor's zone; a day begins with its first minute.

    Today begins now, so that today is not past.

    Raises:
        BadRequestError: it lies outside the years that can be kept.
    """
    if value is None or isinstance(value, datetime):
        return None if value is None else read_moment(value, field, tx.timezone)
    start = start_of(value, tx.timezone, field)
    return max(start, tx.wall_clock) if value == tx.today else start


def _refused(field: str, value: object, what: str) -> BadRequestError:
    return bad_field(field, f"{str(value)!r} {what}")
