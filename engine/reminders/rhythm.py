"""Working time: the hours of working days that are not quiet, and how lengths of it are counted; pure.

Days begin and end where the team is: in the zone of its calendar. Lengths are counted in elapsed time within
them, so a night on which the clocks change makes nobody early or late by an hour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from engine.catalog.calendars import WEEKDAYS, Calendar, moment_of, start_of_day
from engine.catalog.reminder_rules import Span, WorkspaceReminders

#: Since when, and until when, the clock of a task stands still; an open end is None.
Pause = tuple[datetime, datetime | None]
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
#: As far as a working hour is looked for: no holiday list is as long.
_LONGEST_BREAK_DAYS = 3660


@dataclass(frozen=True)
class Rhythm:
    """When a team works, and when it is reminded."""

    calendar: Calendar
    zone: str
    #: When the working time of a day begins and ends; both None where no hours are quiet.
    begins: time | None
    ends: time | None
    #: When all reminders of a day come together; None: at once.
    digest: time | None

    @classmethod
    def of(cls, workspace: WorkspaceReminders, calendar: Calendar | None, zone: str) -> Rhythm:
        """Give that of a calendar, else of Monday to Friday in ``zone``, with the workspace's quiet hours."""
        quiet = workspace.quiet
        return cls(
            calendar=calendar or WEEKDAYS,
            zone=calendar.timezone if calendar else zone,
            begins=time.fromisoformat(quiet.end) if quiet else None,
            ends=time.fromisoformat(quiet.begin) if quiet else None,
            digest=time.fromisoformat(workspace.digest) if workspace.digest else None,
        )

    def __hash__(self) -> int:
        """Hash what tells rhythms apart cheaply; a calendar has hundreds of days."""
        return hash((self.calendar.key, self.zone, self.begins, self.ends, self.digest))

    @property
    def day_length(self) -> timedelta:
        """How long a working day is, by the clock on the wall."""
        if self.begins is None or self.ends is None:
            return _DAY
        minutes = (self.ends.hour - self.begins.hour) * 60 + self.ends.minute - self.begins.minute
        return timedelta(minutes=minutes)

    def day_of(self, moment: datetime) -> date:
        """Return the day of a moment where the team is."""
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def hours_of(self, day: date) -> tuple[datetime, datetime] | None:
        """Return when the working time of a day begins and ends, in UTC; None on a free day."""
        return _hours(self, day)

    def forward(self, moment: datetime) -> datetime:
        """Return the first moment from this on at which somebody may be reminded.

        Raises:
            ValueError: nobody works within ten years of it.
        """
        for begins, ends in self._working(moment):
            if moment < ends:
                return max(moment, begins)
        raise _no_time(self, moment)

    def together(self, moment: datetime) -> datetime:
        """Return the first time of the digest from a moment on; without a digest ``forward``."""
        first = self.forward(moment)
        if self.digest is None:
            return first
        for begins, _ in self._working(first):
            at = moment_of(self.day_of(begins), self.digest, self.zone)
            if at >= first:
                return at
        raise _no_time(self, moment)

    def after(self, start: datetime, span: Span, pauses: Sequence[Pause] = ()) -> datetime | None:
        """Return when a length of time has gone by since a moment, not counting the pauses.

        None where the clock stands still now, and has not come so far.

        Raises:
            ValueError: nobody works within ten years of it.
        """
        left = self._length(span)
        stretches = self._working(start) if span.unit.startswith("business") else _always(start)
        for begins, ends in stretches:
            for since, until in _without(max(begins, start), ends, pauses):
                if since + left <= until:
                    return since + left
                left -= until - since
            if pauses and pauses[-1][1] is None and pauses[-1][0] <= ends:
                return None
        raise _no_time(self, start)

    def before(self, deadline: datetime, due_date: date, span: Span) -> datetime:
        """Return when to remind of a deadline so long ahead, quiet hours and free days minded.

        A lead in days is the beginning of that day's work. What would come after the deadline comes when the
        work of the last working day before it begins.

        Raises:
            ValueError: nobody works within ten years of it.
        """
        at = self.together(self._lead(deadline, due_date, span))
        if at <= deadline:
            return at
        return next(begins for begins, _ in self._worked(deadline))

    def two_mornings_before(self, moment: datetime) -> datetime:
        """Return a moment so early that all before it is sent by ``moment``, whatever moves it forward."""
        mornings = self._worked(moment)
        next(mornings)
        return next(mornings)[0]

    def _lead(self, deadline: datetime, due_date: date, span: Span) -> datetime:
        if span.unit == "hours":
            return deadline - span.amount * _HOUR
        if span.unit == "business_hours":
            return self._back(deadline, span.amount * _HOUR)
        if span.unit == "days":
            day = due_date - span.amount * _DAY
        else:
            day = self.calendar.add_business_days(due_date, -span.amount)
        hours = self.hours_of(day)
        return hours[0] if hours else start_of_day(day, self.zone)

    def _back(self, moment: datetime, length: timedelta) -> datetime:
        """Return the moment from which on so much working time goes by until ``moment``."""
        for begins, ends in self._worked(moment):
            last = min(ends, moment)
            if last - begins >= length:
                return last - length
            length -= last - begins
        raise _no_time(self, moment)

    def _length(self, span: Span) -> timedelta:
        unit = {"business_days": self.day_length, "business_hours": _HOUR, "days": _DAY, "hours": _HOUR}
        return span.amount * unit[span.unit]

    def _working(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the working time of each day from that of a moment on."""
        day = self.day_of(moment)
        for number in range(_LONGEST_BREAK_DAYS):
            if (hours := self.hours_of(day + number * _DAY)) is not None:
                yield hours

    def _worked(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the working time of each day that begins before a moment, the last first."""
        day = self.day_of(moment)
        for number in range(_LONGEST_BREAK_DAYS):
            hours = self.hours_of(day - number * _DAY)
            if hours is not None and hours[0] < moment:
                yield hours
        raise _no_time(self, moment)


@lru_cache(4096)
def _hours(rhythm: Rhythm, day: date) -> tuple[datetime, datetime] | None:
    if not rhythm.calendar.is_working_day(day):
        return None
    if rhythm.begins is None or rhythm.ends is None:
        return start_of_day(day, rhythm.zone), start_of_day(day + _DAY, rhythm.zone)
    return moment_of(day, rhythm.begins, rhythm.zone), moment_of(day, rhythm.ends, rhythm.zone)


def _always(start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield days and nights."""
    for number in range(_LONGEST_BREAK_DAYS):
        yield start + number * _DAY, start + (number + 1) * _DAY


def _without(
    begins: datetime, ends: datetime, pauses: Sequence[Pause]
) -> Iterator[tuple[datetime, datetime]]:
    """Yield what is left of a stretch of time without the pauses, which stand in their order."""
    for since, until in pauses:
        if begins < min(since, ends):
            yield begins, min(since, ends)
        begins = max(begins, ends if until is None else until)
    if begins < ends:
        yield begins, ends


def _no_time(rhythm: Rhythm, moment: datetime) -> ValueError:
    return ValueError(
        f"calendar {rhythm.calendar.key} has no working time within ten years of {moment:%Y-%m-%d}"
    )
