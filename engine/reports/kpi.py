"""The key figures that stored data can tell (RPT-09); those that need more say what they need."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from statistics import median

from engine.reports import queries
from engine.reports.filters import Filters
from engine.reports.tables import Column, ColumnKind, Report, Row, Table, percent
from engine.reports.wording import duration
from engine.tasks.models import TaskStatus
from engine.tasks.states import TRANSITIONS
from engine.transaction import Transaction

#: How far back the figures look where no first day is given.
_USUAL_DAYS = 90
_WINDOW = f"Without a first day they look at the last {_USUAL_DAYS} days."
_ABSENT = (
    "Nothing is said of automatic executions, of which there are none yet, nor of the queue before them.",
    "How fast pages answer is measured by the benchmarks.",
    "Who looked at what is not known: reading leaves no trace here.",
    "How content people are comes from surveys, and what it brings from other systems.",
)


def run(tx: Transaction, wanted: Filters) -> Table:
    """Return a row per key figure, with what it was computed from."""
    wanted = _with_beginning(tx, wanted)
    created, from_template = queries.count_created(tx, wanted)
    rows = [
        _creation(created),
        _transitions(tx, wanted),
        _dependencies(tx, wanted),
        _reviews(tx, wanted),
        _templates(created, from_template),
        _throughput(tx, wanted),
    ]
    return Table(columns=REPORT.columns, rows=rows, remarks=(_WINDOW, *_ABSENT))


def _with_beginning(tx: Transaction, wanted: Filters) -> Filters:
    """Return the filters with a first day: figures over all time would hide how things go now."""
    if wanted.since is not None:
        return wanted
    return replace(wanted, since=(wanted.until or tx.now) - timedelta(days=_USUAL_DAYS))


def _creation(created: int) -> Row:
    """Say what is known: a refused attempt changes nothing, so the store cannot count it."""
    basis = f"{created:,} made; attempts that were refused leave no trace in the store"
    return _row("KPI-01", "Creation success", "at least 99 %", None, basis, is_met=None)


def _transitions(tx: Transaction, wanted: Filters) -> Row:
    made = queries.moves_made(tx, wanted)
    total = sum(count for _, _, count in made)
    valid = sum(count for before, after, count in made if _is_valid(before, after))
    return _share("KPI-03", "Transition accuracy", 1.0, (valid, total), "moves are in the status table")


def _is_valid(before: str, after: str) -> bool:
    known = set(TaskStatus)
    return before in known and after in known and TaskStatus(after) in TRANSITIONS[TaskStatus(before)]


def _dependencies(tx: Transaction, wanted: Filters) -> Row:
    total, right = queries.started_dependents(tx, wanted)
    what = "tasks began only when all that they wait for was done"
    return _share("KPI-04", "Dependency resolution", 0.95, (right, total), what)


def _reviews(tx: Transaction, wanted: Filters) -> Row:
    times = queries.review_times(tx, wanted)
    minutes = round(median(times) / 60, 1) if times else None
    value = None if minutes is None else f"{minutes:g} min" if minutes <= 60 else duration(int(minutes * 60))
    is_met = None if minutes is None else minutes < 60
    basis = f"{len(times):,} reviews, from being asked for to the decision"
    return _row("KPI-07", "Human review, median", "under 60 min", value, basis, is_met=is_met, number=minutes)


def _templates(created: int, from_template: int) -> Row:
    return _share(
        "KPI-12", "Tasks from templates", 0.4, (from_template, created), "tasks come from a template"
    )


def _throughput(tx: Transaction, wanted: Filters) -> Row:
    done = queries.done_by_day(tx, wanted)
    total = sum(done.values())
    value = round(total / len(done), 1) if done else None
    basis = f"{total:,} completed on {len(done):,} days of a person on which they completed any"
    is_met = None if value is None else value >= 100
    shown = None if value is None else f"{value:g}"
    title = "Tasks per day and active user"
    return _row("KPI-13", title, "at least 100", shown, basis, is_met=is_met, number=value)


def _share(key: str, title: str, target: float, counted: tuple[int, int], what: str) -> Row:
    part, whole = counted
    value = round(part / whole, 4) if whole else None
    words = None if value is None else f"{value * 100:.1f} %".replace(".0 %", " %")
    is_met = None if value is None else value >= target
    goal = percent(target) if target == 1 else f"at least {percent(target)}"
    basis = f"{part:,} of {whole:,} {what}"
    return _row(key, title, goal, words, basis, is_met=is_met, number=value)


def _row(
    key: str,
    title: str,
    target: str,
    value: str | None,
    basis: str,
    *,
    is_met: bool | None,
    number: float | None = None,
) -> Row:
    return {
        "kpi": key,
        "figure": title,
        "value": value or "not known",
        "target": target,
        "met": is_met,
        "basis": basis,
        "number": number,
    }


REPORT = Report(
    name="kpi",
    title="Key figures",
    description="The figures by which the product is judged, as far as stored data can tell them.",
    columns=(
        Column(name="kpi", title="Number", only_in_files=True),
        Column(name="figure", title="Figure"),
        Column(name="value", title="Value"),
        Column(name="target", title="Target", only_in_files=True),
        Column(name="met", title="Met", kind=ColumnKind.FLAG, only_in_files=True),
        Column(name="basis", title="Computed from"),
        Column(name="number", title="Value as a number", kind=ColumnKind.ID),
    ),
    filters=("task_type", "template", "partner", "from", "to"),
    run=run,
)
