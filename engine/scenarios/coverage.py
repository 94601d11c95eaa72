"""Which moves a template makes possible that no scenario ever makes (D8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.access import ApprovalSource
from engine.catalog.content import Content
from engine.catalog.models import TaskDefinition
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import WorkbenchError
from engine.reminders.models import ReminderType
from engine.scenarios import exercised as known
from engine.scenarios.exercised import REFUSALS, Possibility
from engine.scenarios.running import Played

#: What a field of a task makes possible: its kind, and which of several.
Opens = Callable[[ResolvedTemplate, TaskDefinition], Iterator[tuple[str, str]]]


@dataclass(frozen=True)
class Covered:
    """How much of one template its scenarios put to the test."""

    key: str
    possible: tuple[Possibility, ...]
    never: tuple[Possibility, ...]

    @property
    def said(self) -> str:
        """The line about it."""
        if not self.never:
            return f"{self.key}: all of {len(self.possible)} moves are exercised"
        verb = "is" if len(self.never) == 1 else "are"
        return f"{self.key}: {len(self.never)} of {len(self.possible)} moves {verb} never exercised"


def covered(key: str, content: Content, played: Iterable[Played]) -> Covered:
    """Hold what a template makes possible, with each of its overrides, against what was played."""
    done = frozenset[Possibility]().union(*(one.exercised for one in played if one.key == key))
    possible = tuple(
        dict.fromkeys(one for resolved in _variants(key, content) for one in possibilities(resolved))
    )
    return Covered(key, possible, tuple(one for one in possible if one not in done))


def possibilities(resolved: ResolvedTemplate) -> Iterator[Possibility]:
    """Yield what a resolved template makes possible, in the order of its tasks."""
    for path in dict.fromkeys(one.file for one in resolved.origins.values() if one.level != "global"):
        yield Possibility("", known.STARTED, known.of_file(path))
    properties: Mapping[str, object] = (resolved.template.parameters or {}).get("properties", {})
    for name, spec in properties.items():
        for value in _forks(spec):
            yield known.used(name, value)
    for task in resolved.template.tasks:
        for opens in OF_TASK.values():
            for what, which in opens(resolved, task):
                yield Possibility(task.ref, what, which)


def _variants(key: str, content: Content) -> Iterator[ResolvedTemplate]:
    """Yield the template as it is, and as each of its overrides alone makes it."""
    scopes = [(level, scope) for of, level, scope in content.overrides if of == key]
    for scope in ({}, *({level: of} for level, of in scopes)):
        try:
            yield content.resolve(key, **scope)
        except WorkbenchError:  # the content check says what is wrong with it
            continue


def _forks(spec: object) -> list[object]:
    """Return the few values that a parameter may have; none where it may have many."""
    if not isinstance(spec, dict):
        return []
    return [True, False] if spec.get("type") == "boolean" else list(spec.get("enum", ()))


def _when(_: ResolvedTemplate, task: TaskDefinition) -> Iterator[tuple[str, str]]:
    if task.when is not None:
        yield from ((known.MADE, ""), (known.LEFT_OUT, ""))


def _steps(_: ResolvedTemplate, task: TaskDefinition) -> Iterator[tuple[str, str]]:
    if any(step.required for step in task.steps):
        yield REFUSALS["steps"], ""


def _deliverables(resolved: ResolvedTemplate, task: TaskDefinition) -> Iterator[tuple[str, str]]:
    for one in resolved.deliverables_of(task):
        yield (REFUSALS["deliverables"] if one.required else known.HANDED_OVER), one.ref


def _proof(_: ResolvedTemplate, task: TaskDefinition) -> Iterator[tuple[str, str]]:
    return ((REFUSALS["proof"], one.label) for one in task.proof if one.required)


def _skip(_: ResolvedTemplate, task: TaskDefinition) -> Iterator[tuple[str, str]]:
    return ((known.SKIPPED, reason.text) for reason in (task.skip.reasons if task.skip else ()))


def _approval(resolved: ResolvedTemplate, task: TaskDefinition) -> Iterator[tuple[str, str]]:
    for source in resolved.approval_of(task).rounds:
        for is_positive in (True, False):
            yield known.decided(ApprovalSource(source), is_positive=is_positive), ""


def _execution(_: ResolvedTemplate, task: TaskDefinition) -> Iterator[tuple[str, str]]:
    if task.execution is not None and task.execution.requires_human_review:
        yield from ((known.PERMITTED, ""), (known.FORBIDDEN, ""))


def _reminders(_: ResolvedTemplate, task: TaskDefinition) -> Iterator[tuple[str, str]]:
    for name in task.reminders.model_fields_set if task.reminders else ():
        kind, rule = name.replace("_", "-"), getattr(task.reminders, name)
        if kind in list(ReminderType) and rule and rule != "nobody":
            yield known.REMINDED, kind


#: Field of a task -> what it makes possible; the one place that is told of a new one.
OF_TASK: Mapping[str, Opens] = {
    "ref": lambda _, __: iter([(known.COMPLETED, "")]),
    "when": _when,
    "steps": _steps,
    "proof": _proof,
    "deliverables": _deliverables,
    "needs_links": lambda _, task: ((REFUSALS["links"], link) for link in task.needs_links),
    "depends_on": lambda _, task: ((REFUSALS["dependencies"], ref) for ref in task.depends_on),
    "approval": _approval,
    "execution": _execution,
    "waiting": lambda _, task: iter([(known.WAITED, "")] if task.waiting else []),
    "skip": _skip,
    "reminders": _reminders,
}
#: Fields that say how the work is described, dated and shared out: they open no move of their own.
OPENS_NOTHING = frozenset(
    {
        "title", "description", "task_type", "icon", "phase", "offset_days", "due", "milestone",
        "stage_on_complete", "assignee", "priority", "urgency", "planned_minutes", "tags", "systems",
        "instruction_doc_id", "instruction_step_id", "instructions_url", "validation", "ordered_steps",
        "fills_link", "expected_artifacts", "config", "tools", "rules", "on_change", "disabled",
    }
)  # fmt: skip
