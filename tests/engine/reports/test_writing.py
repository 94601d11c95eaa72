"""Reports as files: CSV that no spreadsheet runs, JSON in small words (RPT-08)."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from engine.reports import registry, writing
from engine.reports.tables import Column, Table
from tests.reported import Case


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def one_cell(value: object) -> str:
    table = Table(
        columns=[Column(name="cell", title="Cell"), Column(name="x", title="X")], rows=[{"cell": value}]
    )
    return rows_of(writing.to_csv(table))[0]["cell"]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+49 30",
        "-x",
        "@sum",
        "\t=1",
        "\r=1",
        "  =1",
        '=HYPERLINK("a","b")',
        "\uff1d1+1",
        "\uff0b1",
        "\uff0d1",
        "\uff20sum",
        "\ufe661",  # of other widths
        # behind what nobody sees
        "\ufeff=1",
        "\u200b=1",
        "\u2060\u00ad=1",
        "\u00a0=1",
        "\u3000=1",
        "\n=1",
        " \u200b =1",
    ],
)
def test_what_a_spreadsheet_would_compute_is_shown_as_it_is(text: str):
    assert one_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("a = b", "a = b"),
        ("\u200ba = b", "\u200ba = b"),
        ("Zoë, 20 €", "Zoë, 20 €"),
        ("two\nlines", "two\nlines"),
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (-3, "-3"),
        (0.833, "0.833"),
        (["Ana", "Ben"], "Ana; Ben"),
        (["=Ana"], "'=Ana"),
        (datetime(2026, 11, 21, 9, 30, tzinfo=UTC), "2026-11-21T09:30:00.000Z"),
    ],
)
def test_other_values_are_written_plainly(value: object, cell: str):
    assert one_cell(value) == cell


@pytest.mark.few(3)
@pytest.mark.parametrize("name", list(registry.REPORTS))
def test_both_forms_hold_the_same_rows_under_the_same_names(case: Case, name: str):
    case.finished_article()
    table = case.ask("mara", registry.run, name, {})
    data = json.loads(json.dumps(writing.to_data(registry.REPORTS[name], table)))
    rows = rows_of(writing.to_csv(table))
    names = [item["name"] for item in data["columns"]]
    assert all(item == item.lower() and " " not in item for item in names)
    assert len(rows) == len(data["rows"]) == len(table.rows)
    assert [list(row) for row in rows] == [names] * len(rows)
    assert [list(row) for row in data["rows"]] == [names] * len(rows)
    assert (data["report"], data["remarks"]) == (name, list(table.remarks))
