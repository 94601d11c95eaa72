"""How often work went back: rounds and rejections per task, deliverable, person, type, template (APR-15)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.deliverables.models import ApprovalStatus
from engine.reports import queries
from engine.reports.filters import Filters
from engine.reports.people import NOBODY, People
from engine.reports.queries import Judged, TaskHead
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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """What a report keeps of one request for approval: there are as many as a workspace ever had (P5)."""

    task: TaskHead
    lineage: tuple[str | None, str]
    deliverable_id: str
    #: Whose work it is.
    did: tuple[str, ...]
    status: ApprovalStatus
    #: What was asked for together: source and round.
    round: tuple[str, int]
    is_open: bool
    requested_at: datetime
    decided_at: datetime | None
    approved_at: datetime | None

    @classmethod
    def of(cls, item: Judged, did: tuple[str, ...]) -> _Asked:
        """Keep it of a request, whose work is that of ``did``."""
        given = item.approval
        return cls(
            task=item.task,
            lineage=item.row.lineage,
            deliverable_id=item.row.deliverable_id,
            did=did,
            status=given.status,
            round=(given.source, given.round_number),
            is_open=given.is_open,
            requested_at=given.requested_at,
            decided_at=given.decided_at,
            approved_at=given.approved_at,
        )


def run(tx: Transaction, wanted: Filters) -> Table:
    """Return rounds and rejections per group, the most rejected first."""
    people = People(tx)
    grouped: dict[_Group, list[_Asked]] = {}
    counted = []
    for item in queries.judged(tx, wanted, decided=False):
        did = people.did(item.row.authors, item.task.assignee_id)
        if item.approval.withdrawn_at is not None or (wanted.employee_id and wanted.employee_id not in did):
            continue
        asked = _Asked.of(item, did)
        counted.append(asked)
        for group in _groups_of(asked, wanted, people):
            grouped.setdefault(group, []).append(asked)
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


def _groups_of(item: _Asked, wanted: Filters, people: People) -> Iterator[_Group]:
    task = item.task
    if wanted.by == "deliverable":
        step, ref = item.lineage
        yield f"{task.task_id}/{step or ''}/{ref}", f"{ref} of {task.name}"
    elif wanted.by == "employee":
        for employee_id in item.did or ("",):
            if wanted.employee_id in (None, employee_id):
                yield employee_id, people.name(employee_id or None)
    elif wanted.by == "task_type":
        yield task.task_type, task.task_type
    elif wanted.by == "template":
        yield task.template_id or "", task.template_id or "no template"
    else:
        yield task.task_id, task.name


def _row(group: _Group, items: Sequence[_Asked], people: People, wanted: Filters) -> Row:
    tasks = {item.task.task_id for item in items}
    key, words = group
    last = max(items, key=lambda item: item.decided_at or item.requested_at)
    is_one = wanted.by in ("task", "deliverable")
    names = [name for item in items for name in people.names(item.did)]
    return {
        "group": words,
        **_counts(items),
        "standing": _STANDING[_standing(items, last)] if is_one else None,
        "employees": list(dict.fromkeys(names)) or [NOBODY],
        "group_key": key or None,
        "task_id": next(iter(tasks)) if is_one else None,
        "deliverable_id": last.deliverable_id if wanted.by == "deliverable" else None,
    }


def _standing(items: Sequence[_Asked], last: _Asked) -> ApprovalStatus:
    """Return where one piece of work stands: it waits while anybody has still to decide."""
    is_open = any(item.is_open for item in items)
    return ApprovalStatus.PENDING if is_open else last.status


def _counts(items: Sequence[_Asked]) -> Row:
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


def _before_first_approval(items: Sequence[_Asked]) -> int:
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
