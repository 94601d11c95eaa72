"""When the work of a template would be due, and of what people would be reminded, on days that are hard (D3).

It plans with the functions of a start and of the reminders on plain data, and has no rule of its own; no
store is needed. What a start asks for and nobody gives is left out; a day is the anchor date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.bundles.plan import BundlePlan, PlannedTask, plan
from engine.bundles.request import NewBundle
from engine.catalog import due
from engine.catalog.calendars import DAY_NAMES, Calendar, moment_of, start_of_day
from engine.catalog.diff.effective import Work
from engine.catalog.due_words import due_words
from engine.catalog.models import TaskTemplate, Trigger
from engine.catalog.situations import samples
from engine.errors import BadRequestError
from engine.reminders.planner import Facts, Intended, intended, said_day
from engine.reminders.rules import Governing, RuleBook

_YEAR = timedelta(days=366)
#: Reminders are shown up to so long after the last deadline, and of one task so many.
_AFTERWARDS = timedelta(days=14)
_MOST_REMINDERS = 20
_FRIDAY, _EVENING, _MORNING = 4, time(18, 30), time(9)
#: How far leap days lie apart at most.
_LEAP_YEARS = 9


@dataclass(frozen=True)
class Occasion:
    """A day that everything turns on, and when the bundle is started."""

    name: str
    anchor: date
    #: A UTC moment; None is the morning of the first day on which something is due, or of the anchor date.
    starts_at: datetime | None = None


@dataclass(frozen=True)
class Fault:
    """A date that cannot be kept."""

    #: The task.
    ref: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One task as it would be made."""

    ref: str
    title: str
    due_date: date | None
    #: The UTC moment at which that is over.
    deadline: datetime | None
    #: How its date is counted, in words: for what has none at the start.
    rule: str
    reminders: Sequence[Intended]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """What a start would make on an occasion."""

    occasion: Occasion
    zone: str
    rows: Sequence[Row]
    faults: Sequence[Fault]


def occasions(calendar: Calendar | None, zone: str, today: date) -> list[Occasion]:
    """Return the next hard days from one on: a Friday evening, nights on which clocks change, and more."""
    zone = calendar.timezone if calendar else zone
    friday = today + timedelta(days=(_FRIDAY - today.weekday()) % 7)
    found = [Occasion("a Friday evening", friday, moment_of(friday, _EVENING, zone))]
    days = [today + timedelta(days=number) for number in range(_YEAR.days)]
    for day in days:
        before, after = (
            datetime.combine(one, time(12), ZoneInfo(zone)).utcoffset() or timedelta()
            for one in (day - timedelta(days=1), day)
        )
        if before != after:
            way = "forward" if after > before else "back"
            found.append(Occasion(f"the night on which clocks are set {way}", day))
    if (holiday := _holiday_of_week(calendar, days)) is not None:
        found.append(Occasion("a week with holidays", holiday))
    leap = next(
        (date(year, 2, 29) for year in range(today.year, today.year + _LEAP_YEARS) if _is_ahead(year, today)),
        None,
    )
    found += [Occasion("29 February", leap)] if leap else []
    found.append(Occasion("the last day of the year", date(today.year, 12, 31)))
    found.append(Occasion("the first day of the year", date(today.year + 1, 1, 1)))
    return found


def _is_ahead(year: int, today: date) -> bool:
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return is_leap and date(year, 2, 29) >= today


def _holiday_of_week(calendar: Calendar | None, days: Sequence[date]) -> date | None:
    """Return the first holiday of the week that has most of them on days of work."""
    if calendar is None:
        return None
    free = {date.fromisoformat(one.date) for one in calendar.holidays}
    taken = [day for day in days if day in free and DAY_NAMES[day.weekday()] in calendar.working_days]
    weeks: dict[tuple[int, int], list[date]] = {}
    for day in taken:
        weeks.setdefault(day.isocalendar()[:2], []).append(day)
    return max(weeks.values(), key=len)[0] if weeks else None


def schedule(
    work: Work,
    book: RuleBook,
    occasion: Occasion,
    zone: str,
    *,
    parameters: Mapping[str, Any] | None = None,
) -> Schedule:
    """Return what a start on an occasion would make; ``zone`` is the workspace's.

    Each task is in it once, also those that only some parameters make. ``faults`` are dates that cannot be:
    before the start, before what the task comes after, or in no year there is.

    Raises:
        BadRequestError: a parameter that was given is none, or cannot be right.
    """
    resolved = work.resolved
    given = parameters or {}
    starts_at = occasion.starts_at or _early_enough(work, occasion, zone, given)
    shown = resolved.calendar.timezone if resolved.calendar else zone
    rows: dict[str, Row] = {}
    faults: dict[Fault, None] = {}
    for values in samples(resolved.template):
        try:
            planned = _planned(work, occasion, {**values, **given}, starts_at, zone)
        except BadRequestError as error:
            faults |= dict.fromkeys(_unplannable(work, occasion, starts_at, zone, error))
            continue
        faults |= dict.fromkeys(
            _faults(planned, starts_at, resolved.template.trigger, occasion, given={*given}, zone=shown)
        )
        for task in planned.tasks:
            if task.ref not in rows:
                rows[task.ref] = _row(work, book, task, starts_at)
    order = [task.ref for task in resolved.template.tasks if task.ref in rows]
    return Schedule(occasion=occasion, zone=shown, rows=[rows[ref] for ref in order], faults=list(faults))


def _planned(
    work: Work, occasion: Occasion, given: Mapping[str, Any], starts_at: datetime, zone: str
) -> BundlePlan:
    template = work.resolved.template
    parameters = {**_days(template, occasion.anchor), **given}
    asked = template.model_copy(update={"parameters": _asked(template, parameters)})
    new = NewBundle(template=template.key, anchor_date=occasion.anchor, parameters=parameters)
    resolved = replace(work.resolved, template=asked)
    return plan(resolved, new, now=starts_at, zone=zone, people={}, employees=_whoever(template))


def _whoever(template: TaskTemplate) -> dict[str, str]:
    """Return everybody whom the template names: who is there is not asked."""
    assignees = [template.default_assignee, *(task.assignee for task in template.tasks)]
    return {one.employee: one.employee for one in assignees if one is not None and one.employee}


def _days(template: TaskTemplate, anchor: date) -> dict[str, str]:
    """Return the anchor date for each day that a date counts from and that has no default."""
    declared = _declared(template)
    dated = {rule.parameter for task in template.tasks if (rule := task.due_rule) and rule.parameter}
    return {
        name: _said(declared[name], anchor)
        for name in dated
        if name in declared and "default" not in declared[name]
    }


def _said(spec: Mapping[str, Any], day: date) -> str:
    return f"{day}T12:00:00Z" if spec.get("format") == "date-time" else str(day)


def _asked(template: TaskTemplate, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of parameters without what nobody gave: no date depends on it, but for defaults."""
    names = ("default", "title")
    return {
        "type": "object",
        "properties": {
            name: spec if name in given else {key: spec[key] for key in names if key in spec}
            for name, spec in _declared(template).items()
        },
    }


def _declared(template: TaskTemplate) -> dict[str, Any]:
    found: dict[str, Any] = (template.parameters or {}).get("properties", {})
    return found


def _early_enough(work: Work, occasion: Occasion, zone: str, given: Mapping[str, Any]) -> datetime:
    """Return when the bundle is started: as its trigger has it, else before anything is due.

    A schedule starts it so many days before the anchor date, and what is due before that is always late.
    """
    template = work.resolved.template
    calendar = work.resolved.calendar
    shown = calendar.timezone if calendar else zone
    trigger = template.trigger
    if trigger is not None and trigger.mode == "schedule":
        day = occasion.anchor - timedelta(days=trigger.lead_days)
        return moment_of(day, _MORNING, trigger.timezone or shown)
    noon = moment_of(occasion.anchor, _MORNING, shown)
    try:
        planned = _planned(work, occasion, given, noon, zone)
    except BadRequestError:
        return noon
    days = [task.due_date for task in planned.tasks if task.due_date and not _is_of_start(task)]
    return min(noon, start_of_day(min(days, default=occasion.anchor), shown))


def _is_of_start(task: PlannedTask) -> bool:
    return task.due_rule is not None and task.due_rule.counted_from == "bundle_start"


def _row(work: Work, book: RuleBook, task: PlannedTask, starts_at: datetime) -> Row:
    own = work.template.task(task.ref)
    governing = book.governing(work.resolved.calendar, own.reminders)
    return Row(
        ref=task.ref,
        title=task.definition.title,
        due_date=task.due_date,
        deadline=task.deadline,
        rule=due_words(task.due_rule, work.resolved.template),
        reminders=_reminders(task, governing, starts_at),
    )


def _reminders(task: PlannedTask, governing: Governing, starts_at: datetime) -> list[Intended]:
    needs_proof = any(one.required for one in task.definition.proof)
    facts = Facts(
        subject=task.ref,
        opened_at=starts_at,
        due_date=task.due_date,
        deadline=task.deadline,
        needs_proof=needs_proof,
    )
    until = (task.deadline or starts_at) + _AFTERWARDS
    found = intended(facts, governing.rules, governing.rhythm, starts_at - timedelta(seconds=1), until)
    return found[:_MOST_REMINDERS]


def _faults(
    planned: BundlePlan,
    starts_at: datetime,
    trigger: Trigger | None,
    occasion: Occasion,
    *,
    given: Set[str],
    zone: str,
) -> Iterator[Fault]:
    """Yield each date that nobody can keep; ``given`` are the parameters that somebody gave."""
    is_scheduled = trigger is not None and trigger.mode == "schedule"
    for task in planned.tasks:
        is_early = task.deadline is not None and task.deadline < starts_at
        if is_early and (_is_of_start(task) or (is_scheduled and occasion.starts_at is None)):
            yield Fault(
                task.ref,
                f"“{task.definition.title}” is due {_day(task)}, before the bundle is started: "
                f"{said_day(starts_at.astimezone(ZoneInfo(zone)).date())}.",
            )
    by_ref = {task.ref: task for task in planned.tasks}
    waits = {task.ref: task.depends_on for task in planned.tasks}
    for ref, blocker in due.before_blockers({ref: task.deadline for ref, task in by_ref.items()}, waits):
        early, late = by_ref[ref], by_ref[blocker]
        if {_parameter(early), _parameter(late)} - given - {None}:
            continue  # a day that nobody gave is in its order with nothing
        other = late.definition.title
        message = f"“{early.definition.title}” is due {_day(early)}, before “{other}”, which it comes after"
        yield Fault(ref, f"{message}: {_day(late)}.")


def _parameter(task: PlannedTask) -> str | None:
    return task.due_rule.parameter if task.due_rule else None


def _day(task: PlannedTask) -> str:
    return said_day(task.due_date) if task.due_date else "on no day"


def _unplannable(
    work: Work, occasion: Occasion, starts_at: datetime, zone: str, error: BadRequestError
) -> Iterable[Fault]:
    """Return which tasks have dates that no calendar has; else what the start refuses.

    Raises:
        BadRequestError: it is no date that a start would refuse.
    """
    resolved = work.resolved
    made = {task.ref for task in resolved.template.tasks}
    found = []
    for task in resolved.template.tasks:
        rule = due.kept_rule(task.due_rule, made)
        values = {rule.parameter: occasion.anchor.isoformat()} if rule and rule.parameter else {}
        try:
            due.due_date(
                rule, anchor=occasion.anchor, bundle_start=starts_at, parameters=values, completed={},
                calendar=resolved.calendar, zone=zone,
            )  # fmt: skip
        except BadRequestError as of_task:
            found.append(Fault(task.ref, of_task.message))
    if not found:
        raise error
    return found
