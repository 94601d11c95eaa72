"""An export comes back whole, into either database, and work goes on from there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from engine import indexing
from engine.accounts import service, sessions
from engine.accounts.models import BegunWith, User
from engine.app import Workbench
from engine.config import Settings
from engine.errors import BadRequestError, ConflictError
from engine.tasks import lifecycle, queries
from engine.tasks.models import Task
from engine.tasks.search.reading import from_options
from exports import restore, validate, writer
from tests.cursors import latest_seq
from tests.exports.conftest import Copy, contents
from tests.factories import make_bundle, make_people, make_task
from tests.verified import events_of_intact


@pytest.fixture
def nowhere(settings: Settings, tmp_path: Path) -> Settings:
    """Where no store has been made yet."""
    return replace(settings, database=f"sqlite:///{tmp_path}/nowhere/workbench.db")


def _export(settings: Settings, folder: Path) -> Path:
    workbench = Workbench(settings)
    try:
        writer.write(workbench, workbench.operator(), folder)
    finally:
        workbench.close()
    return folder


def test_a_restored_store_exports_the_same_bytes_from_sqlite_to_postgresql_and_back(
    lived_export: Path, settings: Settings, tmp_path: Path, postgres_url_factory: Callable[[], str]
) -> None:
    there = replace(settings, database=postgres_url_factory(), blobs=str(tmp_path / "pg-blobs"))
    back = replace(settings, database=f"sqlite:///{tmp_path}/back/store.db")
    counts = restore.restore(there, lived_export)
    assert counts["tasks"] == 21
    assert contents(_export(there, tmp_path / "there")) == contents(lived_export)
    restore.restore(back, tmp_path / "there")
    assert contents(_export(back, tmp_path / "back-again")) == contents(lived_export)


@pytest.mark.wide
def test_after_a_restore_words_find_what_they_found_before(lived_export: Path, nowhere: Settings) -> None:
    """An index is not exported: it is made anew."""
    restore.restore(nowhere, lived_export)
    with closing(Workbench(nowhere)) as workbench, workbench.reading(workbench.operator()) as tx:
        title = tx.find(Task)[0].title
        found = queries.list_tasks(tx, from_options(tx, {"text": f'"{title}"'}))
        assert title in {row.title for row in found.items}
        assert indexing.is_true(workbench.database, workbench.blobs)


@pytest.mark.wide
def test_work_goes_on_after_a_restore_without_a_gap(
    lived_export: Path, nowhere: Settings, tmp_path: Path
) -> None:
    restore.restore(nowhere, lived_export)
    workbench = Workbench(nowhere)
    try:
        with workbench.reading(workbench.operator()) as tx:
            highest = max(task.task_number for task in tx.find(Task))
            events = latest_seq(tx)
            assert events == tx.database.head(tx.workspace_id).position > 0, "no open view rewinds"
            waiting = tx.find_one(Task, status="waiting")
        assert waiting is not None
        assert make_task(workbench).task_number == highest + 1
        make_bundle(workbench)
        with workbench.transaction(workbench.operator()) as tx:
            lifecycle.resume(tx, waiting.task_id)
        with workbench.reading(workbench.operator()) as tx:
            count = events_of_intact(tx)
        assert count > events + 2
        writer.write(workbench, workbench.operator(), tmp_path / "later")
    finally:
        workbench.close()
    assert validate.check(tmp_path / "later") == []


def test_a_store_with_records_refuses_and_stays_as_it_was(
    lived_export: Path, workbench: Workbench, settings: Settings, tmp_path: Path
) -> None:
    make_task(workbench)
    before = contents(_export(settings, tmp_path / "before"))
    with pytest.raises(ConflictError, match="holds records already"):
        restore.restore(settings, lived_export)
    assert contents(_export(settings, tmp_path / "after")) == before
    assert list(workbench.blobs.iterate()) == []


def test_an_invalid_export_is_refused_before_a_store_is_made(
    copy: Copy, nowhere: Settings, tmp_path: Path
) -> None:
    copy.change("tasks", lambda _: True, title="Changed")
    with pytest.raises(BadRequestError, match="not a valid export") as refusal:
        restore.restore(nowhere, copy.folder)
    assert refusal.value.details
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.wide
def test_a_restored_store_is_what_its_events_tell_though_no_password_and_no_session_came_along(
    either_workbench: Workbench,
    settings: Settings,
    tmp_path: Path,
    postgres_url_factory: Callable[[], str],
) -> None:
    """Passwords and sessions are never exported, and the events tell hashes of them."""
    ben = make_people(either_workbench)["ben"].user_id
    begin_to_sign_in(either_workbench, ben)
    writer.write(either_workbench, either_workbench.operator(), tmp_path / "out")
    for name, url in ("sqlite", f"sqlite:///{tmp_path}/back.db"), ("postgresql", postgres_url_factory()):
        back = replace(settings, database=url, blobs=str(tmp_path / f"{name}-blobs"))
        restore.restore(back, tmp_path / "out")
        with closing(Workbench(back)) as restored:
            with restored.reading(restored.operator()) as tx:
                assert tx.get(User, ben).password_hash is None
                events_of_intact(tx)
            begin_to_sign_in(restored, ben)
            with restored.reading(restored.operator()) as tx:
                events_of_intact(tx)
            writer.write(restored, restored.operator(), tmp_path / name)
        assert validate.check(tmp_path / name) == []


def begin_to_sign_in(workbench: Workbench, user_id: str) -> None:
    with workbench.transaction(workbench.operator()) as tx:
        user = service.set_password(tx, user_id, "$argon2id$of-a-password")
        sessions.begin(tx, user, BegunWith.PASSWORD)
        service.make_sign_in_link(tx, user)
