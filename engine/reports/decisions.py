"""What was seen at each decision: the version joined with its approval (RPT-06)."""

from __future__ import annotations

from engine.deliverables.models import ApprovalStatus
from engine.reports import queries
from engine.reports.filters import Filters
from engine.reports.people import People
from engine.reports.queries import Judged
from engine.reports.tables import Column, ColumnKind, Point, Report, Row, Table, bars
from engine.transaction import Transaction


def run(tx: Transaction, wanted: Filters) -> Table:
    """Return every decision with exactly what it was made on, the newest first."""
    people = People(tx)
    made = queries.decisions(tx, wanted, people.whose(wanted.employee_id), by_outcome=True)
    counts, places = queries.read(tx, [made], wanted)
    found = queries.judged(tx, [place.doc_id for place in places])
    points = [
        Point(label=status.replace("_", " "), value=counts[status], shown=str(counts[status]))
        for status in ApprovalStatus
        if status in counts
    ]
    return Table(
        columns=REPORT.columns,
        rows=[_row(found[place.doc_id], people) for place in places if place.doc_id in found],
        count=sum(counts.values()),
        chart=bars("Decisions by outcome", points),
    )


def _row(item: Judged, people: People) -> Row:
    given, row = item.approval, item.row
    return {
        "decided_at": given.decided_at,
        "outcome": given.status.replace("_", " "),
        "source": given.source.value,
        "by": people.user_name(given.approver_id),
        "partner": people.partner_name(given.partner_id or item.task.partner_id),
        "task": item.task.name,
        "version": row.name,
        "employees": people.names(people.did(row.authors, item.task.assignee_id)),
        "address": row.deliverable_url,
        "file_sha256": row.sha256,
        "facts": [f"{name}: {value}" for name, value in row.meta.items()],
        "feedback": given.feedback,
        "requested_at": given.requested_at,
        "round": given.round_number,
        "content_hash": given.content_hash,
        "unchanged": given.content_hash == row.content_hash,
        "evidence_artifact_id": given.evidence_artifact_id,
        "evidence_failure": given.evidence_failure,
        "delivered_at": row.delivered_at,
        "task_type": item.task.task_type,
        "template": item.task.template_id,
        "task_id": item.task.task_id,
        "deliverable_id": row.deliverable_id,
        "task_approval_id": given.task_approval_id,
    }


REPORT = Report(
    name="decisions",
    title="What was decided on",
    description="Each decision with exactly what the approver saw: the version, its address, file and facts, "
    "and the fingerprint that binds them to the decision.",
    columns=(
        Column(name="decided_at", title="Decided", kind=ColumnKind.MOMENT),
        Column(name="outcome", title="Outcome"),
        Column(name="source", title="Source"),
        Column(name="by", title="By"),
        Column(name="partner", title="Partner"),
        Column(name="task", title="Task", links_to="task_id"),
        Column(name="version", title="Version", links_to="deliverable_id"),
        Column(name="employees", title="Work of"),
        Column(name="address", title="Address", below=True),
        Column(name="file_sha256", title="File", kind=ColumnKind.HASH, only_in_files=True),
        Column(name="facts", title="Facts", below=True),
        Column(name="feedback", title="Feedback", below=True),
        Column(name="requested_at", title="Asked for", kind=ColumnKind.MOMENT, only_in_files=True),
        Column(name="round", title="Round", kind=ColumnKind.NUMBER, only_in_files=True),
        Column(name="content_hash", title="Seen", kind=ColumnKind.HASH),
        Column(name="unchanged", title="Unchanged since", kind=ColumnKind.FLAG),
        Column(name="evidence_artifact_id", title="Copy", links_to="evidence_artifact_id"),
        Column(name="evidence_failure", title="Why no copy", below=True),
        Column(name="delivered_at", title="Delivered", kind=ColumnKind.MOMENT, below=True),
        Column(name="task_type", title="Type", only_in_files=True),
        Column(name="template", title="Template", only_in_files=True),
        Column(name="task_id", title="Task id", kind=ColumnKind.ID),
        Column(name="deliverable_id", title="Deliverable id", kind=ColumnKind.ID),
        Column(name="task_approval_id", title="Approval id", kind=ColumnKind.ID),
    ),
    filters=("employee", "task_type", "template", "partner", "task", "deliverable", "from", "to"),
    run=run,
)
