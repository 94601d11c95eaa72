"""Computes the due dates of a bundle's tasks again: after a completion, or for other days to count from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from engine.audit.models import Action
from engine.bundles import pins
from engine.bundles.models import Bundle
from engine.bundles.person_days import PersonDays
from engine.bundles.plan import title_of
from engine.bundles.refilled import Refill, refills
from engine.bundles.warned import Warned
from engine.catalog import due
from engine.catalog.calendars import Calendar
from engine.catalog.check_parameters import declared_parameters, rendered_texts
from engine.catalog.models import DueRule, TaskTemplate
from engine.catalog.parameters import evaluate_when, label_of, placeholders, render, validated
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import BadRequestError, bad_field, bad_fields
from engine.plurals import plural
from engine.tasks.models import Task
from engine.tasks.punctuality import keep_first_deadline
from engine.tasks.states import SATISFYING
from engine.transaction import Transaction

#: How a day is given that is none.
_EMPTY: tuple[object, ...] = (None, "")


@dataclass(frozen=True, kw_only=True)
class DateChange:
    """One task whose due date moves."""

    task_id: str
    task_number: int
    title: str
    #: Due days; None is no date.
    before: date | None
    after: date | None
    #: The new UTC moment at which ``after`` is over.
    deadline: datetime | None
    #: Completes "due then, because ...".
    why: str
    #: What a person should know of the new date, as the preview of a start says it.
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the change as JSON data."""
        return {
            "task_id": self.task_id,
            "task_number": self.task_number,
            "title": self.title,
            "before": self.before.isoformat() if self.before else None,
            "after": self.after.isoformat() if self.after else None,
        }


@dataclass(frozen=True, kw_only=True)
class DateKept:
    """One task whose due date stays."""

    task_id: str
    task_number: int
    title: str
    due_date: date | None
    #: Why it stays, in a few words.
    why: str
    #: What a person should know of it now.
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "task_id": self.task_id,
            "task_number": self.task_number,
            "title": self.title,
            "due_date": self.due_date.isoformat() if self.due_date else None,
            "why": self.why,
        }


@dataclass(frozen=True, kw_only=True)
class DateParameter:
    """A parameter of the bundle that due dates of its tasks count from."""

    name: str
    label: str
    #: Whether it is a moment in ISO 8601 and no day.
    is_moment: bool
    #: As it is kept; None where it is not given.
    before: str | None
    after: str | None
    #: What it is where it is not given; None where it is nothing then.
    default: str | None = None

    @property
    def moves(self) -> bool:
        """Whether it gets another value."""
        return self.before != self.after

    @property
    def words(self) -> str:
        """What moves, from what to what."""
        return f"{self.label} moved from {self.before or 'nothing'} to {self.after or 'nothing'}"


@dataclass(frozen=True, kw_only=True)
class Moves:
    """What moves in a bundle with its anchor date and its parameters, and what stays, in the tasks' order."""

    before: date
    anchor: date
    #: The bundle's parameters then: as complete as those of a start with these values.
    parameters: dict[str, Any]
    date_parameters: tuple[DateParameter, ...]
    changes: list[DateChange]
    kept: list[DateKept]
    #: The settings of automated tasks that name a parameter that moves.
    refills: tuple[Refill, ...]
    #: What counts in place of each day that was emptied and has a default.
    defaults: tuple[str, ...]
    #: What else does not follow: texts with the old day in them, conditions that hold otherwise now.
    left: tuple[str, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether nothing would be another than it is."""
        return self.anchor == self.before and not self.changes and not self.moved_parameters

    @property
    def moved_words(self) -> str:
        """How many due dates move, with their noun."""
        return plural(len(self.changes), "due date")

    @property
    def moved_parameters(self) -> list[DateParameter]:
        """The parameters that get another value."""
        return [parameter for parameter in self.date_parameters if parameter.moves]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of it beside the dates of tasks."""
        return (*self.defaults, *(refill.words for refill in self.refills), *self.left)

    @property
    def warnings(self) -> list[Warned]:
        """What a person should know of the dates as they are then, by task."""
        told: list[DateChange | DateKept] = [*self.changes, *self.kept]
        told.sort(key=lambda one: one.task_number)
        return [Warned(one.task_id, one.title, one.warnings) for one in told if one.warnings]


def moves_of(
    tx: Transaction,
    bundle: Bundle,
    anchor: date,
    given: Mapping[str, Any],
    tasks: list[Task],
    *,
    calendars: Mapping[str, Calendar],
) -> Moves:
    """Return what moves with another anchor date and other days among the parameters (BND-09, R3).

    Open tasks whose rule counts from the anchor, or from a parameter whose value changes, are dated as a
    start would date them; those changed by hand too. An empty value in ``given`` is as one that is not given
    at a start: its default, or none. ``calendars`` are those that there are now, which people may have.

    Raises:
        BadRequestError: a date cannot exist, or a parameter is none that these dates count from.
    """
    resolved = pins.resolved_of(tx, bundle)
    named = {rule.parameter for task in tasks if (rule := _rule(task)) and rule.parameter}
    parameters = _with_given(resolved.template, bundle, named, given)
    of_dates = tuple(
        DateParameter(
            name=name,
            label=label_of(resolved.template.parameters, name),
            is_moment=spec.get("format") == "date-time",
            before=bundle.parameters.get(name),
            after=parameters.get(name),
            default=spec.get("default"),
        )
        for name, spec in declared_parameters(resolved.template).items()
        if name in named
    )
    days = PersonDays(tx, [task.assignee_id for task in tasks], calendars)
    dated = _Dated(tx, bundle, resolved, anchor, parameters, of_dates, by_ref(tasks), days)
    entries = [dated.entry(task) for task in tasks]
    warned = list(_warned(tx, [entry for entry in entries if entry], tasks))
    return Moves(
        before=bundle.anchor_date,
        anchor=anchor,
        parameters=parameters,
        date_parameters=of_dates,
        changes=[entry for entry in warned if isinstance(entry, DateChange)],
        kept=[entry for entry in warned if isinstance(entry, DateKept)],
        refills=tuple(refills(tx, resolved, bundle.parameters, parameters, tasks)),
        defaults=tuple(
            f"{one.label} is empty: it is {one.default} again, its default."
            for one in of_dates
            if one.default and given.get(one.name, one) in _EMPTY
        ),
        left=tuple(_notes(resolved.template, bundle, parameters, of_dates, tasks)),
    )


def by_ref(tasks: Iterable[Task]) -> dict[str, Task]:
    """Return the tasks of a bundle by their names in the template; one that repeats another has none here."""
    return {task.template_task_ref: task for task in tasks if task.template_task_ref and not task.cloned_from}


def parameters_with(template: TaskTemplate, bundle: Bundle, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the bundle's parameters with those in ``given``, complete and checked as at a start.

    An empty value takes a parameter away.

    Raises:
        BadRequestError: a value cannot be right, or there is no such parameter.
    """
    values = {name: value for name, value in {**bundle.parameters, **given}.items() if value not in _EMPTY}
    try:
        return validated(template.parameters, values)
    except BadRequestError as error:
        faults = [(f"parameters.{detail.get('field')}", str(detail["message"])) for detail in error.details]
        raise bad_fields(faults, error.message) from error


def apply(tx: Transaction, changes: Iterable[DateChange]) -> None:
    """Write the new dates into the tasks, one event each."""
    for change in changes:
        task = tx.get(Task, change.task_id)
        task.due_date, task.deadline = change.after, change.deadline
        keep_first_deadline(task)
        tx.save(task)
        now = f"is due on {change.after}" if change.after else "has no due date"
        was = f" instead of {change.before}" if change.before else ""
        tx.record(Action.TASK_UPDATED, task, f"{task.name} {now}{was}, because {change.why}")


def started_by(tx: Transaction, bundle: Bundle, closed: Task) -> Iterator[DateChange]:
    """Yield the dates that count from the completion (or skipping) of ``closed`` and are not set yet."""
    if closed.template_task_ref is None or closed.cloned_from or closed.closed_at is None:
        return
    for task in tx.find(Task, bundle_id=bundle.bundle_id, due_date=None, is_open=1):
        rule = _rule(task)
        if rule is None or rule.after_task != closed.template_task_ref:
            continue
        day, deadline = due.due_date(
            rule,
            anchor=bundle.anchor_date,
            bundle_start=bundle.created_at,
            parameters=bundle.parameters,
            completed={closed.template_task_ref: closed.closed_at},
            calendar=pins.calendar_of(tx, closed),
            zone=tx.workspace_zone,
        )
        yield _change(task, day, deadline, f"{closed.name} was {closed.status}")


def _rule(task: Task) -> DueRule | None:
    return DueRule.model_validate(task.due_rule) if task.due_rule else None


def _change(task: Task, day: date | None, deadline: datetime | None, why: str) -> DateChange:
    return DateChange(
        task_id=task.task_id,
        task_number=task.task_number,
        title=task.title,
        before=task.due_date,
        after=day,
        deadline=deadline,
        why=why,
    )


def _with_given(
    template: TaskTemplate, bundle: Bundle, named: set[str], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the bundle's parameters with those in ``given``, among those that due dates count from."""
    for name in given:
        if name not in named:
            count = f"those that they count from: {', '.join(sorted(named))}" if named else "there is none"
            message = f"no due date of this bundle counts from {name}; {count}"
            raise bad_field(f"parameters.{name}", message, f"The dates cannot be moved: {message}.")
    return parameters_with(template, bundle, given) if given else dict(bundle.parameters)


@dataclass(frozen=True)
class _Dated:
    """Everything that dates the tasks of a bundle anew."""

    tx: Transaction
    bundle: Bundle
    resolved: ResolvedTemplate
    anchor: date
    parameters: Mapping[str, Any]
    of_dates: tuple[DateParameter, ...]
    by_ref: Mapping[str, Task]
    days: PersonDays

    def entry(self, task: Task) -> DateChange | DateKept | None:
        """Say that the task moves, or why it stays; nothing of one that never had a date."""
        rule = _rule(task)
        if rule is None or task.is_terminal:
            return self._kept(task, rule) if task.due_date else None
        if not self._counts_anew(rule):
            return self._kept(task, rule)
        day, deadline = self._date(rule, self.anchor, self.parameters)
        if (day, deadline) == (task.due_date, task.deadline):
            return self._kept(task, rule)
        calendar, now = self.resolved.calendar, self.tx.now
        change = _change(task, day, deadline, self._because(rule))
        personal = self.days.warnings(task.assignee_id, day, calendar)
        return replace(change, warnings=(*due.day_warnings(day, deadline, calendar, now), *personal))

    def _counts_anew(self, rule: DueRule) -> bool:
        return rule.counted_from == "anchor" or any(
            parameter.name == rule.parameter and parameter.moves for parameter in self.of_dates
        )

    def _because(self, rule: DueRule) -> str:
        parameter = self._parameter(rule)
        return parameter.words if parameter else f"the bundle moved to {self.anchor}"

    def _parameter(self, rule: DueRule) -> DateParameter | None:
        return next((one for one in self.of_dates if one.name == rule.parameter), None)

    def _date(self, rule: DueRule, anchor: date, parameters: Mapping[str, Any]) -> due.Due:
        return due.due_date(
            rule,
            anchor=anchor,
            bundle_start=self.bundle.created_at,
            parameters=parameters,
            completed={
                ref: task.closed_at
                for ref, task in self.by_ref.items()
                if ref and task.closed_at and task.status in SATISFYING
            },
            calendar=self.resolved.calendar,
            zone=self.tx.workspace_zone,
        )

    def _kept(self, task: Task, rule: DueRule | None) -> DateKept:
        who = None if task.is_terminal else task.assignee_id
        return DateKept(
            task_id=task.task_id,
            task_number=task.task_number,
            title=task.title,
            due_date=task.due_date,
            why=self._reason(task, rule),
            warnings=self.days.warnings(who, task.due_date, self.resolved.calendar),
        )

    def _reason(self, task: Task, rule: DueRule | None) -> str:
        """Say why a task keeps its date."""
        if task.is_terminal:
            return f"{task.status} already"
        if rule is None:
            return "set by hand"
        if rule.counted_from == "anchor":
            stays = self.anchor == self.bundle.anchor_date
            return "the anchor date stays" if stays else "falls on the same day again"
        parameter = self._parameter(rule)
        if parameter is not None and parameter.moves:
            return "falls on the same day again"
        if (task.due_date, task.deadline) != self._date(rule, self.anchor, self.parameters):
            return "set by hand"
        if parameter is not None:
            return f"counted from {parameter.label}, which {'stays' if parameter.after else 'is not given'}"
        if rule.after_task is None:
            return "counted from the start of the bundle"
        first = self.by_ref.get(rule.after_task)
        name = f"“{first.title if first else rule.after_task}”"
        return (
            f"counted from the completion of {name}" if task.due_date else f"dated once {name} is completed"
        )


def _warned(
    tx: Transaction, entries: list[DateChange | DateKept], tasks: Iterable[Task]
) -> Iterator[DateChange | DateKept]:
    """Add a warning to each open task that is then due before an open one that it waits for.

    One outside the bundle is but a number (DEP-07); where that is the early one, this one is due after it.
    """
    inside = {task.task_id: task for task in tasks if not task.is_terminal}
    moved = {entry.task_id: entry.deadline for entry in entries if isinstance(entry, DateChange)}
    outside = _outside(tx, inside) if moved else {}
    every = {**inside, **outside}
    deadlines = {task_id: task.deadline for task_id, task in every.items()} | moved
    waits = {task_id: task.depends_on for task_id, task in every.items()}
    told: dict[str, list[str]] = {}
    for early, blocker in due.before_blockers(deadlines, waits):
        if early in outside:
            told.setdefault(blocker, []).append(due.after_outside(outside[early].task_number))
        elif blocker in outside:
            told.setdefault(early, []).append(due.before_outside(outside[blocker].task_number))
        else:
            told.setdefault(early, []).append(due.before_blocker(inside[blocker].title))
    for entry in entries:
        yield replace(entry, warnings=(*entry.warnings, *told.get(entry.task_id, ())))


def _outside(tx: Transaction, inside: Mapping[str, Task]) -> dict[str, Task]:
    """Return the open tasks outside the bundle that these wait for, or that one of these is first to block.

    Whom else they block no index tells, and all tasks would have to be read.
    """
    waited_for = sorted({other for task in inside.values() for other in task.depends_on} - inside.keys())
    blocked = {"blocked_by": sorted(inside), "is_open": 1}
    found = tx.find_together((Task, {"task_id": waited_for}), (Task, blocked))
    return {
        task.task_id: task
        for task in (*found[0], *found[1])
        if task.task_id not in inside and not task.is_terminal
    }


def _notes(
    template: TaskTemplate,
    bundle: Bundle,
    after: Mapping[str, Any],
    of_dates: Iterable[DateParameter],
    tasks: Iterable[Task],
) -> Iterator[str]:
    """Yield what a start with these values would have made otherwise, beside dates: it stays as it is."""
    before = bundle.parameters
    moved = {parameter.name: parameter for parameter in of_dates if parameter.moves}
    has_given_title = bundle.title != title_of(template, before)
    titles = {task.template_task_ref: task.title for task in tasks if not task.is_terminal}
    told: dict[str, None] = {}
    for path, text in rendered_texts(template):
        for name in moved.keys() & set(placeholders(text)):
            made_with = f"the {moved[name].label} that they were made with"
            if path[0] == "bundle_title":
                if not has_given_title:
                    label = moved[name].label
                    told[f"The title of the bundle keeps the {label} that it was made with."] = None
            elif path[0] == "references":
                told[f"The addresses of the bundle keep {made_with}."] = None
            elif (title := titles.get(template.tasks[int(path[1])].ref)) is not None:
                told[f"The texts of “{title}” keep {made_with}."] = None
    yield from told
    for task in template.tasks:
        was, would = (evaluate_when(template.parameters, task.when, values) for values in (before, after))
        if was != would:
            made, title = "left out" if was else "made", render(task.title, before if was else after)
            yield f"With these values “{title}” would be {made}; it stays as it is."
