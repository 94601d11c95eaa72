"""The pin: stored once per content, and all that a running bundle ever needs of Git."""

from __future__ import annotations

import hashlib
import shutil
from datetime import date
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.bundles import details, instantiate, pins, service
from engine.bundles.models import Bundle, PinnedTaskType, PinnedTemplate
from engine.bundles.request import NewBundle
from engine.catalog import catalog, public_holidays
from engine.catalog.loader import FileCache
from engine.config import Settings
from engine.tasks import lifecycle
from engine.tasks.models import Task
from tests.conftest import commit_all
from tests.factories import make_people
from tests.statements import counted


@pytest.fixture
def own_repository(small_repository: Path, tmp_path: Path) -> Path:
    """A repository that the test may change and delete."""
    return Path(shutil.copytree(small_repository, tmp_path / "own"))


@pytest.fixture
def own(own_repository: Path, tmp_path: Path, clock):
    workbench = Workbench(
        Settings(
            content=str(own_repository),
            database=f"sqlite:///{tmp_path}/own/../own.db",
            blobs=str(tmp_path / "blobs"),
        ),
        clock=clock,
    )
    workbench.people = make_people(workbench)
    yield workbench
    workbench.close()


def begin(workbench: Workbench, **fields) -> Bundle:
    content = workbench.content()
    new = NewBundle(template="launch", anchor_date="2026-12-28", parameters={"topic": "rockets"}, **fields)
    with workbench.transaction(workbench.people["mara"]) as tx:
        return instantiate.create(tx, content, new)


def test_the_same_content_is_pinned_once_and_another_once_more(own: Workbench, own_repository: Path):
    first, second = begin(own), begin(own)
    for_acme = begin(own, partner="acme")
    template = own_repository / "content/task_templates/launch.yaml"
    template.write_text(template.read_text().replace("name: Launch", "name: Big launch"))
    commit = commit_all(own_repository)
    changed = begin(own)
    hashes = [bundle.template_hash for bundle in (first, second, for_acme, changed)]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3
    assert (changed.commit, changed.title) == (commit, "Big launch")
    with own.reading(own.people["mara"]) as tx:
        assert tx.count(PinnedTemplate) == 3
        assert tx.count(PinnedTaskType) == 2
        assert pins.resolved_of(tx, first).template.name == "Launch"
        assert pins.resolved_of(tx, changed).template.name == "Big launch"


def test_a_pin_holds_everything_with_its_origins(own: Workbench):
    content = own.content()
    bundle = begin(own, partner="acme")
    with own.reading(own.people["mara"]) as tx:
        pinned = pins.resolved_of(tx, bundle)
    resolved = content.resolve("launch", partner="acme")
    assert pinned.template == resolved.template
    assert pinned.task_types == dict(resolved.task_types)
    assert pinned.calendar == resolved.calendar
    assert pinned.process_docs == dict(resolved.process_docs)
    assert pinned.origins == dict(resolved.origins)
    assert pinned.closure_hash == bundle.template_hash
    assert {origin.level for origin in pinned.origins.values()} == {"global", "partner"}


def test_a_bundle_lives_on_after_its_repository_is_deleted(own: Workbench, own_repository: Path):
    bundle = begin(own)
    shutil.rmtree(own_repository)
    fresh = Workbench(own.settings, clock=own.clock)
    mara = fresh.actor_by_email("mara@example.com")
    with fresh.reading(mara) as tx:
        shown = details.details(tx, bundle.bundle_id)
        assert shown.pinned.process_docs["content.launch"].title == "How we launch"
        assert shown.pinned.origins["/tasks/0/title"].commit == bundle.commit
    with fresh.transaction(mara) as tx:
        tasks = {task.template_task_ref: task for task in tx.find(Task, bundle_id=bundle.bundle_id)}
        lifecycle.skip(tx, tasks["publish"].task_id, "called off")
        tx.settle()
        assert tasks["announce"].due_date is not None
        assert service.reanchor(tx, bundle.bundle_id, "2027-01-04").changes
        for task in tasks.values():
            if not task.is_terminal:
                lifecycle.cancel(tx, task.task_id)
        assert service.complete(tx, bundle.bundle_id).status == "completed"
    fresh.close()


def test_a_newer_package_of_holidays_moves_no_running_work_and_what_is_started_then_goes_by_it(
    own: Workbench, own_repository: Path, monkeypatch: pytest.MonkeyPatch
):
    office = own_repository / "content/calendars/office.yaml"
    written = office.read_text().partition("holidays:")[0]
    office.write_text(f"{written}holidays_of: {{country: DE, region: BE}}\n")
    template = own_repository / "content/task_templates/launch.yaml"
    template.write_text(
        template.read_text().replace("offset_days: 0", "due: {offset: 0, unit: business_days}")
    )
    commit_all(own_repository)
    before = begin(own)
    known = public_holidays.find("DE", "BE", None)
    told = {**known, date(2026, 12, 28): "New holiday"}
    monkeypatch.setattr(public_holidays, "find", lambda *_: told)
    monkeypatch.setattr(catalog, "_CACHE", FileCache())  # as in a process that is started with it
    later = Workbench(own.settings, clock=own.clock)
    later.people = own.people
    after = begin(later)
    with later.reading(later.people["mara"]) as tx:
        old, new = (
            next(
                task
                for task in tx.find(Task, bundle_id=bundle.bundle_id)
                if task.template_task_ref == "publish"
            )
            for bundle in (before, after)
        )
        assert (str(old.due_date), str(new.due_date)) == ("2026-12-28", "2026-12-29")
        assert not service.reanchor(tx, before.bundle_id, "2026-12-28", dry_run=True).changes
        moved = service.reanchor(tx, before.bundle_id, "2026-12-25", dry_run=True)
        (publish,) = [one for one in moved.kept if one.task_id == old.task_id]
        assert publish.why == "falls on the same day again"
        assert before.template_hash != after.template_hash
        pinned = tx.find_by_key(PinnedTemplate, "launch", before.template_hash, tx.workspace_id)
        closure = [(file["path"], file["sha256"]) for file in pinned.content["closure"]]
        said = "".join(f"{path}\0{sha256}\n" for path, sha256 in sorted(closure))
        assert hashlib.sha256(said.encode()).hexdigest() == before.template_hash
        assert [path for path, _ in closure if not path.startswith("content/")] == ["holidays/DE-BE"]
        assert "holidays_of" not in pinned.content["calendar"]
    later.close()


def test_a_pin_is_read_once_however_many_pages_show_it(own: Workbench):
    bundle = begin(own)
    with own.reading(own.people["mara"]) as tx:
        assert pins.to_read(tx, bundle.template_id, bundle.template_hash) != []
        first = pins.resolved_of(tx, bundle)
        assert pins.to_read(tx, bundle.template_id, bundle.template_hash) == []
    with own.reading(own.people["mara"]) as tx, counted() as statements:
        assert pins.resolved_of(tx, bundle) is first
    assert statements == []


def test_a_pin_that_is_not_committed_yet_is_not_kept(own: Workbench):
    new = NewBundle(template="launch", anchor_date="2026-12-28", parameters={"topic": "rockets"})
    with own.transaction(own.people["mara"]) as tx:
        bundle = instantiate.create(tx, own.content(), new)
        assert pins.resolved_of(tx, bundle).template.name == "Launch"
        assert pins.to_read(tx, bundle.template_id, bundle.template_hash) != []


def test_the_pins_read_last_are_kept_and_no_more(
    own: Workbench, own_repository: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pins, "_MOST_KEPT", 2)
    made = [begin(own), begin(own, partner="acme")]
    template = own_repository / "content/task_templates/launch.yaml"
    template.write_text(template.read_text().replace("name: Launch", "name: Big launch"))
    commit_all(own_repository)
    made.append(begin(own))
    with own.reading(own.people["mara"]) as tx:
        for bundle in (made[0], made[1], made[0], made[2]):
            pins.resolved_of(tx, bundle)
        asked = [bool(pins.to_read(tx, bundle.template_id, bundle.template_hash)) for bundle in made]
    assert asked == [False, True, False]


def test_a_task_without_a_bundle_has_no_pin_to_read(own: Workbench):
    with own.reading(own.people["mara"]) as tx:
        assert pins.to_read(tx, None, None) == []
