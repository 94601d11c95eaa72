"""Which exports of a folder are told, and which files of one: those that are finished, and never a link."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from engine.app import Workbench
from exports import published, writer
from exports.layout import BLOBS, DDL, MANIFEST, PACKAGE
from exports.records import tables

OURS = "wsp_1"


def made(folder: Path, name: str, at: int = 0, **manifest: Any) -> Path:
    """Make what looks like an export, as of so many seconds."""
    place = folder / name
    place.mkdir()
    whole = {"workspace": {"workspace_id": OURS}, "as_of": None, "tables": {}, **manifest}
    (place / MANIFEST).write_text(json.dumps(whole))
    os.utime(place / MANIFEST, (at, at))
    return place


def names(folder: Path) -> list[str]:
    return [one.export_id for one in published.listed(folder, OURS)]


def test_the_newest_comes_first_whatever_they_are_called(tmp_path: Path):
    for at, name in enumerate(("march-2027", "2027-03-01", "job_01ARZ3NDEKTSV4RRFFQ69G5FAV")):
        made(tmp_path, name, at)
    assert names(tmp_path) == ["job_01ARZ3NDEKTSV4RRFFQ69G5FAV", "2027-03-01", "march-2027"]
    assert published.listed(tmp_path / "nowhere", OURS) == []


@pytest.mark.parametrize("name", ["2027-03-01-unpublished", ".incomplete-x", "job_1-unpublished"])
def test_what_is_not_finished_or_failed_is_none(tmp_path: Path, name: str):
    made(tmp_path, name)
    assert names(tmp_path) == []


def test_nothing_else_in_the_folder_is_one(tmp_path: Path):
    folder, elsewhere = tmp_path / "exports", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    real = made(elsewhere, "real")
    (folder / "link").symlink_to(real)
    (folder / "notes.txt").write_text("Hello")
    (folder / "empty").mkdir()
    (folder / "linked").mkdir()
    (folder / "linked" / MANIFEST).symlink_to(real / MANIFEST)
    for name, text in (("broken", "{"), ("list", "[]"), ("bare", "{}")):
        (folder / name).mkdir()
        (folder / name / MANIFEST).write_text(text)
    made(folder, "theirs", workspace={"workspace_id": "wsp_2"})
    assert names(folder) == []


def test_it_says_what_it_holds(workbench: Workbench, tmp_path: Path):
    manifest = writer.write(workbench, workbench.system_actor(), tmp_path / "2027-03-01")
    [one] = published.listed(tmp_path, workbench.workspace.workspace_id)
    assert one.count == sum(table.get("count", 0) for table in manifest["tables"].values())
    assert (one.form, one.is_whole, one.as_of) == ("jsonl", True, manifest["as_of"])
    files = {file.path: file for file in published.files(tmp_path, one)}
    assert files.keys() == {*(table.file_name for table in tables()), MANIFEST, PACKAGE, DDL}
    assert files["users.jsonl"].sha256 == manifest["tables"]["users"]["sha256"]
    assert files["users.jsonl"].size_bytes == (tmp_path / "2027-03-01" / "users.jsonl").stat().st_size


def test_its_files_are_plain_ones_that_belong_to_it(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("x")
    table = {"file": "users.jsonl", "sha256": "0", "count": 0}
    out = {"file": "../secret", "sha256": "0", "count": 0}
    place = made(
        tmp_path, "one", tables={"users": table, "out": out, "tasks": {**table, "file": "tasks.jsonl"}}
    )
    (place / "users.jsonl").write_text("")
    (place / "tasks.jsonl").symlink_to(secret)
    (place / "notes.txt").write_text("Hello")
    (place / BLOBS).mkdir()
    good, linked = "a" * 64, "b" * 64
    (place / BLOBS / good).write_text("x")
    (place / BLOBS / linked).symlink_to(secret)
    (place / BLOBS / "other").write_text("x")
    [one] = published.listed(tmp_path, OURS)
    assert [file.path for file in published.files(tmp_path, one)] == [
        f"blobs/{good}",
        MANIFEST,
        "users.jsonl",
    ]


def test_a_folder_of_files_that_is_a_link_is_not_followed(tmp_path: Path):
    place = made(tmp_path, "one")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ("a" * 64)).write_text("x")
    (place / BLOBS).symlink_to(elsewhere)
    [one] = published.listed(tmp_path, OURS)
    assert [file.name for file in published.files(tmp_path, one)] == [MANIFEST]
