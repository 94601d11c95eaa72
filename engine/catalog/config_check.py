"""The settings of each task, against those of its type and of its executor (TYP-08, TSK-10)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.catalog import executors
from engine.catalog.findings import Finding
from engine.catalog.json_schemas import validator
from engine.catalog.models import TaskDefinition, TaskTemplate, TaskType
from engine.catalog.problems import ProblemCode
from engine.catalog.yaml_reader import Path


def config_findings(template: TaskTemplate, task_types: Mapping[str, TaskType]) -> Iterator[Finding]:
    """Yield a finding for every setting that the type of its task refuses, again for each task of it."""
    for number, task in enumerate(template.tasks):
        if (kind := task_types.get(template.type_key_of(task) or "")) is not None:
            yield from _task_findings(template, number, task, kind)
            yield from _execution_findings(number, task, kind)


def _task_findings(
    template: TaskTemplate, number: int, task: TaskDefinition, kind: TaskType
) -> Iterator[Finding]:
    config = {name: value for name, value in {**template.config, **task.config}.items() if value is not None}
    for error in validator(kind.config_schema).iter_errors(config):
        name = str(error.absolute_path[0]) if error.absolute_path else ""
        own = name in task.config or (not name and bool(task.config))
        base: Path = ("tasks", number, "config") if own else ("config",)
        who = f"The config of task {task.ref}" if own else "The template's config"
        message = f"{who} does not fit the type {kind.key}: {error.message}."
        yield Finding(
            ProblemCode.CONFIG_MISMATCH, (*base, *error.absolute_path), message, "Correct the config."
        )


def _execution_findings(number: int, task: TaskDefinition, kind: TaskType) -> Iterator[Finding]:
    """Yield what the executor of a task does not read, where this release has it."""
    if task.execution is None:
        return
    executor = task.execution.executor or kind.executor
    base: Path = ("tasks", number, "execution", "config")
    if "executor" in task.execution.config:
        message = f"The execution of task {task.ref} names its executor in config, where nothing reads it."
        hint = "Take it out; write execution.executor, or let the type say it."
        yield Finding(ProblemCode.CONFIG_MISMATCH, (*base, "executor"), message, hint)
    for error in executors.faults(executor, task.execution.config):
        message = f"The execution of task {task.ref} does not fit the executor {executor}: {error.message}."
        path = (*base, *error.absolute_path)
        yield Finding(ProblemCode.CONFIG_MISMATCH, path, message, "Correct execution.config.")
    sent = executors.secrets_sent(task.execution.config) if executor in executors.SCHEMAS else ()
    for name, host, place in sent:
        if name in kind.secrets and host is not None and host not in kind.secrets[name]:
            message = f"The execution of task {task.ref} sends the secret {name} to {host}, where the type "
            hint = f"Use another host, or list it under `secrets` of {kind.key}."
            where = ("url",) if place == ("headers",) else place
            yield Finding(
                ProblemCode.CONFIG_MISMATCH, (*base, *where), f"{message}{kind.key} does not let it go.", hint
            )
        if name not in kind.secrets:
            message = f"The execution of task {task.ref} uses the secret {name}, which the type {kind.key} "
            hint = f"List it under `secrets` of {kind.key}, with the hosts that it may be sent to."
            yield Finding(ProblemCode.CONFIG_MISMATCH, (*base, *place), f"{message}does not list.", hint)
