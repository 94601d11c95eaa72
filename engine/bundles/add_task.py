"""Adds a task to a running bundle: a free one, or another of its pinned template (a second guest).

``plan`` and ``parts`` make it as a start would; this module knows only what is otherwise while a bundle runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from engine import idempotency
from engine.bundles import dates, pins, service, subjects
from engine.bundles.inputs import AddTask
from engine.bundles.models import Bundle
from engine.bundles.parts import parts_of
from engine.bundles.person_days import PersonDays
from engine.bundles.plan import PlannedTask, plan_another
from engine.bundles.visibility import BundleChange, get_changeable
from engine.bundles.warned import Warned, look_at
from engine.catalog import due
from engine.catalog.calendars import Calendar
from engine.catalog.check_parameters import rendered_texts
from engine.catalog.models import TaskTemplate
from engine.catalog.parameters import placeholders
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import bad_field
from engine.reference.models import Campaign
from engine.tasks import create, dependencies, quick
from engine.tasks.create import Place, add_parts, take_identities
from engine.tasks.models import SourceType, Task, TaskStatus
from engine.tasks.quick_add import Understood
from engine.tasks.read_models import in_order
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content


@dataclass(frozen=True, kw_only=True)
class Another:
    """One more task of a template, as it would be made."""

    planned: PlannedTask
    #: The task that it repeats; None where the bundle has none of it.
    sibling: Task | None
    #: Those that it comes after, in the template's order.
    after: Sequence[Task]

    @property
    def notes(self) -> tuple[str, ...]:
        """What it does not take over from the one that it repeats."""
        definition = self.planned.definition
        if self.sibling is None:
            return ()
        it = f"#{self.sibling.task_number}"
        link, stage = definition.fills_link, definition.stage_on_complete
        return (
            *([f"The link “{link}” is filled by {it} alone."] if link else []),
            *([f"Only {it} moves the bundle to the stage {stage.replace('_', ' ')}."] if stage else []),
        )


@dataclass(frozen=True, kw_only=True)
class Added:
    """A task that was added to a bundle, or would be."""

    bundle: Bundle
    #: None where it was only to be said.
    task: Task | None
    #: What its line says; None for a task of the template.
    understood: Understood | None = None
    #: What would be made; None for a free task.
    another: Another | None = None

    @property
    def warnings(self) -> list[Warned]:
        """What a person should know of its date."""
        planned = self.another.planned if self.another else None
        return [Warned(planned.ref, planned.title, planned.warnings)] if planned and planned.warnings else []

    @property
    def remarks(self) -> str:
        """What is said after it was made: what it does not take over, and what to know of its date."""
        return " ".join(self.another.notes if self.another else ()) + look_at(self.warnings)

    @property
    def message(self) -> str:
        """What is said about it."""
        would = f"“{self.another.planned.title}” would be made" if self.another else "Understood"
        made = f"Made {self.task.name}." if self.task else f"{would}; nothing is made."
        return f"{made} {self.remarks.strip()}".strip()


def add(tx: Transaction, content: Content, request: AddTask) -> Added:
    """Add a task to a running bundle, which is completed only once this one is closed too.

    Raises:
        NotFoundError: no such bundle or task to come after, or not the actor's to see.
        ForbiddenError: the actor has no task to work in this bundle.
        ConflictError: the bundle is closed.
        BadRequestError: neither a line nor a ref is given, or both, or something in it cannot be right.
        IdempotencyKeyReusedError: the key was used for another request.
    """
    bundle = get_changeable(tx, request.bundle_id, BundleChange.ADD_TASK, request.revision)
    _check(request)
    made: list[Added] = []

    def make() -> Task:
        service.require_active(bundle, "add tasks to it")
        made.append((_free if request.line else _of_template)(tx, content, bundle, request))
        return cast(Task, made[0].task)

    if request.dry_run:
        make()
        return made[0]
    body = request.model_dump(mode="json", exclude={"idempotency_key"})
    task = idempotency.once(
        tx, Task, key=request.idempotency_key, action="bundle_add_task", body=body, make=make
    )
    return made[0] if made else Added(bundle=bundle, task=task)


def plan(
    tx: Transaction,
    bundle: Bundle,
    ref: str,
    given: Mapping[str, Any],
    title: str | None = None,
    *,
    calendars: Mapping[str, Calendar],
) -> Another:
    """Plan another task of the bundle's template; ``given`` are parameters that are others for this one.

    ``calendars`` are those that there are now, which people may have.

    It stands after the one that it repeats, is due by the same rule, and comes after the same tasks. What was
    cancelled counts as not made. Where its date counts from a parameter with another value, the rule is
    dropped: no move of the bundle's own day may move it.

    Raises:
        BadRequestError: no such task, or a parameter or the date cannot be right.
    """
    resolved = pins.resolved_of(tx, bundle)
    known = [task.ref for task in resolved.template.tasks]
    if ref not in known:
        raise bad_field("ref", f"the template has no task {ref!r}; use one of: {', '.join(known)}")
    parameters = dates.parameters_with(resolved.template, bundle, given)
    tasks = sorted(tx.find(Task, bundle_id=bundle.bundle_id), key=in_order)
    there = dates.by_ref(task for task in tasks if task.status is not TaskStatus.CANCELLED)
    people, employees = _people(tx, bundle), subjects.named_employees(tx, resolved.template)
    planned = plan_another(
        resolved,
        ref,
        position=_position(resolved, ref, tasks),
        anchor=bundle.anchor_date,
        bundle_start=bundle.created_at,
        now=tx.now,
        zone=tx.workspace_zone,
        parameters=parameters,
        people=people,
        employees=employees,
        days=PersonDays(tx, [*people.values(), *employees.values()], calendars).warnings,
        completed={name: _done_at(task) for name, task in there.items()},
    )
    rule = planned.due_rule
    if rule and rule.parameter and parameters.get(rule.parameter) != bundle.parameters.get(rule.parameter):
        planned = replace(planned, due_rule=None)
    after = [there[name] for name in planned.depends_on]
    early = tuple(
        due.before_blocker(blocker.title)
        for blocker in after
        if not blocker.is_terminal and due.is_before(planned.deadline, blocker.deadline)
    )
    planned = replace(planned, title=title or planned.title, warnings=(*planned.warnings, *early))
    return Another(planned=planned, sibling=there.get(ref), after=after)


def parameters_of(template: TaskTemplate, ref: str) -> dict[str, Any]:
    """Return the JSON Schema of the parameters that make a task what it is: its texts, or its date."""
    task = template.task(ref)
    place = template.tasks.index(task)
    named = {
        name
        for path, text in rendered_texts(template)
        if path[:2] == ("tasks", place)
        for name in placeholders(text)
    }
    named |= {task.due_rule.parameter} if task.due_rule and task.due_rule.parameter else set()
    schema = template.parameters or {}
    declared = {name: spec for name, spec in schema.get("properties", {}).items() if name in named}
    return {
        **schema,
        "properties": declared,
        "required": [name for name in schema.get("required", ()) if name in declared],
    }


def _check(request: AddTask) -> None:
    if bool(request.line) == bool(request.ref):
        raise bad_field("line", "give either a line, or the name of a task of the template")
    of_template = {"title": request.title, "parameters": request.parameters}
    free = {**request.filled_in, "phase": request.phase, "mine": request.mine}
    for name, value in (of_template if request.line else free).items():
        if value:
            goes = "a task of the template" if request.line else "a line"
            raise bad_field(
                name, f"goes with {goes}; leave it out, and change it on the task once it is made"
            )


def _free(tx: Transaction, content: Content, bundle: Bundle, request: AddTask) -> Added:
    resolved = pins.resolved_of(tx, bundle)
    phases = [phase.key for phase in resolved.template.phases]
    if request.phase and request.phase not in phases:
        known = f"use one of: {', '.join(phases)}" if phases else "it has none"
        raise bad_field("phase", f"the template has no phase {request.phase!r}; {known}")
    understood = quick.understand(tx, request.line or "")
    new = quick.requested(tx, content, understood, request)
    if request.dry_run:
        return Added(bundle=bundle, task=None, understood=understood)
    tasks = tx.find(Task, bundle_id=bundle.bundle_id)
    place = Place(
        bundle_id=bundle.bundle_id,
        phase=request.phase,
        position=max((task.position for task in tasks), default=0) + 1,
        partner_id=bundle.partner_id,
        campaign_id=bundle.campaign_id,
    )
    task = create.make(tx, content, new, place, calendar=resolved.calendar, within=f" in {bundle.title}")
    return Added(bundle=bundle, task=task, understood=understood)


def _of_template(tx: Transaction, content: Content, bundle: Bundle, request: AddTask) -> Added:
    another = plan(
        tx, bundle, request.ref or "", request.parameters, request.title, calendars=content.calendars
    )
    if request.dry_run:
        return Added(bundle=bundle, task=None, another=another)
    made = parts_of(
        tx,
        bundle,
        pins.resolved_of(tx, bundle),
        another.planned,
        take_identities(tx)[0],
        owner_id=tx.actor.user_id,
    )
    task, sibling = made.task, another.sibling
    task.depends_on = [blocker.task_id for blocker in another.after]
    task.blocked_by = dependencies.first_open(tx, task)
    summary = f"Made {task.name} in {bundle.title}"
    if sibling is not None:
        # What happens once in a run stays with the first: its link, its stage, what counts from its end.
        task.source_type, task.cloned_from = SourceType.CLONE, sibling.task_id
        task.fills_link = task.stage_on_complete = None
        summary += f" as another #{sibling.task_number}"
    add_parts(tx, task, made.steps, made.proofs, made.deliverables, summary=summary)
    return Added(bundle=bundle, task=task, another=another)


def _position(resolved: ResolvedTemplate, ref: str, tasks: Sequence[Task]) -> int:
    """Return the place of the last task that stands before it in the template, or is the same one.

    Of several at one place the older one comes first.
    """
    refs = [task.ref for task in resolved.template.tasks]
    before = set(refs[: refs.index(ref) + 1])
    return max((task.position for task in tasks if task.template_task_ref in before), default=1)


def _people(tx: Transaction, bundle: Bundle) -> dict[str, str]:
    campaign = tx.find_by_key(Campaign, bundle.campaign_id) if bundle.campaign_id else None
    return subjects.people_of(tx, campaign) if campaign else {}


def _done_at(task: Task) -> datetime | None:
    return task.closed_at if task.satisfies_dependents else None
