"""How good the work was: QA scores by type, template, person, and over time (RPT-03, RPT-07, QA-18)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from engine.qa.inputs import HIGHEST_SCORE
from engine.reports import queries
from engine.reports.filters import Filters
from engine.reports.people import People
from engine.reports.queries import Scored
from engine.reports.tables import Chart, ChartKind, Column, ColumnKind, Point, Report, Row, Table, bars, share
from engine.transaction import Transaction

_OVER_TIME = ("week", "month")
_GROUPS = ("task_type", "template", "employee", *_OVER_TIME)


def run(tx: Transaction, wanted: Filters) -> Table:
    """Return average score and pass rate per group: groups by name, periods in their order."""
    people, grouped = People(tx), dict[str, list[Scored]]()
    found = list(queries.scored(tx, wanted))
    for item in found:
        grouped.setdefault(_group(tx, item, wanted.by), []).append(item)
    rows = [{"group": _words(group, wanted.by, people), **_figures(items), "group_key": group or None}
            for group, items in grouped.items()]  # fmt: skip
    rows.sort(key=lambda row: str(row["group_key" if wanted.by in _OVER_TIME else "group"]))
    totals: Row = _figures(found) if found else {}
    return Table(columns=REPORT.columns, rows=rows, totals=totals, chart=_chart(rows, wanted.by))


def _group(tx: Transaction, item: Scored, by: str) -> str:
    if by in _OVER_TIME:
        day = item.review.reviewed_at.astimezone(ZoneInfo(tx.workspace_zone)).date()
        monday = day - timedelta(days=day.weekday())
        return f"{day:%Y-%m}" if by == "month" else monday.isoformat()
    if by == "employee":
        return item.review.employee_id or ""
    return item.task.task_type if by == "task_type" else item.task.template_id or ""


def _words(group: str, by: str, people: People) -> str:
    if by == "employee":
        return people.name(group or None)
    if by == "week":
        return f"week of {group}"
    return group or "no template"


def _figures(items: Sequence[Scored]) -> Row:
    scores = [item.review.score for item in items if item.review.score is not None]
    verdicts = [item.review.passed for item in items if item.review.passed is not None]
    return {
        "reviews": len(items),
        "tasks": len({item.task.task_id for item in items}),
        "average_score": round(sum(scores) / len(scores), 2) if scores else None,
        "pass_rate": share(sum(verdicts), len(verdicts)),
        "passed": sum(verdicts),
        "failed": len(verdicts) - sum(verdicts),
    }


def _chart(rows: Sequence[Row], by: str) -> Chart | None:
    points = [
        Point(label=str(row["group"]), value=float(score), shown=f"{score} of {HIGHEST_SCORE}")
        for row in rows
        if isinstance(score := row["average_score"], float)
    ]
    if by not in _OVER_TIME:
        return bars("Average score", points, highest=HIGHEST_SCORE)
    if not points:
        return None
    title = f"Average score by {by}"
    return Chart(kind=ChartKind.LINE, title=title, points=points, lowest=1, highest=HIGHEST_SCORE)


REPORT = Report(
    name="qa_scores",
    title="QA scores",
    description="The average score, from 1 (poor) to 5 (excellent), and the share that passed: per type, "
    "template or person, or week by week.",
    columns=(
        Column(name="group", title="Group"),
        Column(name="reviews", title="Reviews", kind=ColumnKind.NUMBER),
        Column(name="tasks", title="Tasks", kind=ColumnKind.NUMBER),
        Column(name="average_score", title="Average score", kind=ColumnKind.NUMBER),
        Column(name="pass_rate", title="Pass rate", kind=ColumnKind.SHARE),
        Column(name="passed", title="Passed", kind=ColumnKind.NUMBER),
        Column(name="failed", title="Not passed", kind=ColumnKind.NUMBER),
        Column(name="group_key", title="Key", kind=ColumnKind.ID),
    ),
    filters=("by", "employee", "task_type", "template", "partner", "task", "deliverable", "from", "to"),
    groups=_GROUPS,
    is_personal=True,
    run=run,
)
