"""Dependency cycles, due dates that count from what waits for them, and schedules that never fire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.catalog import schedules
from engine.catalog.calendars import zone_named
from engine.catalog.findings import Finding
from engine.catalog.models import TaskDefinition, TaskTemplate
from engine.catalog.problems import ProblemCode
from engine.catalog.yaml_reader import Path

Graph = Mapping[str, Sequence[str]]


def date_findings(template: TaskTemplate) -> Iterator[Finding]:
    """Yield what is wrong with the order and the dates of a template's tasks, and with its schedule."""
    waits = {task.ref: list(task.depends_on) for task in template.tasks}
    places = {task.ref: number for number, task in enumerate(template.tasks)}
    if cycle := find_cycle(waits):
        message = f"These tasks wait for one another: {' -> '.join(cycle)}."
        path = ("tasks", places[cycle[0]], "depends_on")
        yield Finding(ProblemCode.DEPENDENCY_CYCLE, path, message, "Remove one of the dependencies.")
    else:
        yield from _late_dates(template, waits, places)
    yield from _schedule(template)


def find_cycle(graph: Graph) -> list[str]:
    """Return one cycle as ``[a, b, a]``, or nothing; edges to unknown refs are ignored."""
    finished: set[str] = set()
    for start in graph:
        trail: list[str] = []
        pending: list[tuple[str, Iterator[str]]] = []
        if start not in finished:
            trail.append(start)
            pending.append((start, iter(graph[start])))
        while pending:
            ref, following = pending[-1]
            step = next((target for target in following if target in graph and target not in finished), None)
            if step is None:
                finished.add(ref)
                trail.pop()
                pending.pop()
            elif step in trail:
                return [*trail[trail.index(step) :], step]
            else:
                trail.append(step)
                pending.append((step, iter(graph[step])))
    return []


def _late_dates(template: TaskTemplate, waits: Graph, places: Mapping[str, int]) -> Iterator[Finding]:
    """Yield each date that counts from a task which itself waits, directly or not, for the dated task."""
    both = {
        task.ref: [*waits[task.ref], *([task.due.after_task] if task.due and task.due.after_task else [])]
        for task in template.tasks
    }
    if cycle := find_cycle(both):
        dated = next(ref for ref in cycle if _counts_from(template.task(ref), cycle))
        message = f"The due date of {dated} is counted from a task that waits for it: {' -> '.join(cycle)}."
        path = ("tasks", places[dated], "due", "from")
        yield Finding(ProblemCode.DUE_CONTRADICTION, path, message, "Count from another day.")


def _counts_from(task: TaskDefinition, refs: Sequence[str]) -> bool:
    return task.due is not None and task.due.after_task in refs


def _schedule(template: TaskTemplate) -> Iterator[Finding]:
    trigger = template.trigger
    if trigger is None:
        return
    code = ProblemCode.INVALID_SCHEDULE
    if trigger.timezone is not None:
        try:
            zone_named(trigger.timezone)
        except ValueError as error:
            yield Finding(code, ("trigger", "timezone"), f"trigger.timezone: {error}.")
            return
    if trigger.schedule is None:
        if trigger.mode == "schedule":
            message = "A trigger of mode schedule needs a schedule."
            yield Finding(code, ("trigger",), message, 'For example schedule: "0 9 * * 1".')
        return
    yield from line_findings(("trigger", "schedule"), trigger.schedule)


def line_findings(path: Path, line: str) -> Iterator[Finding]:
    """Yield what is wrong with the crontab line that stands at a path, or may be."""
    if fault := schedules.fault_of(line):
        message = f'"{line}" is not a crontab line: {fault}.'
        hint = (
            'Five fields: minute, hour, day, month, day of week; for example "0 9 * * 1" for Mondays at nine.'
        )
        yield Finding(ProblemCode.INVALID_SCHEDULE, path, message, hint)
    elif schedules.never_fires(line):
        message = f'The schedule "{line}" never fires.'
        yield Finding(ProblemCode.SCHEDULE_NEVER_FIRES, path, message, "Correct the day or month.")
    elif months := schedules.months_left_out(line):
        message = f'The schedule "{line}" leaves out {", ".join(months)}, for want of such a day.'
        hint = "Where the last day of the month is meant, write L for the day."
        yield Finding(ProblemCode.SCHEDULE_SKIPS_MONTHS, path, message, hint)
