"""All feedback and reviews: decisions, QA scores, answers to questions, remarks (RPT-01, RPT-02)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from engine.reports import queries
from engine.reports.filters import Filters
from engine.reports.people import People
from engine.reports.queries import TaskHead
from engine.reports.tables import Column, ColumnKind, Point, Report, Row, Table, bars
from engine.tasks.models import NoteKind
from engine.transaction import Transaction

_NOTES = {NoteKind.HELP_ANSWER: "help answer", NoteKind.FEEDBACK: "feedback"}


def run(tx: Transaction, wanted: Filters) -> Table:
    """List what judges and helpers said about work, the newest first."""
    rows = [row for row, about in _all(tx, wanted, People(tx)) if _is_wanted(wanted, about)]
    rows.sort(key=lambda row: (row["at"], row["task_id"], row["what"]), reverse=True)
    kinds = [str(row["what"]) for row in rows]
    points = [
        Point(label=kind, value=kinds.count(kind), shown=str(kinds.count(kind)))
        for kind in dict.fromkeys(sorted(kinds))
    ]
    return Table(
        columns=REPORT.columns,
        rows=rows,
        chart=bars("What was said, by kind", points),
    )


def _is_wanted(wanted: Filters, about: Sequence[str]) -> bool:
    return wanted.employee_id is None or wanted.employee_id in about


def _all(tx: Transaction, wanted: Filters, people: People) -> Iterator[tuple[Row, Sequence[str]]]:
    yield from _decisions(tx, wanted, people)
    yield from _scores(tx, wanted, people)
    yield from _remarks(tx, wanted, people)
    if wanted.deliverable_id is None:  # a note is about the task as a whole
        yield from _notes(tx, wanted, people)


def _decisions(tx: Transaction, wanted: Filters, people: People) -> Iterator[tuple[Row, Sequence[str]]]:
    for item in queries.judged(tx, wanted):
        given, about = item.approval, people.did(item.row.authors, item.task.assignee_id)
        yield (
            _row(
                item.task,
                people,
                about,
                at=given.decided_at,
                what=f"{given.source} approval",
                verdict=given.status.replace("_", " "),
                by=people.user_name(given.approver_id),
                version=item.row.name,
                deliverable_id=item.row.deliverable_id,
                feedback=given.feedback,
            ),
            about,
        )


def _scores(tx: Transaction, wanted: Filters, people: People) -> Iterator[tuple[Row, Sequence[str]]]:
    for item in queries.scored(tx, wanted):
        given = item.review
        about = (given.employee_id,) if given.employee_id else ()
        verdict = [] if given.passed is None else ["passed" if given.passed else "not passed"]
        verdict += [] if given.score is None else [f"{given.score} of 5"]
        yield (
            _row(
                item.task,
                people,
                about,
                at=given.reviewed_at,
                what=f"{given.review_type} QA",
                verdict=", ".join(verdict),
                by=people.user_name(given.reviewer_id),
                deliverable_id=given.deliverable_id,
                feedback=given.feedback,
            ),
            about,
        )


def _notes(tx: Transaction, wanted: Filters, people: People) -> Iterator[tuple[Row, Sequence[str]]]:
    for item in queries.notes(tx, wanted, list(_NOTES)):
        about = tuple(item.note.mentions) or people.did((), item.task.assignee_id)
        yield (
            _row(
                item.task,
                people,
                about,
                at=item.note.created_at,
                what=_NOTES[item.note.kind],
                by=people.user_name(item.note.created_by),
                feedback=item.note.body,
            ),
            about,
        )


def _remarks(tx: Transaction, wanted: Filters, people: People) -> Iterator[tuple[Row, Sequence[str]]]:
    """Return remarks on versions; what the authors say about their own work is not feedback."""
    for item in queries.comments(tx, wanted):
        about = people.did(item.row.authors, item.task.assignee_id)
        if people.employee_of(item.comment.created_by) in about:
            continue
        yield (
            _row(
                item.task,
                people,
                about,
                at=item.comment.created_at,
                what="comment",
                by=people.user_name(item.comment.created_by),
                version=item.row.name,
                deliverable_id=item.row.deliverable_id,
                feedback=item.comment.body,
            ),
            about,
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
