"""The dependencies of a bundle as a picture: tasks in columns, arrows from what comes first; pure data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.tasks.read_models import PlacedRow
from engine.tasks.states import TaskStatus


@dataclass(frozen=True, kw_only=True)
class Node:
    """One task of the picture."""

    task_id: str
    number: int
    title: str
    status: TaskStatus
    #: Those of its dependencies that are in the picture.
    depends_on: tuple[str, ...]
    is_blocked: bool
    is_not_ready: bool
    #: It belongs to another bundle or to none, and is there because a task of this one waits for it.
    is_outside: bool
    #: The column: 0 for what waits for nothing, else one more than the highest it waits for.
    level: int


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Tasks with their dependencies among one another."""

    nodes: tuple[Node, ...] = ()
    #: Pairs of task ids: what comes first, what waits for it.
    edges: tuple[tuple[str, str], ...] = ()


def draw(tasks: Iterable[PlacedRow], *, bundle_id: str) -> Graph:
    """Return the picture of these tasks, in their order; what they wait for beyond them is left out."""
    shown = {task.task_id: task for task in tasks}
    before = {
        task_id: tuple(other for other in task.depends_on if other in shown)
        for task_id, task in shown.items()
    }
    levels = _levels(before)
    nodes = tuple(
        Node(
            task_id=task_id,
            number=task.task_number,
            title=task.title,
            status=task.status,
            depends_on=before[task_id],
            is_blocked=task.is_blocked,
            is_not_ready=task.is_not_ready,
            is_outside=task.bundle_id != bundle_id,
            level=levels[task_id],
        )
        for task_id, task in shown.items()
    )
    edges = tuple((other, task_id) for task_id in shown for other in before[task_id])
    return Graph(nodes=nodes, edges=edges)


def _levels(before: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Return the length of the longest way to each task; written without recursion, as chains may be long."""
    levels: dict[str, int] = {}
    open_ones = list(before)
    while open_ones:
        task_id = open_ones[-1]
        missing = [other for other in before[task_id] if other not in levels]
        if missing and task_id not in levels:
            open_ones += missing
            continue
        open_ones.pop()
        levels.setdefault(task_id, max((levels[other] + 1 for other in before[task_id]), default=0))
    return levels
