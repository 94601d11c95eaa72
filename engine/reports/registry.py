"""The reports by name, who may read them, and the one way to run them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.access import Actor, Permission, may, require
from engine.errors import ForbiddenError, NotFoundError
from engine.reports import decisions, feedback, kpi, late, load, qa_scores, questions, readiness, rejections
from engine.reports.filters import Filters
from engine.reports.tables import Report, Table
from engine.transaction import Transaction

REPORTS: dict[str, Report] = {
    module.REPORT.name: module.REPORT
    for module in (late, load, feedback, rejections, questions, readiness, qa_scores, decisions, kpi)
}


def available(actor: Actor) -> list[Report]:
    """Return the reports that the actor may read; members those about themselves."""
    if not may(actor, Permission.SEE_OWN_WORK):
        return []
    return [item for item in REPORTS.values() if item.is_personal or actor.sees_everything]


def get(name: str) -> Report:
    """Return a report.

    Raises:
        NotFoundError: there is none of that name.
    """
    found = REPORTS.get(name)
    if found is None:
        raise NotFoundError(f"There is no report {name!r}. The reports are {', '.join(REPORTS)}.")
    return found


def run(
    tx: Transaction, name: str, given: Mapping[str, Any], *, rows: int | None = None, offset: int = 0
) -> Table:
    """Run a report with the filters that an address or a command line gives.

    Who does not see all work reads about themselves alone. With ``rows`` only so many of its rows are made
    after the first ``offset``; everything else in it is about all of them.

    Raises:
        NotFoundError: no such report, or a task or deliverable that the actor may not see.
        ForbiddenError: it is not for the actor, or about somebody else.
        BadRequestError: a filter has the wrong form.
    """
    report = get(name)
    require(tx.actor, Permission.SEE_OWN_WORK, "read reports")
    asked = Filters.parse(tx, given, names=report.filters, groups=report.groups)
    wanted = replace(asked, rows=rows, offset=offset)
    table = report.run(tx, wanted if tx.actor.sees_everything else _about_oneself(tx.actor, report, wanted))
    if table.count is not None:
        return table
    end = None if rows is None else offset + rows
    return replace(table, rows=table.rows[offset:end], count=len(table.rows))


def _about_oneself(actor: Actor, report: Report, wanted: Filters) -> Filters:
    if not report.is_personal:
        require(actor, Permission.SEE_ALL_WORK, f"read the report {report.name}")
    if actor.employee_id is None:
        raise ForbiddenError(
            f"{actor.name} is not linked to an employee, so nothing of theirs can be reported. Ask an admin."
        )
    if wanted.employee_id not in (None, actor.employee_id):
        raise ForbiddenError(f"{actor.name} may read reports about their own work, not about that of others.")
    return replace(wanted, employee_id=actor.employee_id)
