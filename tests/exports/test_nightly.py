"""The export of each night, done by a job: a folder per day, of which the newest are kept (EXP-11)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.app import Workbench
from engine.clock import FixedClock
from engine.errors import UnavailableError
from engine.jobs.models import JobStatus
from exports import contract, nightly, validate, writer
from exports.layout import MANIFEST
from exports.shelves import FolderShelf
from tests.exports.nights import Nights


@pytest.fixture
def nights(workbench: Workbench, tmp_path: Path) -> Nights:
    return Nights(workbench, tmp_path / "exports", kept=3)


def test_an_export_is_a_whole_one_in_a_folder_of_its_day(nights: Nights):
    job = nights.export()
    assert (job.status, nights.days()) == (JobStatus.DONE, ["2026-11-21"])
    assert validate.examine(nights.folder / "2026-11-21").violations == []
    assert (job.outcome or "").endswith(" records in " + str(nights.folder / "2026-11-21") + ".")


def test_the_day_is_the_one_of_the_workspace(nights: Nights, clock: FixedClock):
    assert nightly.day_of(clock.now().replace(hour=23), "Europe/Berlin") == "2026-11-22"
    assert nightly.day_of(clock.now().replace(hour=23), "UTC") == "2026-11-21"


def test_an_export_that_was_written_before_its_worker_was_lost_is_left_as_it_is(nights: Nights):
    nights.export()
    before = (nights.folder / "2026-11-21" / MANIFEST).read_bytes()
    job = nights.export()
    assert (job.status, job.outcome) == (JobStatus.DONE, f"{nights.folder}/2026-11-21 is there already.")
    assert (nights.folder / "2026-11-21" / MANIFEST).read_bytes() == before


def test_the_newest_are_kept_and_what_is_no_export_of_a_day_is_left_alone(nights: Nights, clock: FixedClock):
    for name in ("2020-01-01", "march-2026", "2026-99-notes"):
        (nights.folder / name).mkdir(parents=True)
        (nights.folder / name / "notes.txt").write_text("Ours.")
    for _ in range(4):
        last = nights.export()
        clock.advance(days=1)
    assert nights.days() == [
        "2020-01-01", "2026-11-22", "2026-11-23", "2026-11-24", "2026-99-notes", "march-2026",
    ]  # fmt: skip
    assert (last.outcome or "").endswith("Let go: 2026-11-21.")


def test_a_folder_that_cannot_be_written_fails_in_words(nights: Nights):
    nights.folder.write_text("This is a file.")
    job = nights.export()
    assert job.status is JobStatus.FAILED
    assert "cannot be written to" in (job.outcome or "")
    assert nights.folder.read_text() == "This is a file."


# What readers rely on


def _as_if_promised(night: Path, **changes: Any) -> None:
    """Make an export one that promised its readers something else of the titles of tasks."""
    path = night / "datapackage.json"
    package = json.loads(path.read_text())
    tasks = next(one for one in package["resources"] if one["name"] == "tasks")
    next(one for one in tasks["schema"]["fields"] if one["name"] == "title").update(changes)
    path.write_text(json.dumps(package))


@pytest.mark.parametrize(
    ("promised", "told"),
    [
        (
            {"name": "headline", "description": "Gone."},
            "tasks.headline is gone: there is no such field any more",
        ),
        ({"name": "headline"}, "tasks.headline is gone; tasks.title looks like its new name"),
        ({"type": "integer"}, "tasks.title has another type: integer became string"),
    ],
    ids=["dropped", "renamed", "retyped"],
)
def test_an_export_that_would_break_readers_is_not_published_and_says_by_what(
    nights: Nights, clock: FixedClock, promised: dict[str, Any], told: str
):
    nights.export()
    _as_if_promised(nights.folder / "2026-11-21", **promised)
    clock.advance(days=1)
    for _ in range(2):
        job = nights.export()
        assert job.status is JobStatus.FAILED
        assert f"was not published: {told} (as it is in 2026-11-21). It is in " in (job.outcome or "")
        assert nights.days() == ["2026-11-21", "2026-11-22-unpublished"]
    assert validate.check(nights.folder / "2026-11-22-unpublished") == []


def test_whoever_renames_it_publishes_it_and_the_next_is_held_against_that(nights: Nights, clock: FixedClock):
    nights.export()
    _as_if_promised(nights.folder / "2026-11-21", type="integer")
    clock.advance(days=1)
    nights.export()
    (nights.folder / "2026-11-22-unpublished").rename(nights.folder / "2026-11-22")
    clock.advance(days=1)
    assert nights.export().status is JobStatus.DONE
    assert nights.days() == ["2026-11-21", "2026-11-22", "2026-11-23"]


def test_an_export_that_fails_its_own_check_is_not_published(nights: Nights, monkeypatch: pytest.MonkeyPatch):
    write = writer.write

    def harm(workbench: Workbench, actor: Any, folder: Path) -> dict[str, Any]:
        manifest = write(workbench, actor, folder)
        (folder / "tasks.jsonl").write_text("{}\n")
        return manifest

    monkeypatch.setattr(writer, "write", harm)
    job = nights.export()
    assert job.status is JobStatus.FAILED
    assert "The export of 2026-11-21 was not published: tasks.jsonl:1: form: lacks task_id" in (
        job.outcome or ""
    )
    assert nights.days() == ["2026-11-21-unpublished"]


def test_it_has_the_name_of_its_day_only_once_it_was_compared(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
):
    nights.export()
    (nights.folder / "2026-11-21").rename(nights.folder / "2026-11-20")
    compare, seen = contract.compare, []

    def look(old: object, new: object) -> list[contract.Change]:
        seen.append(nights.days())
        return compare(old, new)

    monkeypatch.setattr(contract, "compare", look)
    assert nights.export().status is JobStatus.DONE
    assert seen == [["2026-11-20", "2026-11-21-unpublished"]]
    assert nights.days() == ["2026-11-20", "2026-11-21"]


def test_what_was_not_published_is_kept_no_longer_than_what_was(nights: Nights, clock: FixedClock):
    for day in range(16, 21):
        writer.write(
            nights.workbench, nights.workbench.operator(), nights.folder / f"2026-11-{day}-unpublished"
        )
    assert "Let go: 2026-11-16-unpublished, 2026-11-17-unpublished." in (nights.export().outcome or "")
    assert nights.days() == ["2026-11-18-unpublished", "2026-11-19-unpublished", "2026-11-20-unpublished",
                             "2026-11-21"]  # fmt: skip


def test_as_many_that_were_asked_for_are_kept_as_of_days_and_others_are_left_alone(tmp_path: Path):
    asked = [f"job_01ARZ3NDEKTSV4RRFFQ69G5FA{letter}" for letter in "ABC"]
    days = ["2027-03-01", "2027-03-02"]
    failed = [f"{name}-unpublished" for name in (days[0], asked[0], asked[1])]
    for name in [*asked, *days, *failed, "march"]:
        (tmp_path / name).mkdir()
        (tmp_path / name / MANIFEST).write_text("{}")
    assert nightly.let_go(FolderShelf(tmp_path), 2) == [asked[0], failed[0]]
    assert (tmp_path / "march").is_dir()


def test_a_folder_that_cannot_be_used_says_what_to_look_at(tmp_path: Path):
    (tmp_path / "exports").write_text("a file where the folder should be")
    shelf = FolderShelf(tmp_path / "exports")
    assert shelf.exports(nightly._DAY) == []
    with pytest.raises(UnavailableError, match=r"cannot be written to: .* has space"):
        shelf.remove("2026-11-21")
