"""Upgrades keep running work: the store of every release opens, goes on and is exported (D12)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
import sqlalchemy

from engine.accounts.models import User
from engine.app import Workbench
from engine.audit import history
from engine.bundles import describe as bundle_pages
from engine.bundles import details
from engine.bundles.models import Bundle
from engine.catalog.catalog import Catalog
from engine.clock import FixedClock, to_text
from engine.config import Settings
from engine.deliverables import approvals, describe
from engine.deliverables.models import Approval, Deliverable
from engine.entities import RECORD_TYPES, table_specs
from engine.errors import OwnWorkError, StoreVersionError
from engine.store import Connection, DocumentStore, Migration
from engine.store.schema import index_name
from engine.tasks import queries
from engine.tasks.models import Task
from engine.tasks.search.reading import from_options
from engine.transaction import Transaction
from engine.upgrades import MIGRATIONS, open_store
from exports import restore, validate, writer
from tests import factories
from tests.conftest import NOW
from tests.exports.conftest import contents
from tests.golden.stores import BLOBS, OLDER, RELEASES, put, version_of
from tests.golden.worker import Worker, can_be_edited
from tests.verified import events_of_intact

pytestmark = pytest.mark.wide

IDS = [release.name for release in RELEASES]
older = pytest.mark.parametrize("release", OLDER, ids=[release.name for release in OLDER], indirect=True)


@pytest.fixture(params=RELEASES, ids=IDS)
def release(request: pytest.FixtureRequest) -> Path:
    """The folder of each release in turn."""
    return request.param


@pytest.fixture
def old(release: Path, database_url: str, shipped_repository: Path, tmp_path: Path) -> Settings:
    """Where the untouched store of a release is, on SQLite and then on PostgreSQL."""
    put(release, database_url)
    shutil.copytree(release / BLOBS, tmp_path / "blobs")
    return Settings(
        database=database_url,
        blobs=str(tmp_path / "blobs"),
        content=str(shipped_repository),
        timezone="Europe/Berlin",
        copy_links=False,
    )


@pytest.fixture
def upgraded(old: Settings, shipped_catalog: Catalog) -> Iterator[Workbench]:
    """An engine of this program on that store."""
    workbench = Workbench(old, clock=FixedClock(NOW), catalog=shipped_catalog, migrate=True)
    yield workbench
    workbench.close()


def stored(url: str, **options: Any) -> dict[str, list[str]]:
    """Return every document of a store by table, in the order of their rows."""
    with DocumentStore(url, **options) as database:
        return {name: sorted(database.table(name).select_rows({})) for name in sorted(database.tables())}


def test_the_releases_before_this_one_are_among_them() -> None:
    assert {"0.1.0", "0.2.0", "0.3.0"} <= set(IDS)


def test_the_store_of_0_2_0_holds_what_that_release_brought(tmp_path: Path) -> None:
    found = stored(_put(next(path for path in RELEASES if path.name == "0.2.0"), tmp_path))
    assert len(found["task_approvals"]) > 5
    assert len(found["task_qa_reviews"]) > 4
    assert found["deliverable_comments"]
    told = {json.loads(text)["action"] for text in found["audit_events"]}
    assert {"approval_decided", "approval_withdrawn", "deliverable_frozen", "human_review_rejected"} <= told


def test_steps_are_numbered_from_2_without_gaps() -> None:
    assert [step.version for step in MIGRATIONS] == list(range(2, len(MIGRATIONS) + 2))


@older
def test_it_is_refused_unmigrated_and_left_alone(old: Settings) -> None:
    before = stored(old.database)
    with pytest.raises(StoreVersionError, match=r"version \d+; this program needs \d+.*workbench upgrade"):
        open_store(old.database)
    assert stored(old.database) == before


@older
def test_a_crash_in_the_middle_of_a_step_leaves_the_old_store_usable(old: Settings, release: Path) -> None:
    lacking = MIGRATIONS[version_of(release) - 1 :]

    def crash(connection: Connection) -> None:
        lacking[0].apply(connection)
        raise RuntimeError("power cut")

    before = stored(old.database)
    with pytest.raises(RuntimeError, match="power cut"):
        DocumentStore(old.database, table_specs(), migrations=_with(lacking[0].version, crash), migrate=True)
    assert stored(old.database) == before
    with open_store(old.database, migrate=True) as database:
        assert database.migrated == [f"{step.version}: {step.description}" for step in lacking]


@older
def test_after_the_upgrade_an_accent_of_its_own_finds_the_same_letter(
    old: Settings, shipped_catalog: Catalog
) -> None:
    """What earlier releases compared was the text as it had been typed (D16)."""
    place = sqlalchemy.create_engine(old.database.replace("postgresql://", "postgresql+psycopg://"))
    with place.begin() as connection:
        read = sqlalchemy.text("SELECT document FROM tasks WHERE doc_id = 1")
        task = json.loads(connection.execute(read).scalar_one())
        task["title"] = normalize("NFD", "Übung für später")
        changed = {"document": json.dumps(task), "searched": f"{task['title']}\n".lower()}
        write = "UPDATE tasks SET document = :document, search_text = :searched WHERE doc_id = 1"
        connection.execute(sqlalchemy.text(write), changed)
    place.dispose()
    workbench = Workbench(old, clock=FixedClock(NOW), catalog=shipped_catalog, migrate=True)
    with workbench.reading(workbench.operator()) as tx:
        found = queries.list_tasks(tx, from_options(tx, {"text": "ÜBUNG später", "status": "all"}))
        assert [row.task_id for row in found.items] == [task["task_id"]]
    workbench.close()


def test_after_the_upgrade_the_store_has_the_indexes_of_a_new_one_and_no_others(upgraded: Workbench) -> None:
    with upgraded.database.read() as connection:
        for spec in table_specs():
            found = {index["name"] for index in sqlalchemy.inspect(connection).get_indexes(spec.name)}
            declared = {index_name(spec.name, columns, unique=False) for columns in spec.indexes}
            unique = {index_name(spec.name, columns, unique=True) for columns in (spec.key, *spec.unique)}
            assert found == declared | unique, spec.name


def test_after_the_upgrade_the_chain_tells_the_latest_time_in_it(old: Settings) -> None:
    with open_store(old.database, migrate=True) as database:
        events = [json.loads(text) for text in database.table("audit_events").select_rows({})]
        assert database.latest_time() == max(event["occurred_at"] for event in events)


def test_after_the_upgrade_every_record_is_what_this_program_would_have_stored(upgraded: Workbench) -> None:
    read = 0
    for record_type in RECORD_TYPES:
        table = upgraded.database.table(record_type.spec.table)
        for values, document in table.stream_whole_rows({}, record_type.spec.key):
            assert record_type.model_validate_json(document).to_stored().values == values
            read += 1
    assert read > 100


def test_after_the_upgrade_the_chain_is_intact_every_bundle_and_task_loads_and_all_of_it_leaves(
    upgraded: Workbench, tmp_path: Path
) -> None:
    with upgraded.reading(upgraded.operator()) as tx:
        assert events_of_intact(tx) > 100
        loaded = 0
        for bundle in tx.find(Bundle):
            assert bundle_pages.describe(tx, bundle)["tasks"]
            assert details.details(tx, bundle.bundle_id).pinned.template.tasks
            loaded += 1
        tasks = tx.find(Task)
        assert {row["task_id"] for row in describe.describe_all(tx, tasks)} == {row.task_id for row in tasks}
        assert loaded > 5
        assert len(tasks) > 100
    writer.write(upgraded, upgraded.operator(), tmp_path / "out")
    assert validate.check(tmp_path / "out") == []


def test_the_first_deadline_of_what_was_moved_before_the_upgrade_is_the_one_that_events_tell(
    upgraded: Workbench, release: Path
) -> None:
    with upgraded.reading(upgraded.operator()) as tx:
        tasks = tx.find(Task)
        events = list(reversed(history.timeline(tx, limit=10_000)))
    moved = [task for task in tasks if task.first_deadline != task.deadline]
    assert moved or release.name == "0.1.0"  # whose golden store has no bundle that was moved
    for task in moved:
        told = [(event.before or {}).get("deadline") for event in events if event.entity_id == task.task_id]
        assert task.first_deadline is not None
        assert to_text(task.first_deadline) == next(filter(None, told))
    done = [task for task in tasks if task.completed_at and task.deadline]
    assert len(done) > 10
    assert all((task.late_seconds > 0) is (task.completed_at > task.deadline) for task in done)


def test_what_was_handed_over_has_its_hash_and_its_authors(upgraded: Workbench) -> None:
    with upgraded.reading(upgraded.operator()) as tx:
        rows = tx.find(Deliverable)
        files = [row for row in rows if row.artifact_id]
        assert files
        assert all(row.sha256 and upgraded.blobs.verify(row.sha256) for row in files)
        assert all(row.sha256 is None for row in rows if not row.artifact_id)
        assert {bool(row.authors) for row in rows if row.is_submitted} == {True}
        edited = [
            event for event in history.timeline(tx, limit=10_000) if event.action == "deliverable_edited"
        ]
        for row in rows:
            told = {event.actor_id for event in edited if event.entity_id == row.deliverable_id}
            assert set(row.authors) == told or not told


def test_work_in_flight_goes_on_to_its_end_and_leaves_as_a_valid_export(
    upgraded: Workbench, old: Settings, tmp_path: Path
) -> None:
    worker = Worker(upgraded)
    with upgraded.reading(upgraded.operator()) as tx:
        running = [bundle.bundle_id for bundle in tx.find(Bundle, status="active")]
        handed = _active_with_a_file(tx)
    assert len(running) > 3
    worker.prepare(handed.task_id)
    granted = worker.get_approved(handed.task_id)
    assert [item.is_positive for item in granted] == [True]
    for bundle_id in running:
        worker.finish(bundle_id)
    with upgraded.reading(upgraded.operator()) as tx:
        assert {tx.get(Bundle, bundle_id).status for bundle_id in running} == {"completed"}
        assert events_of_intact(tx)
    writer.write(upgraded, upgraded.operator(), tmp_path / "out")
    assert validate.check(tmp_path / "out") == []
    assert contents(_restored_and_exported(old, tmp_path)) == contents(tmp_path / "out")


def test_nobody_judges_what_they_handed_over_before_the_upgrade(upgraded: Workbench) -> None:
    with upgraded.reading(upgraded.operator()) as tx:
        row = _active_with_a_file(tx)
        emails = {user.user_id: user.email for user in tx.find(User)}
    Worker(upgraded).prepare(row.task_id)
    with upgraded.transaction(upgraded.operator()) as tx:
        approvals.request(tx, row.task_id)
    with upgraded.reading(upgraded.operator()) as tx:
        (approval,) = tx.find(Approval, task_id=row.task_id)
    author = upgraded.actor_by_email(emails[row.authors[0]])
    with pytest.raises(OwnWorkError):
        factories.decide(upgraded, author, approval.task_approval_id, "approved", seen=row.content_hash)


def _with(version: int, action: Callable[[Connection], None]) -> tuple[Migration, ...]:
    """Return the steps up to one that does something else."""
    return (*MIGRATIONS[: version - 2], Migration(version, "does something else", action))


def _put(release: Path, folder: Path) -> str:
    url = f"sqlite:///{folder}/golden.db"
    put(release, url)
    return url


def _active_with_a_file(tx: Transaction) -> Deliverable:
    """Return a file that was handed over and nobody judged, of a task that somebody can go on with."""
    return next(row for row in tx.find(Deliverable) if row.artifact_id and can_be_edited(tx, row))


def _restored_and_exported(old: Settings, tmp_path: Path) -> Path:
    """Restore the export into a new store and export that."""
    new = replace(old, database=f"sqlite:///{tmp_path}/new/store.db", blobs=str(tmp_path / "new-blobs"))
    restore.restore(new, tmp_path / "out")
    again = Workbench(new)
    try:
        writer.write(again, again.operator(), tmp_path / "again")
    finally:
        again.close()
    return tmp_path / "again"
