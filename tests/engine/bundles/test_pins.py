"""The pin: stored once per content, and all that a running bundle ever needs of Git."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.bundles import details, instantiate, pins, service
from engine.bundles.models import Bundle, PinnedTaskType, PinnedTemplate
from engine.bundles.request import NewBundle
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
