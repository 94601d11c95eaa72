"""How often managers are asked for help: by person, kind of work and template (HLP-05)."""

from __future__ import annotations

from collections.abc import Sequence

from engine.reports import queries
from engine.reports.filters import Filters
from engine.reports.people import People
from engine.reports.queries import Asked
from engine.reports.tables import Column, ColumnKind, Point, Report, Row, Table, bars, share
from engine.transaction import Transaction

_CHARTED = 15
#: What the rows may stand for, the usual one first, in words.
_GROUPS = {"employee": "person", "task_type": "type", "template": "template"}
#: What a group is, and its words.
_Group = tuple[str, str]


def run(tx: Transaction, wanted: Filters) -> Table:
    """Return the questions per group, the group with most of them first."""
    people = People(tx)
    grouped: dict[_Group, list[Asked]] = {}
    counted = []
    for asked in queries.help_asked(tx, wanted):
        who = people.who_asked(asked)
        if wanted.employee_id in (None, who):
            counted.append(asked)
            grouped.setdefault(_group_of(asked, who, wanted.by, people), []).append(asked)
    groups = sorted(grouped, key=lambda group: (-len(grouped[group]), group[1]))
    points = [
        Point(label=words, value=number, shown=str(number))
        for key, words in groups[:_CHARTED]
        if (number := len(grouped[key, words]))
    ]
    return Table(
        columns=REPORT.columns,
        rows=[_row(group, grouped[group], people) for group in groups],
        totals=_counts(counted) if counted else {},
        chart=bars(f"Questions per {_GROUPS[wanted.by]}", points),
    )


def _group_of(asked: Asked, who: str, by: str, people: People) -> _Group:
    if by == "employee":
        return who, people.name(who)
    if by == "template":
        template = asked.task.template_id or ""
        return template, template or "no template"
    return asked.task.task_type, asked.task.task_type


def _row(group: _Group, items: Sequence[Asked], people: People) -> Row:
    key, words = group
    names = [people.name(people.who_asked(item)) for item in items]
    return {"group": words, "people": list(dict.fromkeys(names)), **_counts(items), "group_key": key or None}


def _counts(items: Sequence[Asked]) -> Row:
    tasks = len({item.task.task_id for item in items})
    return {"questions": len(items), "tasks": tasks, "per_task": share(len(items), tasks)}


REPORT = Report(
    name="help",
    title="Requests for help",
    description="How often managers were asked for help, by whom and with which work: what a template or its "
    "instructions leave unclear, and who needs more than that. Whoever asks counts, employee or not.",
    columns=(
        Column(name="group", title="What"),
        Column(name="people", title="Asked by"),
        Column(name="questions", title="Questions", kind=ColumnKind.NUMBER),
        Column(name="tasks", title="Tasks", kind=ColumnKind.NUMBER),
        Column(name="per_task", title="Questions per task", kind=ColumnKind.NUMBER, only_in_files=True),
        Column(name="group_key", title="Key", kind=ColumnKind.ID),
    ),
    filters=("by", "employee", "task_type", "template", "partner", "from", "to"),
    groups=tuple(_GROUPS),
    is_personal=True,
    run=run,
)
