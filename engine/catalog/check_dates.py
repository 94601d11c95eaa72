"""Dependency cycles, and due dates that count from what waits for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.catalog.findings import Finding
from engine.catalog.models import TaskDefinition, TaskTemplate
from engine.catalog.problems import ProblemCode

Graph = Mapping[str, Sequence[str]]


def date_findings(template: TaskTemplate) -> Iterator[Finding]:
    """Yield what is wrong with the order and the dates of a template's tasks."""
    waits = {task.ref: list(task.depends_on) for task in template.tasks}
    places = {task.ref: number for number, task in enumerate(template.tasks)}
    if cycle := find_cycle(waits):
        message = f"These tasks wait for one another: {' -> '.join(cycle)}."
        path = ("tasks", places[cycle[0]], "depends_on")
        yield Finding(ProblemCode.DEPENDENCY_CYCLE, path, message, "Remove one of the dependencies.")
    else:
        yield from _late_dates(template, waits, places)


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
