"""What a template names in other files: task types, calendars, process docs and tools."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Protocol

from engine.catalog.check_approvals import approval_findings
from engine.catalog.check_deadlines import deadline_findings
from engine.catalog.findings import Finding
from engine.catalog.models import Calendar, ProcessDoc, TaskTemplate, TaskType, ToolUse
from engine.catalog.problems import ProblemCode
from engine.catalog.tools import KNOWN_TOOLS
from engine.catalog.yaml_reader import Path as DataPath

_FEW_NAMES = 1000


class KnownContent(Protocol):
    """What there is to refer to.

    1. Only items that loaded are in it, by key or id.
    """

    @property
    def task_types(self) -> Mapping[str, TaskType]:
        """By key."""
        ...

    @property
    def process_docs(self) -> Mapping[str, ProcessDoc]:
        """By id."""
        ...

    @property
    def calendars(self) -> Mapping[str, Calendar]:
        """By key."""
        ...


def reference_findings(template: TaskTemplate, known: KnownContent) -> Iterator[Finding]:
    """Yield a finding for everything that the template names and that does not exist."""
    yield from type_findings(template, known)
    yield from _doc_findings(template, known)
    yield from tool_findings((), template.tools)
    for number, task in enumerate(template.tasks):
        yield from tool_findings(("tasks", number), task.tools)


def type_findings(template: TaskTemplate, known: KnownContent) -> Iterator[Finding]:
    """Yield a finding for each type and calendar without which no bundle can be made, or completed.

    With the calendar it is known which tasks are due before what they wait for (R2).
    """
    if template.calendar is not None and template.calendar not in known.calendars:
        yield from calendar_findings(template.calendar, known.calendars)
    else:
        yield from deadline_findings(
            template, known.calendars[template.calendar] if template.calendar else None
        )
    used = set()
    for number, task in enumerate(template.tasks):
        key = template.type_key_of(task)
        path: DataPath = ("tasks", number, "task_type") if task.task_type else ("task_type",)
        if key is None:
            message = f"Task {task.ref} has no task type."
            hint = "Name task_type in the task or in the template."
            yield Finding(ProblemCode.UNKNOWN_TASK_TYPE, ("tasks", number), message, hint)
        elif path not in used:
            used.add(path)
            yield from _type_finding(path, key, template, known)
    yield from approval_findings(template, known.task_types)


def _type_finding(path: DataPath, key: str, template: TaskTemplate, known: KnownContent) -> Iterator[Finding]:
    kind = known.task_types.get(key)
    if kind is None:
        yield _unknown(ProblemCode.UNKNOWN_TASK_TYPE, path, "task type", key, list(known.task_types))
    elif not kind.is_active and template.is_active:
        message = f"The task type {key} is {kind.status}; an active template needs active types."
        yield Finding(ProblemCode.INACTIVE_TASK_TYPE, path, message, "Use another type, or set it to active.")


def _doc_findings(template: TaskTemplate, known: KnownContent) -> Iterator[Finding]:
    named: list[tuple[DataPath, str]] = [
        (("source_doc_ids", index), doc_id) for index, doc_id in enumerate(template.source_doc_ids)
    ]
    named += [(("sops", n, "doc_id"), sop.doc_id) for n, sop in enumerate(template.sops) if sop.doc_id]
    for number, task in enumerate(template.tasks):
        path: DataPath = ("tasks", number)
        if task.instruction_doc_id is not None:
            named.append(((*path, "instruction_doc_id"), task.instruction_doc_id))
        if task.instruction_step_id is not None:
            yield from _doc_step(path, task.instruction_doc_id, task.instruction_step_id, known)
    for where, doc_id in named:
        if doc_id not in known.process_docs:
            yield _unknown(ProblemCode.UNKNOWN_DOC, where, "process doc", doc_id, list(known.process_docs))


def _doc_step(path: DataPath, doc_id: str | None, step_id: str, known: KnownContent) -> Iterator[Finding]:
    where = (*path, "instruction_step_id")
    if doc_id is None:
        message = "instruction_step_id needs an instruction_doc_id."
        yield Finding(ProblemCode.UNKNOWN_DOC_STEP, where, message, "Name the process doc.")
    elif (doc := known.process_docs.get(doc_id)) is not None and doc.step(step_id) is None:
        steps = [step.id for step in doc.steps]
        message = f"There is no step {step_id} in {doc_id}."
        yield Finding(ProblemCode.UNKNOWN_DOC_STEP, where, message, suggestion(step_id, steps))


def calendar_findings(key: str | None, calendars: Mapping[str, Calendar]) -> Iterator[Finding]:
    """Yield a finding where a file names a calendar that does not exist."""
    if key is not None and key not in calendars:
        yield _unknown(ProblemCode.UNKNOWN_CALENDAR, ("calendar",), "calendar", key, list(calendars))


def tool_findings(path: DataPath, tools: list[ToolUse]) -> Iterator[Finding]:
    """Yield a warning for each tool that is to fetch by itself and that Workbench cannot run."""
    for index, use in enumerate(tools):
        if use.auto_fetch and use.tool not in KNOWN_TOOLS:
            message = f"auto_fetch is on for {use.tool}, which Workbench cannot run: nothing will be fetched."
            hint = f"Known tools: {', '.join(sorted(KNOWN_TOOLS))}."
            yield Finding(ProblemCode.UNKNOWN_TOOL, (*path, "tools", index, "tool"), message, hint)


def _unknown(code: ProblemCode, path: DataPath, kind: str, name: str, known: list[str]) -> Finding:
    return Finding(code, path, f"There is no {kind} {name}.", suggestion(name, known))


def suggestion(name: str, known: list[str]) -> str:
    """Return a hint: the closest known name, else what is known; among very many none is looked for."""
    close = difflib.get_close_matches(name, known, n=1) if len(known) <= _FEW_NAMES else []
    if close:
        return f"Did you mean `{close[0]}`?"
    return f"Known: {', '.join(sorted(known)[:20])}." if known else "There are none."
