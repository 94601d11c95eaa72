"""How often work went back: rounds and rejections per task, deliverable, person, type, template (APR-15)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from engine.deliverables.models import ApprovalStatus
from engine.reports import queries
from engine.reports.filters import Filters
from engine.reports.people import NOBODY, People
from engine.reports.queries import Request
from engine.reports.tables import Column, ColumnKind, Point, Report, Row, Table, bars, share
from engine.transaction import Transaction

_GROUPS = ("task", "deliverable", "employee", "task_type", "template")
#: What a group is, and its words.
_Group = tuple[str, str]
_CHARTED = 15
_STANDING = {
    ApprovalStatus.PENDING: "waits for a decision",
    ApprovalStatus.APPROVED: "approved",
    ApprovalStatus.APPROVED_PENDING_CHANGES: "approved with changes",
    ApprovalStatus.REJECTED: "rejected",
}


def run(tx: Transaction, wanted: Filters) -> Table:
    """Return rounds and rejections per group, the most rejected first."""
    people = People(tx)
    grouped: dict[_Group, list[Request]] = {}
    counted = []
    for asked in queries.requests(tx, wanted, people.whose(wanted.employee_id), decided=False):
        counted.append(asked)
        for group in _groups_of(asked, wanted, people):
            grouped.setdefault(group, []).append(asked)
    groups = sorted(grouped, key=lambda group: (*_worst_first(grouped[group]), group[1]))
    shown = groups[wanted.offset : None if wanted.rows is None else wanted.offset + wanted.rows]
    points = [
        Point(label=words, value=number, shown=str(number))
        for key, words in groups[:_CHARTED]
        if (number := -_worst_first(grouped[key, words])[0])
    ]
    return Table(
        columns=REPORT.columns,
        rows=[_row(group, grouped[group], people, wanted) for group in shown],
        count=len(groups),
        totals=_counts(counted) if counted else {},
        chart=bars(f"Rejections per {wanted.by.replace('_', ' ')}", points),
    )


def _worst_first(items: Sequence[Request]) -> tuple[int, int]:
    """Place a group by its rejections, then by its rounds; rows of groups that are not shown are not made."""
    rejections = sum(item.status is ApprovalStatus.REJECTED for item in items)
    return -rejections, -len({(item.task.task_id, item.round) for item in items})


def _groups_of(item: Request, wanted: Filters, people: People) -> Iterator[_Group]:
    task = item.task
    if wanted.by == "deliverable":
        step, ref = item.lineage
        yield f"{task.task_id}/{step or ''}/{ref}", f"{ref} of {task.name}"
    elif wanted.by == "employee":
        for employee_id in people.did(item.authors, item.task.assignee_id) or ("",):
            if wanted.employee_id in (None, employee_id):
                yield employee_id, people.name(employee_id or None)
    elif wanted.by == "task_type":
        yield task.task_type, task.task_type
    elif wanted.by == "template":
        yield task.template_id or "", task.template_id or "no template"
    else:
        yield task.task_id, task.name


def _row(group: _Group, items: Sequence[Request], people: People, wanted: Filters) -> Row:
    tasks = {item.task.task_id for item in items}
    key, words = group
    last = max(items, key=lambda item: item.decided_at or item.requested_at)
    is_one = wanted.by in ("task", "deliverable")
    names = [name for item in items for name in people.names(people.did(item.authors, item.task.assignee_id))]
    return {
        "group": words,
        **_counts(items),
        "standing": _STANDING[_standing(items, last)] if is_one else None,
        "employees": list(dict.fromkeys(names)) or [NOBODY],
        "group_key": key or None,
        "task_id": next(iter(tasks)) if is_one else None,
        "deliverable_id": last.deliverable_id if wanted.by == "deliverable" else None,
    }


def _standing(items: Sequence[Request], last: Request) -> ApprovalStatus:
    """Return where one piece of work stands: it waits while anybody has still to decide."""
    is_open = any(item.is_open for item in items)
    return ApprovalStatus.PENDING if is_open else last.status


def _counts(items: Sequence[Request]) -> Row:
    tasks = {item.task.task_id for item in items}
    rejected = [item for item in items if item.status is ApprovalStatus.REJECTED]
    return {
        "tasks": len(tasks),
        "rounds": len({(item.task.task_id, item.round) for item in items}),
        "decisions": sum(item.status is not ApprovalStatus.PENDING for item in items),
        "rejections": len(rejected),
        "before_first_approval": _before_first_approval(items),
        "with_changes": sum(item.status is ApprovalStatus.APPROVED_PENDING_CHANGES for item in items),
        "rejected_share": share(len({item.task.task_id for item in rejected}), len(tasks)),
    }


def _before_first_approval(items: Sequence[Request]) -> int:
    """Return the rejections of each task up to its first approval; all of them where there is none yet."""
    first: dict[str, datetime] = {}
    for item in items:
        if item.approved_at is not None:
            task_id = item.task.task_id
            first[task_id] = min(item.approved_at, first.get(task_id, item.approved_at))
    return sum(
        item.status is ApprovalStatus.REJECTED
        and item.decided_at is not None
        and (item.task.task_id not in first or item.decided_at < first[item.task.task_id])
        for item in items
    )


REPORT = Report(
    name="rejections",
    title="Rejections",
    description="How many rounds of approval work took, and how often it was sent back before it was "
    "approved. Requests that were withdrawn do not count.",
    columns=(
        Column(name="group", title="What", links_to="task_id"),
        Column(name="employees", title="Work of"),
        Column(name="tasks", title="Tasks", kind=ColumnKind.NUMBER),
        Column(name="rounds", title="Rounds", kind=ColumnKind.NUMBER),
        Column(name="decisions", title="Decisions", kind=ColumnKind.NUMBER),
        Column(name="rejections", title="Rejections", kind=ColumnKind.NUMBER),
        Column(name="before_first_approval", title="Before the first approval", kind=ColumnKind.NUMBER),
        Column(name="with_changes", title="Approved with changes", kind=ColumnKind.NUMBER),
        Column(name="rejected_share", title="Tasks rejected at least once", kind=ColumnKind.SHARE),
        Column(name="standing", title="Now"),
        Column(name="group_key", title="Key", kind=ColumnKind.ID),
        Column(name="task_id", title="Task id", kind=ColumnKind.ID),
        Column(name="deliverable_id", title="Deliverable id", kind=ColumnKind.ID),
    ),
    filters=("by", "employee", "task_type", "template", "partner", "task", "deliverable", "from", "to"),
    groups=_GROUPS,
    run=run,
)
