"""What may be wrong with `on_change:` beyond its form: names of what does not change in running work (D4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.catalog.check_references import suggestion
from engine.catalog.declared import policy_names
from engine.catalog.findings import Finding
from engine.catalog.models import TaskDefinition, TaskTemplate
from engine.catalog.problems import ProblemCode
from engine.catalog.yaml_reader import Path


def on_change_findings(template: TaskTemplate) -> Iterator[Finding]:
    """Yield a finding for each name in ``on_change`` that governs nothing of running work.

    A template may name what belongs to it and what belongs to its tasks, a task only its own.
    """
    of_task = [*policy_names(TaskDefinition)]
    yield from _unknown((), template.on_change, [*of_task, *policy_names(TaskTemplate)])
    for number, task in enumerate(template.tasks):
        yield from _unknown(("tasks", number), task.on_change, of_task)


def _unknown(path: Path, policies: Mapping[str, str], known: list[str]) -> Iterator[Finding]:
    for name in policies:
        if name not in known:
            message = (
                f"on_change names {name}, which is nothing that a newer template changes in running work."
            )
            yield Finding(
                ProblemCode.UNKNOWN_FIELD, (*path, "on_change", name), message, suggestion(name, known)
            )
