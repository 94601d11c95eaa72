"""The dependencies of a bundle drawn: where each box and arrow of ``engine.tasks.graph`` goes, in pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.tasks.graph import Graph, Node
from engine.tasks.models import TaskStatus
from engine.tasks.read_models import PlacedRow

WIDTH, HEIGHT = 178, 48
_GAP_X, _GAP_Y, _MARGIN = 36, 12, 8
#: How many characters of a title fit on a line of a box.
_LINE = 23
_LOST = frozenset({TaskStatus.FAILED, TaskStatus.CANCELLED})


@dataclass(frozen=True)
class Box:
    """One task."""

    node: Node
    x: float
    y: float
    #: The title on at most two lines.
    lines: Sequence[str]

    @property
    def is_lost(self) -> bool:
        """Whether it failed or was cancelled, so that nobody who waits for it goes on by itself (DEP-06)."""
        return self.node.status in _LOST


@dataclass(frozen=True)
class Arrow:
    """From what comes first to what waits for it."""

    path: str
    is_met: bool
    is_lost: bool


@dataclass(frozen=True)
class Picture:
    """All of it."""

    boxes: Sequence[Box]
    arrows: Sequence[Arrow]
    width: float
    height: float
    box_width: float = WIDTH
    box_height: float = HEIGHT


def lost(tasks: Iterable[Node | PlacedRow]) -> int:
    """Count the tasks that failed or were cancelled while others still wait for them."""
    found = list(tasks)
    waited_for = {other for task in found if task.is_blocked for other in task.depends_on}
    return sum(1 for task in found if task.status in _LOST and task.task_id in waited_for)


def draw(graph: Graph) -> Picture:
    """Return the picture: a column per level, each task near what it waits for."""
    rows = _rows(graph.nodes)
    boxes = {
        node.task_id: Box(
            node,
            _MARGIN + node.level * (WIDTH + _GAP_X),
            _MARGIN + rows[node.task_id] * (HEIGHT + _GAP_Y),
            _wrapped(node.title),
        )
        for node in graph.nodes
    }
    arrows = [_arrow(boxes[first], boxes[then]) for first, then in graph.edges]
    arrows.sort(key=lambda arrow: (arrow.is_lost, not arrow.is_met))
    width = max((box.x + WIDTH for box in boxes.values()), default=0) + _MARGIN
    height = max((box.y + HEIGHT for box in boxes.values()), default=0) + _MARGIN
    return Picture(list(boxes.values()), arrows, width, height)


def _rows(nodes: Sequence[Node]) -> dict[str, int]:
    """Return the row of each task: as close to the middle of what it waits for as its column leaves room."""
    rows: dict[str, int] = {}
    for level in sorted({node.level for node in nodes}):
        column = [node for node in nodes if node.level == level]
        wanted = {
            node.task_id: sum(rows[other] for other in node.depends_on) / (len(node.depends_on) or 1)
            for node in column
        }
        free = 0
        for node in sorted(column, key=lambda node: wanted[node.task_id]):
            rows[node.task_id] = max(free, round(wanted[node.task_id]))
            free = rows[node.task_id] + 1
    return rows


def _arrow(first: Box, then: Box) -> Arrow:
    x, y = first.x + WIDTH, first.y + HEIGHT / 2
    to_x, to_y = then.x - 5, then.y + HEIGHT / 2
    bend = _GAP_X / 2
    path = f"M{x:g} {y:g} C{x + bend:g} {y:g} {to_x - bend:g} {to_y:g} {to_x:g} {to_y:g}"
    is_met = first.node.status in (TaskStatus.COMPLETED, TaskStatus.SKIPPED)
    return Arrow(path, is_met, first.is_lost)


def _wrapped(title: str) -> list[str]:
    """Return a title on at most two lines, cut where it must be."""
    lines = [""]
    words = title.split()
    while words:
        word = words.pop(0)
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= _LINE:
            lines[-1] = longer
        elif lines == [""]:
            lines[0], rest = word[:_LINE], word[_LINE:]
            words[:0] = [rest] if rest else []
        elif len(lines) == 1:
            lines.append("")
            words.insert(0, word)
        else:
            room = longer if lines[-1] else word
            lines[-1] = f"{room[: _LINE - 1].rstrip()}…"
            break
    return lines
