"""One small template that begins by itself, in a repository of its own, and a worker that looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.bundles.models import Bundle
from engine.catalog.catalog import Catalog
from engine.clock import FixedClock
from engine.config import Settings
from engine.errors import WorkbenchError
from engine.jobs.claims import Claims
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.port import Kinds
from engine.schedules import jobs
from engine.schedules.models import Schedule, ScheduledStart
from tests.engine.catalog.conftest import ContentRepo
from tests.factories import do, make_people

#: Mondays at nine, UTC: 23 and 30 November, 7, 14, 21 and 28 December 2026.
TRIGGER: dict[str, Any] = {"mode": "schedule", "schedule": "0 9 * * 1"}
LETTER: dict[str, Any] = {
    "key": "letter",
    "name": "Weekly letter",
    "bundle_title": "Letter of {{ day }}",
    "task_type": "work",
    "calendar": "office",
    "trigger": {**TRIGGER, "parameters": {"day": "{{ anchor_date }}"}},
    "parameters": {
        "type": "object",
        "properties": {"day": {"type": "string", "title": "Day", "maxLength": 20}},
        "required": ["day"],
    },
    "tasks": [
        {"ref": "write", "title": "Write it", "due": {"offset": -2, "unit": "business_days"}},
        {"ref": "send", "title": "Send it", "offset_days": 0},
        {"ref": "thank", "title": "Thank", "due": {"offset": 1, "unit": "days", "from": "bundle_start"}},
    ],
}
OFFICE: dict[str, Any] = {
    "key": "office",
    "name": "Office",
    "timezone": "UTC",
    "holidays": [{"date": "2026-12-04", "name": "Office party"}],
}


class Desk:
    """A store, its people, the content of a strategist, and a worker."""

    def __init__(self, workbench: Workbench, clock: FixedClock, repo: ContentRepo) -> None:
        self.workbench, self.clock, self.repo = workbench, clock, repo
        self.people: dict[str, Actor] = make_people(workbench)
        self.kind = jobs.starting(workbench, workbench.system_actor())

    def publish(self, trigger: dict[str, Any] | None = None, **fields: Any) -> None:
        """Merge another version of the template; ``trigger`` is laid over Mondays at nine."""
        whole = {**LETTER, **fields}
        if trigger is not None:
            whole["trigger"] = {**LETTER["trigger"], **trigger}
        self.repo.put("task_templates/letter.yaml", whole)
        self.repo.commit()

    def switch_on(self, who: str = "mara", **given: Any) -> Schedule:
        done = do(self.workbench, self.people[who], "schedule start", **{"template": "letter", **given})
        assert isinstance(done.schedule, Schedule)
        return done.schedule

    def act(self, verb: str, schedule: Schedule, who: str = "mara", **given: Any) -> Any:
        return do(
            self.workbench, self.people[who], f"schedule {verb}", schedule_id=schedule.schedule_id, **given
        )

    def look(self, at: str | None = None) -> str | None:
        """Have a worker look, at a moment; return what its job says."""
        if at is not None:
            self.clock.set(datetime.fromisoformat(f"{at}+00:00"))
        engine = EmbeddedEngine(self.workbench.database, Kinds([self.kind]), self.clock, self.workbench.ids)
        with self.workbench.transaction(self.workbench.system_actor()) as tx:
            job_id = engine.enqueue(tx, jobs.START_SCHEDULED.name, max_attempts=1)
        assert engine.do_one("worker")
        job = Claims(self.workbench.database).find(job_id or "")
        assert job is not None
        return job.outcome

    def schedule(self) -> Schedule:
        with self.workbench.reading(self.people["mara"]) as tx:
            [found] = tx.find(Schedule)
            return found

    def starts(self) -> list[tuple[str, str]]:
        """Return what became of which day, in their order."""
        return [(f"{row.anchor_date:%d %b}", row.state.value) for row in self.rows()]

    def rows(self) -> list[ScheduledStart]:
        with self.workbench.reading(self.people["mara"]) as tx:
            return tx.find(ScheduledStart, order_by=("anchor_date",))

    def bundles(self) -> list[Bundle]:
        with self.workbench.reading(self.people["mara"]) as tx:
            return tx.find(Bundle, order_by=("anchor_date",))

    def anchors(self) -> list[date]:
        return [bundle.anchor_date for bundle in self.bundles()]

    def close(self, bundle: Bundle) -> None:
        do(self.workbench, self.people["mara"], "bundle cancel", bundle_id=bundle.bundle_id, reason="Done.")

    def refusal(self, verb: str, schedule: Schedule, who: str = "mara", **given: Any) -> str:
        with pytest.raises(WorkbenchError) as caught:
            self.act(verb, schedule, who, **given)
        return caught.value.message

    def events(self, *actions: Action) -> list[Event]:
        with self.workbench.reading(self.people["mara"]) as tx:
            return [one for one in tx.find(Event, order_by=("seq",)) if one.action in actions]


@pytest.fixture
def content(tmp_path: Path) -> ContentRepo:
    repo = ContentRepo(tmp_path / "repo")
    repo.put("task_types/work.yaml", {"key": "work", "name": "Work"})
    repo.put("task_types/untyped.yaml", {"key": "untyped", "name": "Untyped"})
    repo.put("calendars/office.yaml", OFFICE)
    repo.put("task_templates/letter.yaml", LETTER)
    repo.commit()
    return repo


@pytest.fixture
def desk(store_url: str, tmp_path: Path, clock: FixedClock, content: ContentRepo) -> Iterator[Desk]:
    settings = Settings(
        content=str(content.folder), database=store_url, blobs=str(tmp_path / "blobs"), copy_links=False
    )
    catalog = Catalog(content.folder)
    with closing(Workbench(settings, clock=clock, catalog=catalog)) as workbench:
        yield Desk(workbench, clock, content)
