"""``workbench task outputs``: what attempts made, from a task that is run to files on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.app import Workbench
from tests.factories import make_task
from web.serving import background


@pytest.fixture
def report(cli, workbench: Workbench) -> str:
    """The id of a task whose report of two rows was made."""
    settings = {
        "executor": "report_generation",
        "title": "Gear",
        "about": "rows",
        "formats": ["markdown", "xlsx"],
        "rows": [{"name": "Tents"}, {"name": "Boots"}],
    }
    task_id = make_task(workbench, execution_type="manual_trigger", execution_config=settings).task_id
    assert cli("task", "execute", task_id).code == 0
    engine = background.engine_of(workbench)
    while engine.do_one("worker"):
        pass
    return task_id


def test_outputs_are_listed_with_what_is_known_of_them(cli, report: str):
    told = cli("task", "outputs", report, "--json").json
    assert [(one["title"], one["file_format"]) for one in told["outputs"]] == [
        ("Gear", "xlsx"),
        ("Gear", "md"),
    ]
    assert {one["executor"] for one in told["outputs"]} == {"report_generation"}
    lines = cli("task", "outputs", report).out.splitlines()
    assert lines[0].split()[:5] == ["output", "title", "version", "format", "bytes"]
    assert len(lines) == 3


def test_they_are_written_to_a_folder_and_nothing_is_written_over(cli, report: str, tmp_path: Path):
    folder = tmp_path / "reports"
    written = cli("task", "outputs", report, "--out", str(folder), "--json").json["written"]
    assert sorted(written) == [str(folder / "Gear.md"), str(folder / "Gear.xlsx")]
    assert "| Tents |" in (folder / "Gear.md").read_text()
    assert (folder / "Gear.xlsx").read_bytes().startswith(b"PK")
    (folder / "Gear.md").write_text("mine")
    refused = cli("task", "outputs", report, "--out", str(folder))
    assert refused.code == 1
    assert "is there already" in refused.err
    assert (folder / "Gear.md").read_text() == "mine"


def test_a_folder_that_cannot_be_one_is_said_to_be_none(cli, report: str, tmp_path: Path):
    (tmp_path / "file").write_text("")
    refused = cli("task", "outputs", report, "--out", str(tmp_path / "file" / "reports"))
    assert refused.code == 1
    assert "cannot be written to" in refused.err


def test_a_task_that_made_nothing_has_none(cli):
    made = cli("task", "create", "--title", "Call", "--type", "untyped", "--json").json
    told = cli("task", "outputs", str(made["task_number"]), "--json")
    assert (told.code, told.json) == (0, {"outputs": [], "written": []})
    assert cli("task", "outputs", "999").code == 1
