"""How much everybody has to do: what is open, late, and due in this week and the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.reports import queries
from engine.reports.filters import Filters
from engine.reports.late import BOT
from engine.reports.people import NOBODY, People
from engine.reports.queries import Load
from engine.reports.tables import Column, ColumnKind, Point, Report, Row, Table, bars
from engine.tasks.dates import start_of
from engine.transaction import Transaction

_CHARTED = 20
_COUNTED = ("open", "late", "this_week", "next_week", "undated")
_WEEK = timedelta(days=7)
_GIVEN = "yes"


def weeks_of(tx: Transaction) -> tuple[datetime, datetime, datetime]:
    """Return when this calendar week begins, the next one, and the one after it; a week begins on Monday."""
    today = tx.workspace_today
    monday = today - timedelta(days=today.weekday())
    first, second, third = (start_of(monday + count * _WEEK, tx.workspace_zone) for count in range(3))
    return first, second, third


def run(tx: Transaction, wanted: Filters) -> Table:
    """Return a row per active person, those with most open work first, then whoever else has any."""
    found = sorted(_everybody(tx, wanted), key=_order)
    points = [Point(label=one.name, value=one.load.open, shown=str(one.load.open)) for one in found]
    totals: Row = {name: sum(getattr(one.load, name) for one in found) for name in _COUNTED}
    return Table(
        columns=REPORT.columns,
        rows=[_row(one) for one in found],
        totals=totals if found else {},
        chart=bars("Open tasks", points[:_CHARTED]),
        remarks=_MEANINGS,
    )


@dataclass(frozen=True)
class _One:
    """Somebody, whether they are given work, and how much they have."""

    name: str
    standing: str | None
    load: Load


def _everybody(tx: Transaction, wanted: Filters) -> Iterator[_One]:
    people = People(tx)
    found = {(one.employee_id, one.is_bots): one for one in queries.load(tx, wanted, weeks_of(tx))}
    for employee_id, employee in people.employees.items():
        load = found.pop((employee_id, False), None)
        if wanted.employee_id in (None, employee_id) and (load is not None or employee.is_active):
            standing = _GIVEN if employee.is_active else "no more"
            yield _One(employee.name, standing, load or Load(employee_id=employee_id))
    for load in found.values():
        yield _One(load.employee_id or (BOT if load.is_bots else NOBODY), None, load)


def _order(one: _One) -> tuple[bool, bool, int, str]:
    """Sort those who are given work before those who are not, and both before what nobody has."""
    return one.standing is None, one.standing != _GIVEN, -one.load.open, one.name


def _row(one: _One) -> Row:
    counts: Row = {name: getattr(one.load, name) for name in _COUNTED}
    return {
        "employee": one.name,
        "standing": one.standing,
        **counts,
        "employee_id": one.load.employee_id,
    }


_MEANINGS = (
    "Open is every task that is not completed, skipped or cancelled, whatever it waits for.",
    "Late is an open task, a failed one left out, whose deadline has passed.",
    "Due this week and next are open tasks with their deadline in that week, Monday to Sunday, late or not.",
    "Whoever is given work no more and still has some stands below the others: hand it over on their page.",
)
REPORT = Report(
    name="load",
    title="Load",
    description="How much work each person has at this moment: open tasks, late ones, and those due this "
    "week and next.",
    columns=(
        Column(name="employee", title="Person", links_to="employee_id"),
        Column(name="standing", title="Given work"),
        Column(name="open", title="Open", kind=ColumnKind.NUMBER),
        Column(name="late", title="Late", kind=ColumnKind.NUMBER),
        Column(name="this_week", title="Due this week", kind=ColumnKind.NUMBER),
        Column(name="next_week", title="Due next week", kind=ColumnKind.NUMBER),
        Column(name="undated", title="Due on no day", kind=ColumnKind.NUMBER),
        Column(name="employee_id", title="Employee id", kind=ColumnKind.ID),
    ),
    filters=("employee", "task_type", "template", "partner"),
    is_personal=True,
    run=run,
)
