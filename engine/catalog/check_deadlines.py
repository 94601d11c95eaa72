"""Tasks that are due before what they wait for: deadlines as a start computes them, over sample days (R2).

Due dates that count from the same day or moment are compared, over sample days and over what conditions may
leave out (R4). Those that count from different ones are known at a start alone, which warns of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from engine.catalog import due
from engine.catalog.calendars import Calendar, start_of_day
from engine.catalog.check_dates import find_cycle
from engine.catalog.check_parameters import declared_parameters
from engine.catalog.findings import Finding
from engine.catalog.models import DueRule, TaskTemplate
from engine.catalog.problems import ProblemCode
from engine.catalog.situations import made_sets
from engine.errors import BadRequestError

#: Where a template names no calendar, days are those of the workspace, which content does not know: without
#: and with changes of clocks, in the small hours and at midnight, north and south.
_ZONES = ("UTC", "Europe/Berlin", "America/Santiago")
#: The days looked at where a calendar has no holidays: a year with every date there is.
_YEAR = (date(2028, 1, 1), date(2028, 12, 31))
#: How far before the first holiday and after the last one days are looked at.
_MARGIN = timedelta(days=366)
_MOST_DAYS, _FEWEST_DAYS = 1500, 60
#: How many deadlines may be computed for a template; counting business days costs more, one by one.
_DEADLINES = 60_000
_BUSINESS_DAYS_PER_DEADLINE = 50

#: A day, or a UTC moment, that due dates count from.
Origin: TypeAlias = date | datetime
#: A task's rule and that of one it waits for.
_Rules: TypeAlias = tuple[DueRule, DueRule]


@dataclass(frozen=True)
class _Case:
    """A task and one that it waits for, counted from the same, where some other tasks are left out."""

    rules: _Rules
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class _Early:
    """A sample on which a task is due before its blocker."""

    origin: Origin
    zone: str
    #: The task's and its blocker's.
    deadlines: tuple[datetime | None, datetime | None]
    #: On all samples, that is.
    always: bool


def deadline_findings(template: TaskTemplate, calendar: Calendar | None) -> Iterator[Finding]:
    """Yield each task that is due before one it waits for: an error where it always is, else a warning."""
    if find_cycle({task.ref: task.depends_on for task in template.tasks}):
        return
    sets = made_sets(template)
    cases = _cases(template, sets)
    comparison = _Comparison(template, calendar, [case.rules for found in cases.values() for case in found])
    places = {task.ref: number for number, task in enumerate(template.tasks)}
    for (ref, before), found in cases.items():
        early = [(case, one) for case in found if (one := comparison.early(case.rules)) is not None]
        if not early:
            continue
        times_made = sum(1 for made in sets if ref in made and before in made)
        is_always = len(early) == times_made and all(one.always for _, one in early)
        code = ProblemCode.DUE_CONTRADICTION if is_always else ProblemCode.DUE_SOMETIMES_EARLY
        field = "due" if template.task(ref).due else "offset_days"
        message = _message(template, (ref, before), *early[0], is_always=is_always)
        yield Finding(code, ("tasks", places[ref], field), message, f"Move {ref} later or {before} earlier.")


def _cases(template: TaskTemplate, sets: Sequence[frozenset[str]]) -> dict[tuple[str, str], list[_Case]]:
    """Return what is to be compared: (task, blocker) -> how both are dated in each set of tasks made."""
    found: dict[tuple[str, str], list[_Case]] = defaultdict(list)
    for made in sets:
        tasks = [task for task in template.tasks if task.ref in made]
        rules = {task.ref: rule for task in tasks if (rule := due.kept_rule(task.due_rule, made))}
        waits = {task.ref: task.depends_on for task in tasks}
        left_out = tuple(task.ref for task in template.tasks if task.ref not in made)
        for basis in dict.fromkeys(rule.counted_from for rule in rules.values()):
            dated = {ref: rule for ref, rule in rules.items() if rule.counted_from == basis}
            for ref, before in due.dated_blockers(dated.get, waits):
                found[ref, before].append(_Case((dated[ref], dated[before]), left_out))
    return found


class _Comparison:
    """Computes deadlines over sample days, each rule once, and compares them."""

    def __init__(self, template: TaskTemplate, calendar: Calendar | None, rules: Sequence[_Rules]) -> None:
        self._calendar = calendar
        self._zones = (calendar.timezone,) if calendar else _ZONES
        declared = declared_parameters(template).items()
        self._days_alone = {"anchor", *(f"parameter:{name}" for name, spec in declared if _is_day(spec))}
        compared = {_key(rule): rule for pair in rules if not _is_in_order(pair) for rule in pair}
        self._days = _sample_days(calendar, list(compared.values()), len(self._zones))
        self._deadlines: dict[tuple[int, str, str], list[datetime | None]] = {}
        self._found: dict[tuple[object, object], _Early | None] = {}

    def early(self, rules: _Rules) -> _Early | None:
        """Return the first sample on which the task is due before its blocker; None where it never is."""
        key = (_key(rules[0]), _key(rules[1]))
        if key not in self._found:
            self._found[key] = None if _is_in_order(rules) else self._compared(rules)
        return self._found[key]

    def _compared(self, rules: _Rules) -> _Early | None:
        ours, theirs = (self._deadlines_of(rule) for rule in rules)
        early = [due.is_before(one, other) for one, other in zip(ours, theirs, strict=True)]
        if not any(early):
            return None
        first = early.index(True)
        origin, zone = self._samples(rules[0])[first]
        return _Early(origin, zone, (ours[first], theirs[first]), all(early))

    def _deadlines_of(self, rule: DueRule) -> list[datetime | None]:
        key = _key(rule)
        if key not in self._deadlines:
            samples = self._samples(rule)
            try:
                self._deadlines[key] = [self._deadline(rule, *sample) for sample in samples]
            except BadRequestError:  # no working day in reach: a start refuses it in its own words
                self._deadlines[key] = [None] * len(samples)
        return self._deadlines[key]

    def _deadline(self, rule: DueRule, origin: Origin, zone: str) -> datetime | None:
        moment = origin if isinstance(origin, datetime) else datetime.combine(origin, time(), UTC)
        return due.due_date(
            rule,
            anchor=origin,
            bundle_start=moment,
            parameters={rule.parameter: origin.isoformat()} if rule.parameter else {},
            completed={rule.after_task: moment} if rule.after_task else {},
            calendar=self._calendar,
            zone=zone,
        )[1]

    def _samples(self, rule: DueRule) -> list[tuple[Origin, str]]:
        """Return what the rule may count from: days, or else the first and the last moment of each."""
        if rule.counted_from in self._days_alone:
            return [(day, zone) for zone in self._zones for day in self._days]
        return [
            (moment, zone)
            for zone in self._zones
            for day in self._days
            for moment in (start_of_day(day, zone), _last_moment(day, zone))
        ]


def _is_day(spec: object) -> bool:
    return isinstance(spec, dict) and spec.get("format") == "date"


def _last_moment(day: date, zone: str) -> datetime:
    """Return the last moment of a day; moments are kept in milliseconds."""
    return start_of_day(day + timedelta(days=1), zone) - timedelta(milliseconds=1)


def _key(rule: DueRule) -> tuple[int, str, str]:
    return rule.offset, rule.unit, rule.counted_from


def _is_in_order(rules: _Rules) -> bool:
    """Whether it is plain that the task is not due first, so that nothing need be computed.

    More of the same unit is never earlier, and as many business days never nearer than days.
    """
    rule, blocker = rules
    if rule.offset < blocker.offset:
        return False
    units = (rule.unit, blocker.unit)
    return (
        rule.unit == blocker.unit
        or (units == ("business_days", "days") and rule.offset >= 0)
        or (units == ("days", "business_days") and blocker.offset < 0)
    )


def _sample_days(calendar: Calendar | None, rules: Sequence[DueRule], zones: int) -> list[date]:
    """Return the days to compare on: all around its holidays, fewer where rules are many or far."""
    holidays = sorted(date.fromisoformat(holiday.date) for holiday in calendar.holidays) if calendar else []
    first, last = (holidays[0] - _MARGIN, holidays[-1] + _MARGIN) if holidays else _YEAR
    if first < _YEAR[0] and _YEAR[1] < last and (last - first).days > _MOST_DAYS:
        last = _YEAR[1]  # of decades of public holidays those near the present
    days = [
        date.fromordinal(day) for day in range(max(first, _earliest(last)).toordinal(), last.toordinal() + 1)
    ]
    seen = sum(days[0] <= day <= days[-1] for day in holidays)
    steps = sum(abs(rule.offset) + seen for rule in rules if rule.unit == "business_days")
    work = 2 * zones * (len(rules) + steps // _BUSINESS_DAYS_PER_DEADLINE)
    wanted = max(_FEWEST_DAYS, min(len(days), _DEADLINES // max(1, work)))
    stride = -(-len(days) // wanted)
    return days[:: stride + (stride % 7 == 0)]


def _earliest(last: date) -> date:
    return last - timedelta(days=_MOST_DAYS)


def _message(
    template: TaskTemplate, names: tuple[str, str], case: _Case, early: _Early, *, is_always: bool
) -> str:
    """Name the task, its blocker, an example, both deadlines, and what is not made there (R2, R4)."""
    ref, before = names
    zone = ZoneInfo(early.zone)
    ours, theirs = (f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" for moment in early.deadlines if moment)
    said = (
        f"{ref} is {'always' if is_always else 'sometimes'} {due.before_blocker(before)}: "
        f"{_origin_words(case.rules[0], early)} it is due {ours}, {before} {theirs} ({early.zone})."
    )
    fallen = [(name, _not_made(template, name, case)) for name in names]
    notes = [f"{name} is {due.fallen_back(after)}." for name, after in fallen if after]
    if case.left_out and not notes:
        notes = [f"That is so where {', '.join(case.left_out)} is not made."]
    return " ".join([said, *notes])


def _not_made(template: TaskTemplate, ref: str, case: _Case) -> str | None:
    """Return the task that the due date of ``ref`` counts from, where that is not made."""
    rule = template.task(ref).due
    return rule.after_task if rule and rule.after_task in case.left_out else None


def _origin_words(rule: DueRule, early: _Early) -> str:
    """Say what the example counts from."""
    if not isinstance(early.origin, datetime):
        when = f"{early.origin:%a %Y-%m-%d}"
    else:
        when = f"{early.origin.astimezone(ZoneInfo(early.zone)):%a %Y-%m-%d at %H:%M}"
    if rule.parameter is not None:
        return f"with {rule.parameter} {when}"
    if rule.after_task is not None:
        return f"with {rule.after_task} completed on {when}"
    return f"{'anchored' if rule.counted_from == 'anchor' else 'started'} on {when}"
