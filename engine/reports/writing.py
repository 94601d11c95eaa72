"""A report as a file: CSV that no spreadsheet runs, and JSON (RPT-08)."""

from __future__ import annotations

import csv
import io
import unicodedata
from datetime import datetime
from typing import Any

from engine.clock import to_text
from engine.reports.tables import Cell, Report, Table

#: What a spreadsheet takes for the beginning of a formula, also behind what nobody sees, and in other widths.
_FORMULA = frozenset("=+-@")
_BREAKS = ("\t", "\r", "\n")


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
    return f"'{text}" if _begins(text) in _FORMULA or text.lstrip(" ").startswith(_BREAKS) else text


def _begins(text: str) -> str:
    """Return the first sign that is seen, in its plain form: U+FF1D is another width of ``=`` (S25)."""
    plain = (sign for given in text for sign in unicodedata.normalize("NFKC", given))
    return next((sign for sign in plain if unicodedata.category(sign)[0] not in "CZ"), "")
