"""A report as a file: CSV that no spreadsheet runs, and JSON (RPT-08)."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

from engine.clock import to_text
from engine.reports.tables import Cell, Report, Table

#: What a spreadsheet takes for the beginning of a formula, also behind spaces.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(table: Table) -> str:
    """Return the rows as CSV with the columns' names on top; the caller encodes it as UTF-8."""
    out = io.StringIO(newline="")
    names = [column.name for column in table.columns]
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([_csv_cell(row.get(name)) for name in names] for row in table.rows)
    return out.getvalue()


def to_data(report: Report, table: Table) -> dict[str, Any]:
    """Return the report as JSON data: columns, rows, totals and remarks."""
    names = [column.name for column in table.columns]
    return {
        "report": report.name,
        "title": report.title,
        "description": report.description,
        "columns": [{"name": item.name, "title": item.title, "kind": item.kind} for item in table.columns],
        "rows": [{name: _json_cell(row.get(name)) for name in names} for row in table.rows],
        "totals": {name: _json_cell(value) for name, value in table.totals.items()},
        "remarks": list(table.remarks),
    }


def _json_cell(value: Cell) -> Any:
    return to_text(value) if isinstance(value, datetime) else value


def _csv_cell(value: Cell) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, datetime):
        return to_text(value)
    return _harmless("; ".join(value) if isinstance(value, list) else value)


def _harmless(text: str) -> str:
    """Make text safe for a spreadsheet, which would compute a formula: an apostrophe goes before it."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
