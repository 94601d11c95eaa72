"""A workspace whose exports are written night by night."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.app import Workbench
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.models import Job
from engine.jobs.port import Kinds
from exports import nightly


class Nights:
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
