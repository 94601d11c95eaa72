"""Ends of the chain that were noted in a file are held against it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.app import Workbench
from exports import writer
from tests.factories import make_task


def test_anchors_are_noted_in_a_file_and_held_against_the_chain(workbench: Workbench, cli, tmp_path: Path):
    file = tmp_path / "anchors"
    first = cli("audit", "anchor", str(file), "--json").json["head"]
    make_task(workbench)
    second = cli("audit", "anchor", str(file), "--json").json["head"]
    make_task(workbench)
    lines = [line.split(" ") for line in file.read_text().splitlines()]
    assert [line[2] for line in lines] == [first, second]
    assert {line[1] for line in lines} == {workbench.workspace.workspace_id}
    assert file.stat().st_mode & 0o777 == 0o600
    told = cli("audit", "verify", "--anchors", str(file), "--expect", second, "--json").json
    assert (told["intact"], told["anchors"]) == (True, 3)
    assert "passes through 2 ends kept elsewhere" in cli("audit", "verify", "--anchors", str(file)).out

    count, _, digest = second.partition(":")
    file.write_text(file.read_text().replace(digest, "f" * 64))
    answer = cli("audit", "verify", "--anchors", str(file), "--json")
    assert answer.code == 1
    assert answer.json["error"]["details"][0]["seq"] == int(count)
    refused = cli("audit", "anchor", str(file))
    assert refused.code == 1, "nothing is added to anchors that the chain does not pass through"
    assert len(file.read_text().splitlines()) == 2


def test_one_file_may_note_the_chains_of_several_workspaces(workbench: Workbench, cli, tmp_path: Path):
    file, other = tmp_path / "anchors", "2026-11-20T00:00:00.000Z wsp_other 7:" + "a" * 64
    file.write_text(f"{other}\n")
    assert cli("audit", "anchor", str(file)).code == 0
    assert file.read_text().splitlines()[0] == other
    assert cli("audit", "verify", "--anchors", str(file), "--json").json["anchors"] == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "notes no end of the chain"),
        ("yesterday\n", "Line 1 of"),
        ("2026-11-28T00:00:00.000Z wsp_x 7:abc\n", "is not the end of a chain"),
        ("2026-11-28T00:00:00.000Z wsp_other 7:" + "a" * 64 + "\n", "notes no end of the chain"),
    ],
)
def test_a_file_without_anchors_is_refused_in_words(workbench: Workbench, cli, tmp_path: Path, text, told):
    file = tmp_path / "anchors"
    file.write_text(text)
    answer = cli("audit", "verify", "--anchors", str(file))
    assert answer.code != 0
    assert told in answer.err
    assert "There is no file" in cli("audit", "verify", "--anchors", str(tmp_path / "none")).err
    assert "not the end of a chain" in cli("audit", "verify", "--expect", "7").err


@pytest.mark.parametrize("end", ["0:" + "0" * 64, "0:" + "a" * 64])
def test_an_end_before_the_first_event_proves_nothing_and_is_no_check(
    workbench: Workbench, cli, tmp_path: Path, end: str
):
    answer = cli("audit", "verify", "--expect", end)
    assert answer.code == 1
    assert "Before its first event every chain is the same, so 0 proves nothing" in answer.err
    file = tmp_path / "anchors"
    file.write_text(f"2026-11-28T00:00:00.000Z {workbench.workspace.workspace_id} {end}\n")
    assert cli("audit", "verify", "--anchors", str(file)).code == 1


def test_whoever_verifies_the_events_of_a_folder_is_led_to_the_check_of_its_records(
    workbench: Workbench, cli, tmp_path: Path
):
    folder = tmp_path / "out"
    writer.write(workbench, workbench.operator(), folder)
    assert (
        f"Only events were looked at: `workbench export check {folder}`"
        in cli("audit", "verify", str(folder)).out
    )
    assert "Only events" not in cli("audit", "verify").out
