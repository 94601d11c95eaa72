"""What stands out in the work, as a change of the template, or why a person has to make it (D13); pure.

A finding is about a revision that bundles were started from. It becomes a change of the template as it is
now, and only where that still says what the revision said: what was changed since has an answer already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import TYPE_CHECKING, Any

from engine.catalog.models import DueRule, TaskDefinition
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import WorkbenchError
from engine.evidence.figures import RevisionFigures, TaskFigures
from engine.evidence.findings import Finding, Kind
from engine.plurals import plural
from engine.proposals.changing import Data
from engine.proposals.naming import path_of

if TYPE_CHECKING:
    from engine.catalog.content import Content

#: The step that says what approvers look for.
CHECK_STEP = "check_before_approval"
#: So many remarks of approvers are quoted, and so much of each.
_MOST_REMARKS, _LONGEST_REMARK = 3, 200
_LOOK_THROUGH = (
    "It has the words of those who sent it back. Names, addresses and days were taken out: look for [name], "
    "[client], [address] and [date], and take out what else is of one client alone."
)


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A change of one content file."""

    #: What one press does; on the button.
    label: str
    #: The same as a sentence without its stop: the subject of the commit.
    title: str
    #: The file that says it.
    path: str
    #: Makes the file's data say it; made twice it is the same.
    change: Callable[[Data], Data]
    #: What whoever reviews it should know.
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotSuggested:
    """Why no press makes the change, in a sentence."""

    why: str


@dataclass(frozen=True)
class _Subject:
    """What a suggestion is made of."""

    content: Content
    finding: Finding
    figures: TaskFigures
    #: The task as the revision has it, and as the template has it now.
    then: TaskDefinition
    now: TaskDefinition
    template: ResolvedTemplate
    #: The override that is changed, by level and key; None where the template itself is.
    scope: tuple[str, str] | None
    #: The task as it is without that override; None where only the override has it, or there is none.
    below: TaskDefinition | None
    #: What approvers said as they sent it back, the most frequent first.
    remarks: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The file that is changed."""
        return path_of(self.template.key, self.scope)

    @property
    def name(self) -> str:
        """The task, as people read it."""
        return f"“{self.now.title}”"

    def others(self, *fields: str) -> list[str]:
        """Return the overrides that say something of these fields of the task, and hide what is changed."""
        return [
            f"{level} {key}"
            for (template, level, key), override in sorted(self.content.overrides.items())
            if template == self.template.key and (level, key) != self.scope
            for task in override.tasks
            if task.ref == self.now.ref and (task.disabled or {*fields} & task.model_fields_set)
        ]


def suggest(
    content: Content,
    pinned: ResolvedTemplate,
    figures: RevisionFigures,
    finding: Finding,
    *,
    remarks: tuple[str, ...] = (),
) -> Suggestion | NotSuggested:
    """Return the change that a finding about a revision advises, or why none can be made by one press."""
    scopes = dict(figures.overridden)
    try:
        now = content.resolve(pinned.key, partner=scopes.get("partner"), campaign=scopes.get("campaign"))
    except WorkbenchError:
        return NotSuggested("The template cannot be used as it is now: mend it first.")
    task = next((one for one in now.template.tasks if one.ref == finding.task), None)
    counted = figures.task(finding.task)
    then = next((one for one in pinned.template.tasks if one.ref == finding.task), None)
    if task is None or then is None or counted is None:
        return NotSuggested("The template has no such task any more.")
    scope = next(((level, key) for level, key in reversed(figures.overridden)), None)
    below = _below(content, now.key, scopes, finding.task)
    subject = _Subject(content, finding, counted, then, task, now, scope, below, remarks)
    if subject.path not in content.files:
        return NotSuggested(f"There is no override for {scope[0]} {scope[1]} any more." if scope else _GONE)
    return _MAKERS.get(finding.kind, _of_people)(subject)


_GONE = "The template is gone."


def _below(content: Content, key: str, scopes: dict[str, str], ref: str) -> TaskDefinition | None:
    """Return a task without the narrowest override."""
    if not scopes:
        return None
    partner = scopes.get("partner") if "campaign" in scopes else None
    tasks = content.resolve(key, partner=partner).template.tasks
    return next((one for one in tasks if one.ref == ref), None)


# What each kind of finding becomes


def _too_short(subject: _Subject) -> Suggestion | NotSuggested:
    return _later(subject, subject.finding.days or 1)


def _proof_late(subject: _Subject) -> Suggestion | NotSuggested:
    over = [took - given for took, given in subject.figures.days]
    missing = ceil(median(over)) if over else 0
    if missing < 1:
        return NotSuggested(
            "It takes no longer than the template gives, so more days would not help: which later task asks "
            "for the proof is for somebody who knows the work."
        )
    return _later(subject, missing)


def _later(subject: _Subject, days: int) -> Suggestion | NotSuggested:
    """Move a due date by working days; where it does not count those, by what they take on average."""
    rule = subject.now.due_rule
    if rule != subject.then.due_rule:
        return NotSuggested("It is due otherwise by now: bundles that are started from now on will tell.")
    if rule is None:
        return NotSuggested("It has no due date any more.")
    calendar_days = ceil(days * 7 / 5)
    by = {"business_days": days, "days": calendar_days, "hours": 24 * calendar_days}[rule.unit]
    unit = {"business_days": "working day", "days": "day", "hours": "hour"}[rule.unit]
    moved = plural(by, unit)
    notes = []
    if rule.unit != "business_days":
        working = plural(days, "working day")
        notes.append(
            f"{moved.capitalize()} {'is' if by == 1 else 'are'} {working} on average, as its due date does "
            "not count working days."
        )
    notes += _hidden(subject.others("due", "offset_days"), "says when it is due")
    return Suggestion(
        label=f"Let it be due {moved} later",
        title=f"Let {subject.name} be due {moved} later",
        path=subject.path,
        change=lambda data: _with_task(data, subject, lambda task: _with_rule(task, subject.now, rule, by)),
        notes=tuple(notes),
    )


def _with_rule(task: Data, now: TaskDefinition, rule: DueRule, by: int) -> Data:
    """Return a task's data with its due date moved, written as it is written now."""
    if now.due is None:
        task.pop("due", None)
        return {**task, "offset_days": rule.offset + by}
    task.pop("offset_days", None)
    said = task.get("due") or rule.model_dump(mode="json", exclude_unset=True)
    return {**task, "due": {**said, "offset": rule.offset + by}}


def _step_not_needed(subject: _Subject) -> Suggestion | NotSuggested:
    """Make a step optional that is asked for, and take one out that nothing asks for."""
    ref = subject.finding.step
    step = next((one for one in subject.now.steps if one.ref == ref), None)
    then = next((one for one in subject.then.steps if one.ref == ref), None)
    if step is None or then is None:
        return NotSuggested("The task has no such step any more.")
    if step.required != then.required:
        return NotSuggested("The step is optional by now: bundles that are started from now on will tell.")
    hides = _hidden(_overrides_of_step(subject, step.ref), f"says something of the step “{step.title}”")
    if step.required:
        return Suggestion(
            label="Make the step optional",
            title=f"Let the step “{step.title}” of {subject.name} be optional",
            path=subject.path,
            change=lambda data: _with_step(data, subject, step.ref, {"required": False}),
            notes=tuple(hides),
        )
    if hides:
        return NotSuggested(f"{hides[0]} Take that out there first.")
    if any(one.step_ref == step.ref for one in subject.now.deliverables):
        return NotSuggested("The step hands something over: say first what else does.")
    return Suggestion(
        label="Take the step out",
        title=f"Take the step “{step.title}” out of {subject.name}",
        path=subject.path,
        change=lambda data: _with_step(data, subject, step.ref, None),
    )


def _overrides_of_step(subject: _Subject, ref: str) -> list[str]:
    return [
        f"{level} {key}"
        for (template, level, key), override in sorted(subject.content.overrides.items())
        if template == subject.template.key and (level, key) != subject.scope
        for task in override.tasks
        if task.ref == subject.now.ref and any(step.ref == ref for step in task.steps)
    ]


def _sent_back(subject: _Subject) -> Suggestion | NotSuggested:
    """Say in a step what approvers look for, in their own words."""
    if any(step.ref == CHECK_STEP for step in subject.now.steps):
        return NotSuggested("Its steps say what approvers look for by now: look whether that is still all.")
    said = [_cut(remark) for remark in subject.remarks[:_MOST_REMARKS]]
    if not said:
        return NotSuggested("Nobody wrote why it was sent back: ask those who approve it what they look for.")
    step = {
        "ref": CHECK_STEP,
        "title": "Check what approvers look for",
        "description": "It was sent back for this:\n" + "\n".join(f"- {one}" for one in said),
    }
    return Suggestion(
        label="Add a step with what approvers said",
        title=f"Say in a step of {subject.name} what approvers look for",
        path=subject.path,
        change=lambda data: _with_step(data, subject, CHECK_STEP, step),
        notes=(_LOOK_THROUGH,),
    )


def _skipped(subject: _Subject) -> Suggestion | NotSuggested:
    """Drop a task that was always skipped; else make it only where a parameter asks for it."""
    task, template = subject.now, subject.template.template
    if task.when != subject.then.when:
        return NotSuggested("It is made on another condition by now: new bundles will tell.")
    if not subject.finding.share.part < 1:
        return _dropped(subject)
    if task.when is not None:
        return NotSuggested(
            "It is made on a condition already: which other one it needs is for people to say."
        )
    name = f"with_{task.ref}"
    if name in (template.parameters or {}).get("properties", {}):
        return NotSuggested(
            f"There is a parameter {name} already: let the task be made where that asks for it."
        )
    if subject.scope is not None:
        return NotSuggested(
            "It is not needed for them alone: whether their override drops it is for somebody who knows them."
        )
    return Suggestion(
        label="Make it only where it is asked for",
        title=f"Make {subject.name} only where it is asked for",
        path=subject.path,
        change=lambda data: _with_parameter(data, subject, name),
        notes=("A start asks whether it is needed, and says no where nobody answers.",),
    )


def _with_parameter(data: Data, subject: _Subject, name: str) -> Data:
    parameters = deepcopy(data.get("parameters") or {"type": "object"})
    title = f"Is “{subject.now.title}” needed?"
    asked = {"type": "boolean", "title": title.replace("{{", "").replace("}}", ""), "default": False}
    parameters["properties"] = {**parameters.get("properties", {}), name: asked}
    condition = {"properties": {name: {"const": True}}, "required": [name]}
    changed = _with_task(data, subject, lambda task: {**task, "when": condition})
    return {**changed, "parameters": parameters}


def _dropped(subject: _Subject) -> Suggestion | NotSuggested:
    ref, template = subject.now.ref, subject.template.template
    if len(template.tasks) == 1:
        return NotSuggested("It is the only task: retire the template instead.")
    counted_from = [one.title for one in template.tasks if one.due_rule and one.due_rule.after_task == ref]
    if counted_from:
        return NotSuggested(f"“{counted_from[0]}” is due counted from it: say first when that is due.")
    if subject.now.fills_link:
        return NotSuggested(f"It fills the link “{subject.now.fills_link}”: say first which task does.")
    if hides := _hidden(subject.others(*TaskDefinition.model_fields), "says something of it"):
        return NotSuggested(f"{hides[0]} Take that out there first.")
    return Suggestion(
        label="Drop the task",
        title=f"Drop {subject.name}",
        path=subject.path,
        change=lambda data: _without_task(data, subject),
        notes=tuple(
            f"“{one.title}” came after it, and comes after what it came after."
            for one in template.tasks
            if ref in one.depends_on
        ),
    )


def _without_task(data: Data, subject: _Subject) -> Data:
    """Return the data without a task; what came after it comes after what it came after."""
    ref, before = subject.now.ref, subject.now.depends_on
    if subject.below is not None:
        others = [task for task in _tasks(data) if task["ref"] != ref]
        return {**data, "tasks": [*others, {"ref": ref, "disabled": True}, *_freed(subject, others)]}
    others = [_after_without(task, ref, before) for task in _tasks(data) if task["ref"] != ref]
    return {**data, "tasks": others}


def _after_without(task: Data, ref: str, before: Sequence[str]) -> Data:
    """Return a task's data that comes after ``before`` in place of ``ref``."""
    if ref not in (task.get("depends_on") or []):
        return task
    after = _replaced(task["depends_on"], ref, before)
    return {**task, "depends_on": after} if after else {k: v for k, v in task.items() if k != "depends_on"}


def _replaced(names: Sequence[str], ref: str, before: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(other for one in names for other in (before if one == ref else [one])))


def _freed(subject: _Subject, known: list[Data]) -> Iterator[Data]:
    """Yield for an override what comes after others, as the task that it came after is dropped."""
    ref, before = subject.now.ref, subject.now.depends_on
    mentioned = {task["ref"] for task in known}
    for one in subject.template.template.tasks:
        if ref in one.depends_on and one.ref not in mentioned:
            yield {"ref": one.ref, "depends_on": _replaced(one.depends_on, ref, before)}


def _of_people(subject: _Subject) -> NotSuggested:
    return NotSuggested(_WORDS_OF_PEOPLE[subject.finding.kind])


#: What is advised, and cannot be written by a program.
_WORDS_OF_PEOPLE = {
    Kind.WAITED: "How long before to ask for it is for somebody who knows whom it waits for.",
    Kind.HELP_NEEDED: "The answers are for somebody to write who knows them: its notes have what was asked.",
    Kind.AT_ONE_GO: "Which of its steps guide somebody is for those who do it to say.",
}
_MAKERS: dict[Kind, Callable[[_Subject], Suggestion | NotSuggested]] = {
    Kind.TOO_SHORT: _too_short,
    Kind.PROOF_LATE: _proof_late,
    Kind.STEP_NOT_NEEDED: _step_not_needed,
    Kind.SENT_BACK: _sent_back,
    Kind.SKIPPED: _skipped,
}


# The data of a file


def _tasks(data: Data) -> list[Data]:
    return list(data.get("tasks") or [])


def _with_task(data: Data, subject: _Subject, change: Callable[[Data], Data]) -> Data:
    """Return the data with one task changed; an override that says nothing of it yet says it last."""
    tasks, ref = _tasks(data), subject.now.ref
    if not any(task["ref"] == ref for task in tasks):
        tasks.append({"ref": ref})
    return {**data, "tasks": [change(dict(task)) if task["ref"] == ref else task for task in tasks]}


def _with_step(data: Data, subject: _Subject, ref: str, said: dict[str, Any] | None) -> Data:
    """Return the data in which a step says this beside what it says; None takes it out."""

    def change(task: Data) -> Data:
        steps = list(task.get("steps") or [])
        here = next((step for step in steps if step["ref"] == ref), None)
        others = [step for step in steps if step["ref"] != ref]
        if said is not None:
            full = {"ref": ref, **(here or {}), **said}
            steps = [full if step is here else step for step in steps] if here else [*steps, full]
        else:
            is_dropped = any(step.ref == ref for step in (subject.below.steps if subject.below else ()))
            steps = [*others, {"ref": ref, "disabled": True}] if is_dropped else others
        changed = {**task, "steps": steps}
        if not steps:
            del changed["steps"]
        return changed

    return _with_task(data, subject, change)


def _hidden(overrides: list[str], says: str) -> list[str]:
    """Say which overrides hide a change of the template."""
    if not overrides:
        return []
    whose = " and ".join(overrides)
    return [f"The override for {whose} {says} itself, and stays as it is."]


def _cut(remark: str) -> str:
    """Return a remark in one line, not too long."""
    line = " ".join(remark.split())
    return line if len(line) <= _LONGEST_REMARK else f"{line[: _LONGEST_REMARK - 1].rstrip()}…"
