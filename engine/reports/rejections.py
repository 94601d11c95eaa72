"""How often work went back: rounds and rejections per task, deliverable, person, type, template (APR-15)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from engine.deliverables.models import Approval, ApprovalStatus
from engine.reports import queries
from engine.reports.filters import Filters
from engine.reports.people import NOBODY, People
from engine.reports.queries import Judged
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
    grouped: dict[_Group, list[Judged]] = {}
    counted = []
    for item in queries.judged(tx, wanted, decided=False):
        did = people.did(item.row.authors, item.task.assignee_id)
        if item.approval.withdrawn_at is not None or (wanted.employee_id and wanted.employee_id not in did):
            continue
        counted.append(item)
        for group in _groups_of(item, wanted, people, did):
            grouped.setdefault(group, []).append(item)
    rows = [_row(group, items, people, wanted) for group, items in grouped.items()]
    rows.sort(key=lambda row: (-_count(row, "rejections"), -_count(row, "rounds"), str(row["group"])))
    points = [
        Point(label=str(row["group"]), value=_count(row, "rejections"), shown=str(row["rejections"]))
        for row in rows[:_CHARTED]
        if row["rejections"]
    ]
    return Table(
        columns=REPORT.columns,
        rows=rows,
        totals=_counts(counted) if rows else {},
        chart=bars(f"Rejections per {wanted.by.replace('_', ' ')}", points),
    )


def _groups_of(item: Judged, wanted: Filters, people: People, did: Sequence[str]) -> Iterator[_Group]:
    task = item.task
    if wanted.by == "deliverable":
        step, ref = item.row.lineage
        yield f"{task.task_id}/{step or ''}/{ref}", f"{ref} of {task.name}"
    elif wanted.by == "employee":
        for employee_id in did or ("",):
            if wanted.employee_id in (None, employee_id):
                yield employee_id, people.name(employee_id or None)
    elif wanted.by == "task_type":
        yield task.task_type, task.task_type
    elif wanted.by == "template":
        yield task.template_id or "", task.template_id or "no template"
    else:
        yield task.task_id, task.name


def _row(group: _Group, items: Sequence[Judged], people: People, wanted: Filters) -> Row:
    tasks = {item.task.task_id for item in items}
    key, words = group
    last = max(items, key=lambda item: item.approval.decided_at or item.approval.requested_at)
    is_one = wanted.by in ("task", "deliverable")
    names = [
        name for item in items for name in people.names(people.did(item.row.authors, item.task.assignee_id))
    ]
    return {
        "group": words,
        **_counts(items),
        "standing": _STANDING[_standing(items, last)] if is_one else None,
        "employees": list(dict.fromkeys(names)) or [NOBODY],
        "group_key": key or None,
        "task_id": next(iter(tasks)) if is_one else None,
        "deliverable_id": last.row.deliverable_id if wanted.by == "deliverable" else None,
    }


def _standing(items: Sequence[Judged], last: Judged) -> ApprovalStatus:
    """Return where one piece of work stands: it waits while anybody has still to decide."""
    is_open = any(item.approval.is_open for item in items)
    return ApprovalStatus.PENDING if is_open else last.approval.status


def _counts(items: Sequence[Judged]) -> Row:
    approvals = [item.approval for item in items]
    tasks = {item.task_id for item in approvals}
    rejected = [item for item in approvals if item.status is ApprovalStatus.REJECTED]
    return {
        "tasks": len(tasks),
        "rounds": len({(item.task_id, item.source, item.round_number) for item in approvals}),
        "decisions": sum(item.is_decided for item in approvals),
        "rejections": len(rejected),
        "before_first_approval": _before_first_approval(approvals),
        "with_changes": sum(item.status is ApprovalStatus.APPROVED_PENDING_CHANGES for item in approvals),
        "rejected_share": share(len({item.task_id for item in rejected}), len(tasks)),
    }


def _before_first_approval(approvals: Sequence[Approval]) -> int:
    """Return the rejections of each task up to its first approval; all of them where there is none yet."""
    first: dict[str, datetime] = {}
    for item in approvals:
        if item.approved_at is not None:
            first[item.task_id] = min(item.approved_at, first.get(item.task_id, item.approved_at))
    return sum(
        item.status is ApprovalStatus.REJECTED
        and item.decided_at is not None
        and (item.task_id not in first or item.decided_at < first[item.task_id])
        for item in approvals
    )


def _count(row: Row, name: str) -> int:
    value = row[name]
    return value if isinstance(value, int) else 0


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
