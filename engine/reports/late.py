"""What is late now, and for how long: by person, by template, task by task."""

from __future__ import annotations

from collections.abc import Sequence

from engine.reports import queries
from engine.reports.filters import Filters
from engine.reports.people import People
from engine.reports.queries import Late
from engine.reports.tables import Chart, Column, ColumnKind, Point, Report, Row, Table, bars
from engine.tasks.dates import due_for
from engine.transaction import Transaction

_CHARTED = 20
#: What the rows may stand for, the usual one first, in words.
_GROUPS = {"employee": "person", "template": "template", "task": "task"}
#: What a group is, and its words.
_Group = tuple[str, str]


def run(tx: Transaction, wanted: Filters) -> Table:
    """Return the late tasks per group, the group with most of them first, then that with the longest late."""
    people, grouped = People(tx), dict[_Group, list[Late]]()
    found = queries.late(tx, wanted)
    for item in found:
        grouped.setdefault(_group_of(item, wanted.by, people), []).append(item)
    # The longest late comes first in each group, and stays so among groups of the same size.
    groups = sorted(grouped.items(), key=lambda pair: -len(pair[1]))
    return Table(
        columns=REPORT.columns,
        rows=[_row(tx, group, items, wanted.by) for group, items in groups],
        totals=_figures(tx, found) if found else {},
        chart=_chart(groups[:_CHARTED], wanted.by),
        remarks=_MEANINGS,
    )


def _chart(groups: Sequence[tuple[_Group, Sequence[Late]]], by: str) -> Chart | None:
    """Compare groups; of single tasks the table says all, and their titles are long."""
    if by == "task":
        return None
    points = [Point(label=words, value=len(items), shown=str(len(items))) for (_, words), items in groups]
    return bars(f"Late tasks per {_GROUPS[by]}", points)


def _group_of(item: Late, by: str, people: People) -> _Group:
    if by == "task":
        return item.task.task_id, _who(item, people)
    if by == "template":
        return item.task.template_id or "", item.task.template_id or "no template"
    return item.task.assignee_id or "", _who(item, people)


def _who(item: Late, people: People) -> str:
    return BOT if item.is_bots and item.task.assignee_id is None else people.name(item.task.assignee_id)


def _row(tx: Transaction, group: _Group, items: Sequence[Late], by: str) -> Row:
    key, words = group
    longest = items[0].task
    return {
        "group": words,
        **_figures(tx, items),
        # Of one task its days say all.
        **({"late": None, "average_days": None} if by == "task" else {}),
        "longest": longest.name,
        "group_key": key or None,
        "task_id": longest.task_id,
    }


def _figures(tx: Transaction, items: Sequence[Late]) -> Row:
    days = [_days(tx, item) for item in items]
    return {"late": len(items), "days_late": max(days), "average_days": round(sum(days) / len(days), 1)}


def _days(tx: Transaction, item: Late) -> int:
    """Return how many days ago a late task was due, as every page counts them (R1)."""
    return -due_for(item.deadline, is_late=True, today=tx.today, zone=tx.timezone).days


#: Who does what is left to programs.
BOT = "a program"
_MEANINGS = (
    "Late is a task that is neither over nor failed and whose deadline has passed, be it waiting or blocked.",
    "Days late are counted from the day of its deadline as that is now until today; 0 is late since today.",
)
REPORT = Report(
    name="late",
    title="Late now",
    description="Which tasks are past their deadline at this moment, and for how long: per person, per "
    "template, or task by task.",
    columns=(
        Column(name="group", title="What"),
        Column(name="late", title="Late tasks", kind=ColumnKind.NUMBER),
        Column(name="days_late", title="Days late, at most", kind=ColumnKind.NUMBER),
        Column(name="average_days", title="On average", kind=ColumnKind.NUMBER),
        Column(name="longest", title="The task, or the longest late", links_to="task_id"),
        Column(name="group_key", title="Key", kind=ColumnKind.ID),
        Column(name="task_id", title="Task id", kind=ColumnKind.ID),
    ),
    filters=("by", "employee", "task_type", "template", "partner"),
    groups=tuple(_GROUPS),
    is_personal=True,
    run=run,
)
