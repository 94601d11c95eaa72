"""What a report is made of: columns, rows, totals, and a chart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from engine.reports.filters import Filters
from engine.transaction import Transaction

Cell = str | int | float | bool | datetime | list[str] | None
Row = dict[str, Cell]


class ColumnKind(StrEnum):
    """How a column's values are read."""

    TEXT = "text"  #: words
    NUMBER = "number"  #: a count or an average
    SHARE = "share"  #: a part of one, shown in percent
    MOMENT = "moment"  #: a UTC moment
    FLAG = "flag"  #: yes or no
    ID = "id"  #: a business id: in files, and behind links on the page
    HASH = "hash"  #: a fingerprint, shown by its beginning


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column; its name is what files call it."""

    name: str
    title: str
    kind: ColumnKind = ColumnKind.TEXT
    #: The column with the id of what the value names, where it names something with a page.
    links_to: str | None = None
    #: Left out on the page, where files have it.
    only_in_files: bool = False
    #: Told below its row on the page: long, or about few of the rows.
    below: bool = False

    @property
    def on_page(self) -> bool:
        """Whether a page shows it."""
        return not self.only_in_files and self.kind is not ColumnKind.ID


class ChartKind(StrEnum):
    """What a picture shows."""

    BARS = "bars"  #: compares groups
    LINE = "line"  #: follows one value over time


@dataclass(frozen=True, kw_only=True)
class Point:
    """One group or period of a picture."""

    label: str
    value: float
    #: The value as it is read aloud.
    shown: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A picture of one column; the table says the same."""

    kind: ChartKind
    title: str
    points: Sequence[Point]
    lowest: float = 0
    highest: float


@dataclass(frozen=True, kw_only=True)
class Table:
    """What a report found."""

    columns: Sequence[Column]
    #: The rows that were asked for, as many as there are of those.
    rows: Sequence[Row]
    #: How many rows there are in all, shown or not; None where ``rows`` holds all of them.
    count: int | None = None
    #: column -> total or average over all rows, where there is a meaningful one.
    totals: Row = field(default_factory=dict)
    chart: Chart | None = None
    #: What the numbers leave out, in sentences.
    remarks: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Report:
    """One report: what it says, and what it may be narrowed and grouped by."""

    #: What the command line and the address call it.
    name: str
    title: str
    #: What it answers, in a sentence or two.
    description: str
    columns: tuple[Column, ...]
    #: Names of ``filters.NAMES`` that it takes.
    filters: tuple[str, ...]
    #: What ``by`` may be, the usual one first.
    groups: tuple[str, ...] = ()
    #: Whether members may read it about themselves; the others are for who sees all work.
    is_personal: bool = False
    run: Callable[[Transaction, Filters], Table]


def share(part: int, whole: int) -> float | None:
    """Return a part of one with three digits, None of nothing."""
    return round(part / whole, 3) if whole else None


def percent(value: float) -> str:
    """Return ``83 %``."""
    return f"{value * 100:.0f} %"


def bars(title: str, points: Sequence[Point], *, highest: float | None = None) -> Chart | None:
    """Return a comparison, None where there is nothing to compare."""
    most = highest or max((point.value for point in points), default=0)
    if not points or not most:
        return None
    return Chart(kind=ChartKind.BARS, title=title, points=points, highest=most)
