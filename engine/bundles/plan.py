"""Works out what starting a template would make: dated, assigned tasks with warnings; pure.

The start form previews exactly what ``instantiate.create`` then stores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeAlias

from engine.bundles.request import NewBundle
from engine.bundles.warned import Warned
from engine.catalog import due
from engine.catalog.calendars import Calendar
from engine.catalog.counted import together
from engine.catalog.models import Assignee, DueRule, LinkDefinition, TaskDefinition, TaskTemplate
from engine.catalog.parameters import MAX_TITLE, evaluate_when, label_of, placeholders, render, validated
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import BadRequestError

__all__ = ["BundlePlan", "NewBundle", "PlannedTask", "plan", "title_of"]

#: Of who does a task, its due day and its calendar, what a person should know of that day.
DayWarnings: TypeAlias = Callable[[str | None, date | None, Calendar | None], tuple[str, ...]]


def no_warnings(*_: object) -> tuple[str, ...]:
    """Know of nobody's days."""
    return ()


FIRST_STAGE = "preparation"
MAX_DESCRIPTION = 5000


@dataclass(frozen=True, kw_only=True)
class PlannedTask:
    """One task as it will be made."""

    definition: TaskDefinition
    #: The order within the bundle, from 1.
    position: int
    title: str
    description: str | None
    due_date: date | None
    #: The UTC moment at which ``due_date`` is over.
    deadline: datetime | None
    #: The rule with which the dates are computed again.
    due_rule: DueRule | None
    assignee_id: str | None
    assignee_role: str | None
    #: Refs of those of its dependencies that are made too.
    depends_on: tuple[str, ...]
    #: What its texts are rendered with.
    parameters: Mapping[str, Any]
    #: What a person should know: a weekend, a past day, a wrong order, a rule that fell back to the anchor.
    warnings: tuple[str, ...] = ()

    @property
    def ref(self) -> str:
        """The definition's name within the template."""
        return self.definition.ref


@dataclass(frozen=True, kw_only=True)
class BundlePlan:
    """A bundle as it will be made."""

    title: str
    anchor_date: date
    stage: str
    links: tuple[LinkDefinition, ...]
    references: list[dict[str, Any]]
    #: The given parameters with the defaults of the others.
    parameters: dict[str, Any]
    tasks: tuple[PlannedTask, ...]
    #: Refs of tasks whose ``when`` does not hold.
    left_out: tuple[str, ...] = ()

    @property
    def warnings(self) -> list[Warned]:
        """What a person should know of its dates, by task: preview, command line and event say the same."""
        return [
            Warned(ref=task.ref, title=task.title, warnings=task.warnings)
            for task in self.tasks
            if task.warnings
        ]


@dataclass(frozen=True, kw_only=True)
class _Scene:
    """Everything that planning one task may look at."""

    resolved: ResolvedTemplate
    anchor: date
    bundle_start: datetime
    now: datetime
    zone: str
    parameters: Mapping[str, Any]
    people: Mapping[str, str]
    employees: Mapping[str, str]
    #: Refs of the tasks that there are.
    made: frozenset[str]
    #: The UTC moments at which tasks were completed or skipped, by ref.
    completed: Mapping[str, datetime] = field(default_factory=dict)
    days: DayWarnings = no_warnings

    def text(self, text: str | None) -> str | None:
        return render(text, self.parameters) if text else None


def plan(
    resolved: ResolvedTemplate,
    new: NewBundle,
    *,
    now: datetime,
    zone: str,
    people: Mapping[str, str],
    employees: Mapping[str, str],
    days: DayWarnings = no_warnings,
) -> BundlePlan:
    """Return the bundle that ``new`` asks for.

    ``now`` is a UTC moment, ``zone`` the workspace's. ``people`` is the campaign's person per assignee
    role, ``employees`` the active ones by key, as far as the template names them; both give employee ids
    (definitions.md section 3). ``days`` tells what
    to know of the days of who does a task.

    Raises:
        BadRequestError: a parameter, a date, a rendered title or a named employee cannot be right.
    """
    template = resolved.template
    values = validated(template.parameters, new.parameters)
    with together():
        made = [task for task in template.tasks if evaluate_when(template.parameters, task.when, values)]
    scene = _Scene(
        resolved=resolved,
        anchor=new.anchor_date,
        bundle_start=now,
        now=now,
        zone=zone,
        parameters=values,
        people=people,
        employees=employees,
        made=frozenset(task.ref for task in made),
        days=days,
    )
    tasks = [_planned(scene, task, position) for position, task in enumerate(made, start=1)]
    return BundlePlan(
        title=_short(new.title or title_of(template, values), "The bundle's title"),
        anchor_date=new.anchor_date,
        stage=(template.phases[0].stage if template.phases else None) or FIRST_STAGE,
        links=tuple(template.links),
        references=[{"name": entry.name, "url": scene.text(entry.url)} for entry in template.references],
        parameters=values,
        tasks=_with_order_warnings(tasks),
        left_out=tuple(task.ref for task in template.tasks if task.ref not in scene.made),
    )


def plan_another(
    resolved: ResolvedTemplate,
    ref: str,
    *,
    position: int,
    anchor: date,
    bundle_start: datetime,
    now: datetime,
    zone: str,
    parameters: Mapping[str, Any],
    people: Mapping[str, str],
    employees: Mapping[str, str],
    completed: Mapping[str, datetime | None],
    days: DayWarnings = no_warnings,
) -> PlannedTask:
    """Return one more task of a template whose bundle runs, by the rules of ``plan``.

    ``completed`` has the tasks of the bundle by ref, each with the UTC moment at which it was completed or
    skipped, or None; ``parameters`` are complete. Whether its ``when`` holds is not asked: somebody wants it.

    Raises:
        BadRequestError: the date, the rendered title or the named employee cannot be right.
    """
    scene = _Scene(
        resolved=resolved,
        anchor=anchor,
        bundle_start=bundle_start,
        now=now,
        zone=zone,
        parameters=parameters,
        people=people,
        employees=employees,
        made=frozenset(completed),
        completed={name: moment for name, moment in completed.items() if moment is not None},
        days=days,
    )
    return _planned(scene, resolved.template.task(ref), position)


def title_of(template: TaskTemplate, values: Mapping[str, Any]) -> str:
    """Return what a bundle is called that was given no title (D12).

    A pattern of which a parameter is empty is half a title, so then it is the template's name, too.
    """
    pattern = template.bundle_title
    if pattern is None or any(values.get(name) in (None, "") for name in placeholders(pattern)):
        return template.name
    return render(pattern, values)


def _planned(scene: _Scene, task: TaskDefinition, position: int) -> PlannedTask:
    rule = due.kept_rule(task.due_rule, scene.made)
    due_date, deadline = due.due_date(
        rule,
        anchor=scene.anchor,
        bundle_start=scene.bundle_start,
        parameters=scene.parameters,
        completed=scene.completed,
        calendar=scene.resolved.calendar,
        zone=scene.zone,
    )
    assignee_id, assignee_role = _assigned(scene, task)
    return PlannedTask(
        definition=task,
        position=position,
        title=_short(scene.text(task.title) or "", f"The title of task {task.ref}"),
        description=_short(
            scene.text(task.description), f"The description of task {task.ref}", MAX_DESCRIPTION
        ),
        due_date=due_date,
        deadline=deadline,
        due_rule=rule,
        assignee_id=assignee_id,
        assignee_role=assignee_role,
        depends_on=tuple(ref for ref in task.depends_on if ref in scene.made),
        parameters=scene.parameters,
        warnings=(
            *due.day_warnings(due_date, deadline, scene.resolved.calendar, scene.now),
            *scene.days(assignee_id, due_date, scene.resolved.calendar),
            *_rule_warnings(scene, task),
        ),
    )


def _assigned(scene: _Scene, task: TaskDefinition) -> tuple[str | None, str | None]:
    """Return (employee id, assignee role): the campaign's person for a role, else the role itself."""
    assignee: Assignee | None = task.assignee or scene.resolved.template.default_assignee
    if assignee is None or task.assigned_to_bot:
        return None, None
    if assignee.role is not None:
        return scene.people.get(assignee.role), assignee.role
    employee = scene.employees.get(assignee.employee or "")
    if employee is None:
        raise BadRequestError(
            f"Task {task.ref} of template {scene.resolved.key} is for the employee {assignee.employee}, "
            "who is not an active one. Load them with workbench reference load, or change the template."
        )
    return employee, None


def _short(text: Any, what: str, limit: int = MAX_TITLE) -> Any:
    if text is not None and len(text) > limit:
        raise BadRequestError(
            f"{what} has {len(text)} characters with these parameters; {limit} are allowed. Shorten them."
        )
    return text


def _rule_warnings(scene: _Scene, task: TaskDefinition) -> Iterator[str]:
    """Yield a warning where what the due date counts from is not there: a task, or a parameter's day (R4)."""
    rule, template = task.due, scene.resolved.template
    if rule is None:
        return
    if rule.after_task is not None and rule.after_task not in scene.made:
        yield due.fallen_back(scene.text(template.task(rule.after_task).title) or rule.after_task)
    if rule.parameter is not None and scene.parameters.get(rule.parameter) in (None, ""):
        yield due.undated(label_of(template.parameters, rule.parameter))


def _with_order_warnings(tasks: Sequence[PlannedTask]) -> tuple[PlannedTask, ...]:
    """Add a warning to each task that is due before one it waits for."""
    by_ref = {task.ref: task for task in tasks}
    deadlines = {task.ref: task.deadline for task in tasks}
    for ref, blocker in due.before_blockers(deadlines, {task.ref: task.depends_on for task in tasks}):
        task = by_ref[ref]
        warning = due.before_blocker(by_ref[blocker].title)
        by_ref[ref] = replace(task, warnings=(*task.warnings, warning))
    return tuple(by_ref.values())
