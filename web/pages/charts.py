"""Pictures without a script: the numbers of a chart as places and lengths for bars and lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.reports.tables import Chart, ChartKind


@dataclass(frozen=True)
class Bar:
    """One bar with its words."""

    label: str
    shown: str
    #: Its length, 0 to 100.
    length: float


@dataclass(frozen=True)
class LinePicture:
    """A line over time in a square of 100 by 100, y downward."""

    #: The corners of the line, for the ``points`` of a polyline.
    corners: str
    #: Where the points stand.
    places: Sequence[tuple[float, float]]
    #: What the horizontal lines mean, the highest first, with their y.
    scale: Sequence[tuple[str, float]]
    first: str
    last: str


def bars(chart: Chart) -> list[Bar]:
    """Return a comparison's bars."""
    return [
        Bar(point.label, point.shown, round(100 * min(1.0, point.value / chart.highest), 2))
        for point in chart.points
    ]


def line(chart: Chart) -> LinePicture | None:
    """Return a line, None for a comparison; a single point stands in the middle."""
    if chart.kind is not ChartKind.LINE or not chart.points:
        return None
    last = len(chart.points) - 1
    places = [
        (round(100 * place / last, 2) if last else 50.0, _height(chart, point.value))
        for place, point in enumerate(chart.points)
    ]
    steps = range(int(chart.highest), int(chart.lowest) - 1, -1)
    return LinePicture(
        corners=" ".join(f"{x:g},{y:g}" for x, y in places),
        places=places,
        scale=[(str(step), _height(chart, step)) for step in steps],
        first=chart.points[0].label,
        last=chart.points[-1].label,
    )


def _height(chart: Chart, value: float) -> float:
    return round(100 * (chart.highest - value) / (chart.highest - chart.lowest), 2)
