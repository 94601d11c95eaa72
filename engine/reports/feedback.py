"""All feedback and reviews: decisions, QA scores, answers to questions, remarks (RPT-01, RPT-02)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.deliverables.models import Approval, DeliverableComment
from engine.qa.models import QaReview
from engine.record import Record
from engine.reports import queries
from engine.reports.filters import Filters
from engine.reports.people import People
from engine.reports.queries import Comment, Judged, Place, Said, Scored, TaskHead
from engine.reports.tables import Column, ColumnKind, Point, Report, Row, Table, bars
from engine.tasks.models import Note, NoteKind
from engine.transaction import Transaction

_NOTES = (NoteKind.HELP_ANSWER, NoteKind.FEEDBACK)


def run(tx: Transaction, wanted: Filters) -> Table:
    """List what judges and helpers said about work, the newest first."""
    people = People(tx)
    whose = people.whose(wanted.employee_id)
    sources = [
        queries.decisions(tx, wanted, whose),
        queries.scores_given(tx, wanted, whose),
        queries.remarks(tx, wanted, whose, people.employed),
    ]
    if wanted.deliverable_id is None:  # a note is about the task as a whole
        sources.append(queries.notes_written(tx, wanted, whose, _NOTES))
    counts, places = queries.read(tx, sources, wanted)
    points = [Point(label=kind, value=number, shown=str(number)) for kind, number in sorted(counts.items())]
    return Table(
        columns=REPORT.columns,
        rows=_rows(tx, places, people),
        count=sum(counts.values()),
        chart=bars("What was said, by kind", points),
    )


def _rows(tx: Transaction, places: Sequence[Place], people: People) -> list[Row]:
    """Return what was said at each place; the records of one type are read together."""
    tellers: dict[type[Record], tuple[Callable[..., Mapping[int, Any]], Callable[..., Row]]] = {
        Approval: (queries.judged, _decision),
        QaReview: (queries.scores, _score),
        DeliverableComment: (queries.comments, _remark),
        Note: (queries.notes, _note),
    }
    told: dict[tuple[str, int], Row] = {}
    for record_type, (read, tell) in tellers.items():
        table = record_type.spec.table
        doc_ids = [place.doc_id for place in places if place.table == table]
        found = read(tx, doc_ids) if doc_ids else {}
        told |= {(table, doc_id): tell(item, people) for doc_id, item in found.items()}
    found_places = [place for place in places if (place.table, place.doc_id) in told]
    return [{**told[place.table, place.doc_id], "what": place.sort} for place in found_places]


def _decision(item: Judged, people: People) -> Row:
    given = item.approval
    return _row(
        item.task,
        people,
        people.did(item.row.authors, item.task.assignee_id),
        at=given.decided_at,
        verdict=given.status.replace("_", " "),
        by=people.user_name(given.approver_id),
        version=item.row.name,
        deliverable_id=item.row.deliverable_id,
        feedback=given.feedback,
    )


def _score(item: Scored, people: People) -> Row:
    given = item.review
    verdict = [] if given.passed is None else ["passed" if given.passed else "not passed"]
    verdict += [] if given.score is None else [f"{given.score} of 5"]
    return _row(
        item.task,
        people,
        (given.employee_id,) if given.employee_id else (),
        at=given.reviewed_at,
        verdict=", ".join(verdict),
        by=people.user_name(given.reviewer_id),
        deliverable_id=given.deliverable_id,
        feedback=given.feedback,
    )


def _note(item: Said, people: People) -> Row:
    return _row(
        item.task,
        people,
        tuple(item.note.mentions) or people.did((), item.task.assignee_id),
        at=item.note.created_at,
        by=people.user_name(item.note.created_by),
        feedback=item.note.body,
    )


def _remark(item: Comment, people: People) -> Row:
    return _row(
        item.task,
        people,
        people.did(item.row.authors, item.task.assignee_id),
        at=item.comment.created_at,
        by=people.user_name(item.comment.created_by),
        version=item.row.name,
        deliverable_id=item.row.deliverable_id,
        feedback=item.comment.body,
    )


def _row(task: TaskHead, people: People, about: Sequence[str], **cells: Any) -> Row:
    return {
        "verdict": None,
        "version": None,
        "deliverable_id": None,
        **cells,
        "employees": people.names(about),
        "task_id": task.task_id,
        "task": task.name,
        "task_type": task.task_type,
        "template": task.template_id,
        "partner": people.partner_name(task.partner_id),
    }


REPORT = Report(
    name="feedback",
    title="Feedback",
    description="Everything that was said about the work of people: decisions, QA scores, answers to "
    "questions and remarks on versions.",
    columns=(
        Column(name="at", title="When", kind=ColumnKind.MOMENT),
        Column(name="what", title="What"),
        Column(name="verdict", title="Verdict"),
        Column(name="by", title="From"),
        Column(name="employees", title="To"),
        Column(name="task", title="Task", links_to="task_id"),
        Column(name="version", title="Version", links_to="deliverable_id"),
        Column(name="feedback", title="In words"),
        Column(name="task_type", title="Type"),
        Column(name="template", title="Template", only_in_files=True),
        Column(name="partner", title="Partner", only_in_files=True),
        Column(name="task_id", title="Task id", kind=ColumnKind.ID),
        Column(name="deliverable_id", title="Deliverable id", kind=ColumnKind.ID),
    ),
    filters=("employee", "task_type", "template", "partner", "task", "deliverable", "from", "to"),
    is_personal=True,
    run=run,
)
