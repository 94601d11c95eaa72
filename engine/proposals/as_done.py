"""A task as it was done, as a task definition: what differs from its template, or all of it; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from engine.catalog import due
from engine.catalog.calendars import WEEKDAYS, Calendar
from engine.catalog.models import DueRule, TaskDefinition, TaskTemplate
from engine.catalog.parameters import render
from engine.catalog.parts import ContentModel
from engine.deliverables.models import Deliverable
from engine.errors import BadRequestError
from engine.proposals.changing import Data
from engine.proposals.naming import name_for
from engine.proposals.taken_out import TakenOut
from engine.tasks.models import ItemSource, Proof, Step, Task
from engine.tasks.vocabulary import CHANGE_ASKED_FOR

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class DoneTask:
    """A task with what belongs to it, in its order."""

    task: Task
    steps: Sequence[Step] = ()
    proofs: Sequence[Proof] = ()
    deliverables: Sequence[Deliverable] = ()


@dataclass(frozen=True, kw_only=True)
class Around:
    """What a task is read with."""

    #: Takes out of a text what is of one client or one run.
    say: TakenOut
    #: The day that its bundle counts from; None where it has no bundle.
    anchor: date | None = None
    #: When that was started.
    started_at: datetime = _NEVER
    calendar: Calendar | None = None
    #: The zone of the workspace.
    zone: str = "UTC"
    #: The template of its bundle, and what the bundle was started with.
    template: TaskTemplate | None = None
    parameters: Mapping[str, Any] | None = None
    #: Which role an employee does, by their id and by their key.
    roles: Mapping[str, str] | None = None
    #: The refs of tasks, by their ids; those of no ref are in nobody's order.
    refs: Mapping[str, str] | None = None
    #: When those that are done were completed or skipped, by ref.
    closed: Mapping[str, datetime] | None = None


def differences(done: DoneTask, around: Around, base: TaskDefinition | None) -> Data:
    """Return what the task has otherwise than its definition, in the fields of that; None takes a field away.

    Lists are whole. Without a definition it is all that the task has.
    """
    task, values = done.task, around.parameters or {}
    said = {
        "title": (task.title, render(base.title, values) if base else None),
        "description": (task.description or "", render(base.description, values) if base else ""),
    }
    found: Data = {name: around.say(now) for name, (now, then) in said.items() if now != (then or "")}
    for name, usual in (("priority", "medium"), ("urgency", "normal"), ("planned_minutes", None)):
        if (now := getattr(task, name)) != (getattr(base, name) if base else usual):
            found[name] = now if now is None else getattr(now, "value", now)
    if base is None:
        found |= _of_new(task, around)
    found |= _due(task, around, base) | _order(task, around, base)
    for name, was, is_now in (
        ("steps", base.steps if base else [], _steps(done, around, base)),
        ("deliverables", base.deliverables if base else [], _deliverables(done, around, base)),
        ("proof", base.proof if base else [], _proof(done, around, base)),
    ):
        if is_now != [_written(one) for one in was]:
            found[name] = is_now
    return found


def definition(done: DoneTask, around: Around, base: TaskDefinition | None, ref: str) -> Data:
    """Return the task's whole definition, among those that ``around`` has refs of."""
    changes = differences(done, around, base)
    kept = _among(base, {*(around.refs or {}).values()}) if base else {}
    if "due" in changes or "offset_days" in changes:
        kept = {name: value for name, value in kept.items() if name not in ("due", "offset_days")}
    full = {**kept, "ref": ref, **changes}
    full["assignee"] = of_role(full.get("assignee"), around.roles or {})
    return {"ref": ref, **{name: value for name, value in full.items() if value not in (None, [])}}


def of_role(assignee: Any, roles: Mapping[str, str]) -> Any:
    """Return an assignee as a role where it is one employee; None where they have no role."""
    if not isinstance(assignee, dict) or not assignee.get("employee"):
        return assignee
    role = roles.get(assignee["employee"])
    return {"role": role} if role else None


def _among(base: TaskDefinition, refs: Set[str]) -> Data:
    """Return a definition that names none but these tasks."""
    kept, rule = _written(base), base.due
    kept["depends_on"] = [ref for ref in base.depends_on if ref in refs]
    if rule is not None and rule.after_task is not None and rule.after_task not in refs:
        kept["due"] = {**kept["due"], "from": "anchor"}
    return kept


def for_override(changes: Data, base: TaskDefinition) -> Data:
    """Return differences as an override says them: of lists that merge by ref only what is other."""
    found = dict(changes)
    for name, was in (("steps", base.steps), ("deliverables", base.deliverables)):
        if name in changes:
            known = {one.ref: _written(one) for one in was}
            now = {one["ref"] for one in changes[name]}
            dropped = [{"ref": ref, "disabled": True} for ref in known if ref not in now]
            found[name] = [one for one in changes[name] if known.get(one["ref"]) != one] + dropped
    return found


def _written(model: ContentModel) -> Data:
    dumped: Data = model.model_dump(mode="json", exclude_unset=True)
    return dumped


def _of_new(task: Task, around: Around) -> Data:
    """Return what only a task of no definition says for itself."""
    template = around.template
    phases = {phase.key for phase in template.phases} if template else set()
    role = task.assignee_role or (around.roles or {}).get(task.assignee_id or "")
    found: Data = {}
    if task.phase in phases:
        found["phase"] = task.phase
    if template is None or task.task_type != template.task_type:
        found["task_type"] = task.task_type
    if role:
        found["assignee"] = {"role": role}
    if task.milestone:
        found["milestone"] = True
    for name in ("instruction_doc_id", "instruction_step_id"):
        if getattr(task, name):
            found[name] = getattr(task, name)
    return found


def _due(task: Task, around: Around, base: TaskDefinition | None) -> Data:
    """Return when it is due, counted in working days from the anchor date."""
    rule = base.due_rule if base else None
    if around.anchor is None or (base is not None and task.due_date == _by_rule(rule, around, around.anchor)):
        return {}
    if task.due_date is None:
        return {"due" if base.due else "offset_days": None} if base else {}
    working = working_days(around.anchor, task.due_date, around.calendar)
    if working is None:
        return {"offset_days": (task.due_date - around.anchor).days}
    return {"due": {"offset": working, "unit": "business_days"}}


def _by_rule(rule: DueRule | None, around: Around, anchor: date) -> date | None:
    """Return the day that a start would have given it; none that anything was due on where it is no day."""
    try:
        day, _ = due.due_date(
            due.kept_rule(rule, set((around.refs or {}).values())),
            anchor=anchor,
            bundle_start=around.started_at,
            parameters=around.parameters or {},
            completed=around.closed or {},
            calendar=around.calendar,
            zone=around.zone,
        )
    except BadRequestError:
        return date.min
    return day


def working_days(anchor: date, day: date, calendar: Calendar | None) -> int | None:
    """Return how many working days a day is after the anchor, or (negative) before; None of a free day."""
    days = calendar or WEEKDAYS
    step = 1 if day > anchor else -1
    between = (anchor + timedelta(days=step * number) for number in range(1, abs((day - anchor).days) + 1))
    count = step * sum(days.is_working_day(one) for one in between)
    return count if days.add_business_days(anchor, count) == day else None


def _order(task: Task, around: Around, base: TaskDefinition | None) -> Data:
    refs = around.refs or {}
    after = [refs[one] for one in task.depends_on if one in refs]
    made = set(refs.values())
    was = [ref for ref in base.depends_on if ref in made] if base else []
    return {"depends_on": after} if sorted(after) != sorted(was) else {}


def _steps(done: DoneTask, around: Around, base: TaskDefinition | None) -> list[Data]:
    """Return the checklist: the definition's, with what was added where it was added."""
    known = {step.ref: step for step in base.steps} if base else {}
    taken, found = set(known), list[Data]()
    there = [one for one in done.steps if not one.is_dropped and not one.title.startswith(CHANGE_ASKED_FOR)]
    for step in there:
        if step.ref in known:
            found.append(_written(known[step.ref]))
            continue
        said = around.say(step.title)
        ref = name_for(said, taken)
        taken.add(ref)
        more: Data = {"description": around.say(step.description)} if step.description else {}
        found.append({"ref": ref, "title": said, **more, **({} if step.required else {"required": False})})
    missing = known.keys() - {one["ref"] for one in found}
    return found + [_written(step) for ref, step in known.items() if ref in missing]


def _deliverables(done: DoneTask, around: Around, base: TaskDefinition | None) -> list[Data]:
    """Return what is handed over: the definition's, and what was added; no version of it."""
    found = [_written(one) for one in base.deliverables] if base else []
    added = _each_once(one for one in done.deliverables if base is None or one.source is ItemSource.AD_HOC)
    taken = {str(one["ref"]) for one in found}
    for row in added:
        ref = name_for(around.say(row.ref), taken)
        taken.add(ref)
        more: Data = {"description": around.say(row.description)} if row.description else {}
        more |= {} if row.required else {"required": False}
        more |= {"visible_in_portal": True} if row.visible_in_portal else {}
        more |= {"meta_schema": row.meta_schema} if row.meta_schema else {}
        found.append({"ref": ref, "type": row.type, **more})
    return found


def _each_once(rows: Iterable[Deliverable]) -> list[Deliverable]:
    """Return the first version of each thing."""
    return list({(row.task_step_id, row.ref): row for row in reversed(list(rows))}.values())[::-1]


def _proof(done: DoneTask, around: Around, base: TaskDefinition | None) -> list[Data]:
    found = [_written(one) for one in base.proof] if base else []
    for one in done.proofs:
        if base is None or one.source is ItemSource.AD_HOC:
            said = {"kind": one.kind.value, "label": around.say(one.label)}
            found.append(said if one.required else {**said, "required": False})
    return found
