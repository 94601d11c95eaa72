"""Approvals that nobody could give, because there is nothing to judge (R6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.catalog.findings import Finding
from engine.catalog.models import TaskDefinition, TaskTemplate, TaskType
from engine.catalog.problems import ProblemCode
from engine.catalog.resolved import approval_of, deliverables_of
from engine.catalog.yaml_reader import Path


def approval_findings(template: TaskTemplate, types: Mapping[str, TaskType]) -> Iterator[Finding]:
    """Yield a finding for each task whose approval has nothing to judge, wherever the policy was written."""
    for number, task in enumerate(template.tasks):
        kind = types.get(template.type_key_of(task) or "")
        if kind is not None:
            yield from _nothing_to_judge(("tasks", number), template, task, kind)


def _nothing_to_judge(
    path: Path, template: TaskTemplate, task: TaskDefinition, kind: TaskType
) -> Iterator[Finding]:
    rounds = approval_of(template, task, kind).rounds
    owed = [item for item in deliverables_of(task, kind) if item.required]
    if rounds and not owed:
        message = f"{task.ref} needs an approval, and has no required deliverable that could be judged."
        hint = "Give it a deliverable, or say approval: {required: false} in the task."
    elif "portal" in rounds and not any(item.visible_in_portal for item in owed):
        message = f"{task.ref} needs the partner's approval, and hands nothing over that the partner sees."
        hint = "Say visible_in_portal: true in a deliverable, or leave portal out of sources."
    else:
        return
    where = (*path, "approval") if task.approval else path
    yield Finding(ProblemCode.NOTHING_TO_APPROVE, where, message, hint)
