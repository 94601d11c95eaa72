"""The export of each night, done by a job: a folder per day, of which the newest are kept (EXP-11)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.clock import FixedClock
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.models import Job, JobStatus
from engine.jobs.port import Kinds
from exports import nightly, validate
from exports.layout import MANIFEST


class _Nights:
    """A workspace whose exports are written night by night."""

    def __init__(self, workbench: Workbench, folder: Path, kept: int) -> None:
        workbench.settings = replace(workbench.settings, export_folder=str(folder), exports_kept=kept)
        self.workbench, self.folder = workbench, folder
        self.engine = EmbeddedEngine(
            workbench.database, Kinds([nightly.export(workbench)]), workbench.clock, workbench.ids
        )

    def export(self) -> Job:
        with self.workbench.transaction(self.workbench.system_actor()) as tx:
            job_id = self.engine.enqueue(tx, nightly.EXPORT.name, max_attempts=1)
        assert self.engine.do_one("worker")
        job = self.engine.claims.find(job_id or "")
        assert job is not None
        return job

    def days(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def nights(workbench: Workbench, tmp_path: Path) -> _Nights:
    return _Nights(workbench, tmp_path / "exports", kept=3)


def test_an_export_is_a_whole_one_in_a_folder_of_its_day(nights: _Nights):
    job = nights.export()
    assert (job.status, nights.days()) == (JobStatus.DONE, ["2026-11-21"])
    assert validate.examine(nights.folder / "2026-11-21").violations == []
    assert (job.outcome or "").endswith(" records in " + str(nights.folder / "2026-11-21") + ".")


def test_the_day_is_the_one_of_the_workspace(nights: _Nights, clock: FixedClock):
    assert nightly.day_of(clock.now().replace(hour=23), "Europe/Berlin") == "2026-11-22"
    assert nightly.day_of(clock.now().replace(hour=23), "UTC") == "2026-11-21"


def test_an_export_that_was_written_before_its_worker_was_lost_is_left_as_it_is(nights: _Nights):
    nights.export()
    before = (nights.folder / "2026-11-21" / MANIFEST).read_bytes()
    job = nights.export()
    assert (job.status, job.outcome) == (JobStatus.DONE, f"{nights.folder}/2026-11-21 is there already.")
    assert (nights.folder / "2026-11-21" / MANIFEST).read_bytes() == before


def test_the_newest_are_kept_and_what_is_no_export_of_a_day_is_left_alone(nights: _Nights, clock: FixedClock):
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


def test_a_folder_that_cannot_be_written_fails_in_words(nights: _Nights):
    nights.folder.write_text("This is a file.")
    job = nights.export()
    assert job.status is JobStatus.FAILED
    assert "cannot be written to" in (job.outcome or "")
    assert nights.folder.read_text() == "This is a file."
