"""Computes when a task is due from its rule, and which task is due before one it waits for; pure.

The content check, the preview, a start and re-anchoring all ask here, so they say the same (R2, R4).

Days are read in the team's zone: the calendar's, else the workspace's. Hours are elapsed
hours, counted from a moment; counted from a day, they begin with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.catalog.calendars import WEEKDAYS, Calendar, deadline_of, start_of_day
from engine.catalog.models import DueRule
from engine.catalog.parts import DAY_PATTERN
from engine.errors import BadRequestError, bad_field

Due = tuple[date | None, datetime | None]
NEVER: Due = (None, None)


def due_date(
    rule: DueRule | None,
    *,
    anchor: date,
    bundle_start: datetime,
    parameters: Mapping[str, Any],
    completed: Mapping[str, datetime],
    calendar: Calendar | None,
    zone: str,
) -> Due:
    """Return the due day and its deadline (a UTC moment); both None while the rule has nothing to count from.

    ``bundle_start`` is the UTC moment of creation; ``completed`` holds the UTC moments at which tasks
    were completed or skipped, by ref; ``zone`` is the workspace's (definitions.md sections 3 and 4, OPQ-45).

    Raises:
        BadRequestError: the date cannot exist, or the parameter it counts from is no day.
    """
    if rule is None:
        return NEVER
    origin = _origin(rule, anchor, bundle_start, parameters, completed)
    if origin is None:
        return NEVER
    try:
        day, deadline = _counted(rule, origin, calendar, zone)
        deadline.astimezone(ZoneInfo(zone))  # every page shows it there, wherever the calendar is
    except (OverflowError, ValueError) as error:
        outside = "the date lies outside the years 1 to 9999"
        reason = outside if isinstance(error, OverflowError) else str(error)
        named = "" if rule.parameter is None else f"{rule.parameter}: "
        raise bad_field(
            "anchor_date" if rule.parameter is None else f"parameters.{rule.parameter}",
            f"{named}no due date can be counted from this day: {reason}; choose another",
            f"The due date {rule.offset} {rule.unit.replace('_', ' ')} from {rule.counted_from} "
            f"cannot be computed: {reason}. Choose another {rule.parameter or 'anchor date'}, or ask the "
            "template's owner.",
        ) from error
    return day, deadline


def day_warnings(
    day: date | None, deadline: datetime | None, calendar: Calendar | None, now: datetime
) -> tuple[str, ...]:
    """Say what a person should know of a due date: a day on which nobody works, or a past one."""
    if day is None:
        return ()
    warnings = []
    if not is_working_day(day, calendar):
        warnings.append(f"due on {free_day(day, calendar)}")
    if deadline is not None and deadline < now:
        warnings.append("due in the past")
    return tuple(warnings)


def free_day(day: date, calendar: Calendar | None) -> str:
    """Say what a day is on which nobody works: ``a holiday (Karfreitag)``, ``a Saturday``."""
    for holiday in calendar.holidays if calendar else []:
        if holiday.date == day.isoformat():
            return f"a holiday ({holiday.name})"
    return f"a {day:%A}" if day.weekday() >= 5 else f"a free {day:%A}"


def kept_rule(rule: DueRule | None, made: Collection[str]) -> DueRule | None:
    """Return the rule that a task is dated by, ``made`` being the refs of those that are made with it.

    Where the task to count from is not made, it counts from the anchor date (definitions.md section 3).
    """
    if rule is None or rule.after_task is None or rule.after_task in made:
        return rule
    return rule.model_copy(update={"counted_from": "anchor"})


def fallen_back(task: str) -> str:
    """Say that ``task``, which a due date counts from, is not made (R4)."""
    return f"due counted from the anchor date, because “{task}” is not made"


def undated(parameter: str) -> str:
    """Say that the day which a due date counts from is not given; ``parameter`` as people call it."""
    return f"no due date, because “{parameter}” is not given"


def before_blockers(
    deadlines: Mapping[str, datetime | None], waits: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str]]:
    """Yield each task that is due before one it waits for, with that one; names of tasks as in ``waits``."""
    for task, blocker in dated_blockers(deadlines.__getitem__, waits):
        if is_before(deadlines[task], deadlines[blocker]):
            yield task, blocker


def dated_blockers(
    is_dated: Callable[[str], object], waits: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str]]:
    """Yield each dated task with each dated one that it waits for, directly or by way of undated ones.

    That is enough to compare: further ones are due before those, or these are late themselves. What
    ``waits`` does not know as a task, or twice on the way, is passed over.
    """
    for task in waits:
        if not is_dated(task):
            continue
        seen, pending = {task}, list(waits[task])
        while pending:
            before = pending.pop(0)
            if before in seen or before not in waits:
                continue
            seen.add(before)
            if is_dated(before):
                yield task, before
            else:
                pending.extend(waits[before])


def is_before(deadline: datetime | None, blocker: datetime | None) -> bool:
    """Whether a task is due before its blocker; without both dates it is not."""
    return deadline is not None and blocker is not None and deadline < blocker


def before_blocker(blocker: str) -> str:
    """Say that a task is due before the task ``blocker``, which it waits for."""
    return f"due before “{blocker}”, which it comes after"


def before_outside(number: int) -> str:
    """Say that a task is due before one outside of its bundle, which it waits for."""
    return f"due before #{number}, a task outside of the bundle that it depends on"


def after_outside(number: int) -> str:
    """Say that a task is due after one outside of its bundle, which waits for it."""
    return f"due after #{number}, a task outside of the bundle that depends on it"


def day_of(moment: datetime, calendar: Calendar | None, zone: str) -> date:
    """Return the calendar day of a moment where the team works."""
    return moment.astimezone(ZoneInfo(calendar.timezone if calendar else zone)).date()


def is_working_day(day: date, calendar: Calendar | None) -> bool:
    """Whether the team works on ``day``; without a calendar from Monday to Friday."""
    return (calendar or WEEKDAYS).is_working_day(day)


def _origin(
    rule: DueRule,
    anchor: date,
    bundle_start: datetime,
    parameters: Mapping[str, Any],
    completed: Mapping[str, datetime],
) -> date | datetime | None:
    """Find what the rule counts from: a day, a moment, or None while that is not known."""
    if rule.after_task is not None:
        return completed.get(rule.after_task)
    if rule.parameter is not None:
        return _day_parameter(rule.parameter, parameters.get(rule.parameter))
    return bundle_start if rule.counted_from == "bundle_start" else anchor


def _day_parameter(name: str, value: object) -> date | datetime | None:
    """Return the day (or the moment, if it has a time and a zone) that a parameter holds."""
    if value in (None, ""):
        return None
    try:
        if re.fullmatch(DAY_PATTERN, str(value)):
            return date.fromisoformat(str(value))
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise _no_day(name, value) from error
    if moment.tzinfo is None:
        raise _no_day(name, value)
    return moment.astimezone(UTC)


def _no_day(name: str, value: object) -> BadRequestError:
    wanted = "a day, such as 2026-12-01, or a moment with its zone, such as 2026-12-01T17:00+01:00"
    return bad_field(
        f"parameters.{name}",
        f"{name}: {value!r} is no day; write {wanted}",
        f"The parameter {name} is {value!r}, and due dates count from it. Give {wanted}.",
    )


def _counted(
    rule: DueRule, origin: date | datetime, calendar: Calendar | None, zone: str
) -> tuple[date, datetime]:
    if rule.unit == "hours":
        deadline = _as_moment(origin, calendar, zone) + timedelta(hours=rule.offset)
        return day_of(deadline, calendar, zone), deadline
    day = day_of(origin, calendar, zone) if isinstance(origin, datetime) else origin
    if rule.unit == "business_days":
        day = (calendar or WEEKDAYS).add_business_days(day, rule.offset)
    else:
        day += timedelta(days=rule.offset)
    return day, deadline_of(calendar, day, zone)


def _as_moment(origin: date | datetime, calendar: Calendar | None, zone: str) -> datetime:
    if isinstance(origin, datetime):
        return origin
    return start_of_day(origin, calendar.timezone if calendar else zone)
