"""A resolved template with everything that its tasks inherit written into them: what work really gets.

So a change that an override hides is none for that partner, and one of a task type is one of every template
that uses it.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.catalog.models import Calendar, ProcessDoc, TaskDefinition, TaskTemplate, TaskType
from engine.catalog.reminder_rules import narrowed
from engine.catalog.resolved import ResolvedTemplate

#: What the template says for all of its tasks.
HANDED_DOWN = ("task_type", "default_assignee", "config", "tools", "rules", "approval", "reminders")


@dataclass(frozen=True)
class Work:
    """What work gets: a template with all that its tasks inherit, and what they go by besides."""

    resolved: ResolvedTemplate
    #: The effective template.
    template: TaskTemplate

    @property
    def task_types(self) -> list[TaskType]:
        """The types of its tasks."""
        return list(self.resolved.task_types.values())

    @property
    def calendars(self) -> list[Calendar]:
        """Its calendar, if it names one."""
        return [self.resolved.calendar] if self.resolved.calendar else []

    @property
    def process_docs(self) -> list[ProcessDoc]:
        """The documents that it names, as far as they were read."""
        return list(self.resolved.process_docs.values())


def work_of(resolved: ResolvedTemplate) -> Work:
    """Return what work gets of a template.

    Raises:
        ContentError: a task has no type.
    """
    return Work(resolved, effective(resolved))


def effective(resolved: ResolvedTemplate) -> TaskTemplate:
    """Return the template with what it and its types hand down written into its tasks, and only there.

    Raises:
        ContentError: a task has no type.
    """
    tasks = [_effective_task(resolved, task) for task in resolved.template.tasks]
    plain = {
        name: TaskTemplate.model_fields[name].get_default(call_default_factory=True) for name in HANDED_DOWN
    }
    return resolved.template.model_copy(update={**plain, "tasks": tasks})


def _effective_task(resolved: ResolvedTemplate, task: TaskDefinition) -> TaskDefinition:
    kind = resolved.task_type_of(task)
    template = resolved.template
    rules = narrowed(kind.reminders, template.reminders, task.reminders)
    return task.model_copy(
        update={
            "task_type": kind.key,
            "assignee": None if task.assigned_to_bot else task.assignee or template.default_assignee,
            # The two ways to write one rule are one.
            "offset_days": None,
            "due": task.due_rule,
            "deliverables": resolved.deliverables_of(task),
            "approval": resolved.approval_of(task),
            "config": resolved.config_of(task),
            "tools": resolved.tools_of(task),
            "rules": resolved.rules_of(task),
            "reminders": rules,
        }
    )
