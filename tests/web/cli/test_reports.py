"""``workbench report``: the list, tables, CSV and JSON, files, and what is refused."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.reports import registry
from engine.tasks import notes
from tests.reported import Case


@pytest.fixture
def case(workbench: Workbench) -> Case:
    made = Case.set_up(workbench)
    made.finished_article()
    return made


def test_the_list_has_every_report_with_its_filters(cli, case: Case):
    answer = cli("report", "list")
    assert answer.code == 0
    assert all(name in answer.out for name in registry.REPORTS)
    data = cli("report", "list", "--json").json
    assert [item["name"] for item in data["reports"]] == list(registry.REPORTS)
    own = cli("--as", "ana@example.com", "report", "list", "--json").json
    personal = ("late", "load", "feedback", "help", "readiness", "qa_scores")
    assert [item["name"] for item in own["reports"]] == list(personal)


@pytest.mark.wide
@pytest.mark.parametrize("name", list(registry.REPORTS))
def test_each_report_comes_in_all_three_forms(cli, case: Case, name: str):
    table = cli("report", name)
    assert (table.code, table.err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(cli("report", name, "--format", "csv").out, newline="")))
    data = cli("report", name, "--format", "json").json
    assert cli("report", name, "--json").json == data
    assert len(rows) == len(data["rows"]) > 0
    assert data["report"] == name


def test_filters_narrow_the_report(cli, case: Case):
    found = cli(
        *("report", "feedback", "--employee", "ana", "--task-type", "article", "--template", "blog_post"),
        *("--partner", "acme", "--from", "2026-11-01", "--to", "2026-11-30", "--json"),
    )
    assert len(found.json["rows"]) == 6
    assert cli("report", "feedback", "--employee", "ben", "--json").json["rows"] == []
    assert cli("report", "feedback", "--to", "2026-11-01", "--json").json["rows"] == []
    weeks = cli("report", "qa_scores", "--by", "week").out
    assert "week of 2026-11-16" in weeks
    assert "In all: reviews 1" in weeks


def test_a_report_is_written_to_a_file_in_utf_8(cli, case: Case, tmp_path: Path):
    case.act("mara", notes.add, next(iter(case_tasks(case))), "Schön")
    path = tmp_path / "feedback.csv"
    answer = cli("report", "feedback", "--format", "csv", "--out", str(path))
    assert (answer.code, answer.out) == (0, f"6 rows of feedback written to {path}.\n")
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))
    assert len(rows) == 6
    cli("report", "kpi", "--format", "json", "--out", str(tmp_path / "kpi.json"))
    assert json.loads((tmp_path / "kpi.json").read_text(encoding="utf-8"))["report"] == "kpi"
    nowhere = cli("report", "kpi", "--out", str(tmp_path / "no" / "kpi.csv"))
    assert nowhere.code == 3
    assert "cannot be written" in nowhere.err


def case_tasks(case: Case) -> list[str]:
    return [row["task_id"] for row in case.ask("mara", registry.run, "decisions", {}).rows]


def test_what_is_wrong_is_refused_with_its_exit_code(cli, case: Case):
    assert cli("report", "weather").code == 2
    assert cli("report", "kpi", "--last", "5").code == 2
    refused = cli("report", "feedback", "--from", "soon", "--json")
    assert (refused.code, refused.json["error"]["details"][0]["field"]) == (1, "from")
    for who, name, words in (
        ("ana", "decisions", []),
        ("ben", "feedback", ["--employee", "ana"]),
        ("pat", "feedback", []),
    ):
        assert cli("--as", f"{who}@example.com", "report", name, *words).code == 4
    assert cli("--as", "ana@example.com", "report", "feedback", "--json").json["rows"] != []
