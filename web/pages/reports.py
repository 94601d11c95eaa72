"""A report as a page: its filters as a form, its picture, and the part of its table that is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.catalog.content import Content
from engine.reference.models import Employee, Partner
from engine.reports import filters
from engine.reports.tables import Column, Report, Row, Table
from engine.transaction import Transaction
from web.format import words
from web.pages import charts
from web.pages.charts import Bar, LinePicture
from web.pages.choices import Choices
from web.pagination import Pages

PER_PAGE = 100
#: What an address says beside the filters.
_OF_PAGE = ("format", "offset")
_EMPTY: tuple[object, ...] = (None, "", [])
_LABELS = {
    "employee": "Person",
    "task_type": "Type",
    "from": "From",
    "to": "Until",
    "by": "Per",
    "last": "Newest tasks",
    "task": "Task",
    "deliverable": "Deliverable",
}


@dataclass(frozen=True)
class Asked:
    """One filter of the form."""

    name: str
    label: str
    #: ``select``, ``text``, ``date`` or ``number``.
    kind: str
    value: str
    hint: str
    options: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class ReportPage:
    """One report as somebody asks for it."""

    report: Report
    given: Mapping[str, str]
    #: None where the filters were refused.
    table: Table | None
    #: The form's fields in the report's order.
    filters: Sequence[Asked]
    offset: int = 0

    @property
    def is_narrowed(self) -> bool:
        """Whether the address asks for anything."""
        return any(self.given.values())

    @cached_property
    def columns(self) -> list[Column]:
        """The columns that are shown: ids stand behind links, and columns empty on this page say nothing."""
        return [
            column
            for column in self.report.columns
            if column.on_page
            and not column.below
            and any(row[column.name] not in _EMPTY for row in self.rows)
        ]

    def below(self, row: Row) -> list[Column]:
        """Give the text below a row."""
        return [column for column in self.report.columns if column.below and row[column.name] not in _EMPTY]

    @property
    def rows(self) -> Sequence[Row]:
        """The rows that are shown."""
        return self.table.rows if self.table else []

    @property
    def pages(self) -> Pages:
        """Which part of the table is shown."""
        return Pages((self.table.count or 0) if self.table else 0, PER_PAGE, self.offset)

    @cached_property
    def bars(self) -> list[Bar]:
        """The picture of a comparison."""
        chart = self.table.chart if self.table else None
        return charts.bars(chart) if chart and not self.line else []

    @cached_property
    def line(self) -> LinePicture | None:
        """The picture of a value over time."""
        chart = self.table.chart if self.table else None
        return charts.line(chart) if chart else None


def filters_of(tx: Transaction, content: Content, report: Report, given: Mapping[str, str]) -> list[Asked]:
    """Give the choices of a report's filters; somebody who reads about themselves is not asked about whom."""
    tx.find_together((Employee, {}), (Partner, {}))
    offered = {
        "employee": tx.actor.sees_everything,
        "deliverable": bool(given.get("deliverable")),  # nobody types that id; links carry it
    }
    return [_asked(tx, content, report, given, name) for name in report.filters if offered.get(name, True)]


def _asked(tx: Transaction, content: Content, report: Report, given: Mapping[str, str], name: str) -> Asked:
    value = given.get(name, "")
    options = [(group, words(group)) for group in report.groups]
    if name != "by":
        options = _known(tx, content, name)
        if options and value and value not in dict(options):
            options.append((value, value))  # an id, or the key of what is not in the content any more
        options = [("", "all"), *options] if options else []
    kind = "select" if options else {"from": "date", "to": "date", "last": "number"}.get(name, "text")
    return Asked(name, _LABELS.get(name, words(name).capitalize()), kind, value, filters.NAMES[name], options)


def _known(tx: Transaction, content: Content, name: str) -> Choices:
    if name == "employee":
        return [(item.key, item.name) for item in tx.find(Employee, order_by=("key",))]
    if name == "partner":
        return [(item.key, item.name) for item in tx.find(Partner, order_by=("key",))]
    if name == "task_type":
        return sorted((key, item.name) for key, item in content.task_types.items())
    if name == "template":
        return sorted((key, item.name) for key, item in content.templates.items())
    return []


def asked_of(arguments: Mapping[str, str]) -> dict[str, str]:
    """Return the filters of an address, without what it says about the page."""
    return {name: value for name, value in arguments.items() if name not in _OF_PAGE}
