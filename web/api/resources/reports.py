"""Reports by name, with the filters that each takes, as ``workbench report`` runs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import Field

from engine.inputs import Input
from engine.reports import filters, registry, writing
from engine.reports.tables import Report, Table
from engine.transaction import Transaction
from web.api import schemas
from web.api.paging import Asked, Page, cut_behind
from web.api.resources.base import Described, Resource


class Run(NamedTuple):
    """A report that was run."""

    report: Report
    table: Table


class ReportFilters(Input):
    """What a report is narrowed by; each takes some of these."""

    employee: str | None = Field(None, description=filters.NAMES["employee"].capitalize() + ".")
    task_type: str | None = Field(None, description=filters.NAMES["task_type"].capitalize() + ".")
    template: str | None = Field(None, description=filters.NAMES["template"].capitalize() + ".")
    partner: str | None = Field(None, description=filters.NAMES["partner"].capitalize() + ".")
    task: str | None = Field(None, description=filters.NAMES["task"].capitalize() + ".")
    deliverable: str | None = Field(None, description=filters.NAMES["deliverable"].capitalize() + ".")
    since: str | None = Field(None, alias="from", description=filters.NAMES["from"].capitalize() + ".")
    until: str | None = Field(None, alias="to", description=filters.NAMES["to"].capitalize() + ".")
    by: str | None = Field(None, description=filters.NAMES["by"].capitalize() + ".")
    last: str | None = Field(None, description=filters.NAMES["last"].capitalize() + ".")


def _list(tx: Transaction, asked: Asked) -> Page:
    return cut_behind(registry.available(tx.actor), asked, lambda one: one.name)


def _run(tx: Transaction, name: str, given: Mapping[str, Any]) -> Run:
    return Run(registry.get(name), registry.run(tx, name, given))


def _told(_: Transaction, found: Sequence[Run]) -> Described:
    return [writing.to_data(one.report, one.table) for one in found]


def _line(_: Transaction, found: Sequence[Report]) -> Described:
    return [
        {
            "name": one.name,
            "title": one.title,
            "description": one.description,
            "filters": list(one.filters),
            "by": list(one.groups),
        }
        for one in found
    ]


_TITLED = {
    "title": schemas.said(schemas.TEXT, "What people call it."),
    "description": schemas.said(schemas.TEXT, "What it answers."),
}
_COLUMN = schemas.shape("A column.", dict.fromkeys(("name", "title", "kind"), schemas.TEXT))
REPORTS = Resource(
    name="reports",
    record=Report,
    help="What was said, decided and scored, over many tasks: which reports you may read, and one of them.",
    find=lambda tx, name: _run(tx, name, {}),
    find_with=_run,
    item_filters=ReportFilters,
    list=_list,
    describe=_told,
    schema=schemas.shape(
        "A report that was run.",
        {
            "report": schemas.said(schemas.TEXT, "Its name."),
            **_TITLED,
            "columns": schemas.some(_COLUMN, "What each row says, in order."),
            "rows": schemas.some(schemas.OBJECT, "The rows: a value for each column's name."),
            "totals": schemas.said(
                schemas.OBJECT, "Totals or averages, by column, where they mean something."
            ),
            "remarks": schemas.some(schemas.TEXT, "What the numbers leave out, in sentences."),
        },
    ),
    describe_listed=_line,
    listed_schema=schemas.shape(
        "A report that you may read.",
        {
            "name": schemas.said(schemas.TEXT, "What its address calls it."),
            **_TITLED,
            "filters": schemas.some(schemas.TEXT, "What it may be narrowed by."),
            "by": schemas.some(schemas.TEXT, "What its rows may stand for, the usual one first."),
        },
    ),
    id_field="name",
)
RESOURCES: Mapping[str, Resource] = {REPORTS.path: REPORTS}
