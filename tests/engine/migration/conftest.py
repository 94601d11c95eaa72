"""An engine over the templates of ``articles``, with ways to bring their bundles to where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.bundles import instantiate
from engine.bundles.request import NewBundle
from engine.catalog.catalog import Catalog
from engine.catalog.content import Content
from engine.clock import FixedClock
from engine.config import Settings
from engine.migration.impact import Impact, impact
from engine.migration.queries import StoredWork
from engine.tasks import assignment, notes, update
from engine.tasks.models import Task, TaskStatus
from tests.engine.migration import articles
from tests.factories import make_people
from tests.told import saved

_OVER = (TaskStatus.COMPLETED, TaskStatus.SKIPPED, TaskStatus.CANCELLED)


class Running:
    """Bundles that run, and what a change of their templates means for them."""

    def __init__(self, workbench: Workbench, folder: Path, clock: FixedClock) -> None:
        self.workbench, self.folder, self.clock = workbench, folder, clock
        self.people: dict[str, Actor] = make_people(workbench)
        clock.advance(hours=1)

    def content(self, ref: str = "main") -> Content:
        return Catalog(self.folder, ref=ref).content()

    def start(self, template: str = "article", **fields: Any) -> str:
        given = {"anchor_date": date(2027, 3, 1), **fields}
        if template == "article":
            given["parameters"] = {"topic": "Tents", **given.get("parameters", {})}
        content = self.workbench.content()
        with self.workbench.transaction(self.people["mara"]) as tx:
            bundle_id = instantiate.create(tx, content, NewBundle(template=template, **given)).bundle_id
        self.clock.advance(minutes=1)
        return bundle_id

    def tasks(self, bundle_id: str) -> dict[str, Task]:
        with self.workbench.reading(self.people["mara"]) as tx:
            found = tx.find(Task, bundle_id=bundle_id)
        return {task.template_task_ref: task for task in sorted(found, key=lambda task: task.position)}

    def stand(self, bundle_id: str, ref: str, status: TaskStatus) -> None:
        """Put a task where a day's work would have brought it."""
        with self.workbench.transaction(self.people["mara"]) as tx:
            task = tx.get(Task, self.tasks(bundle_id)[ref].task_id)
            if status is not task.status:
                task.status, task.closed_at = status, tx.now if status in _OVER else None
                saved(tx, task)

    def by_hand(self, bundle_id: str, ref: str, **changes: Any) -> None:
        content = self.workbench.content()
        with self.workbench.transaction(self.people["mara"]) as tx:
            update.update(tx, content, self.tasks(bundle_id)[ref].task_id, changes)

    def assign(self, bundle_id: str, ref: str, employee: str) -> None:
        with self.workbench.transaction(self.people["mara"]) as tx:
            assignment.assign(tx, self.tasks(bundle_id)[ref].task_id, employee)

    def note(self, bundle_id: str, ref: str) -> None:
        with self.workbench.transaction(self.people["mara"]) as tx:
            notes.add(tx, self.tasks(bundle_id)[ref].task_id, "They called.")

    def impact(self, base: str = "main", head: str = "change") -> Impact:
        with self.workbench.reading(self.people["mara"]) as tx:
            return impact(self.content(base), self.content(head), StoredWork(tx))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return articles.make(tmp_path / "articles")


@pytest.fixture
def running(store_url: str, repository: Path, tmp_path: Path, clock: FixedClock) -> Iterator[Running]:
    """Running work on SQLite, then on PostgreSQL."""
    settings = Settings(content=str(repository), database=store_url, blobs=str(tmp_path / "blobs"))
    with closing(Workbench(settings, clock=clock)) as workbench:
        yield Running(workbench, repository, clock)
