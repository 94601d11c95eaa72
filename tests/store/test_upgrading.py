"""Upgrading: what it would do is told without doing it, a copy is made before, and a kill is no harm."""

from __future__ import annotations

import hashlib
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from engine.errors import StoreVersionError, UnavailableError
from engine.store import DocumentStore, Migration, add_column, plan
from tests.conftest import ROOT
from tests.store.samples import LEDGER, THINGS, thing

GROWN = replace(THINGS, columns={**THINGS.columns, "size": "text", "mood": "text"})


def add_size(connection: Connection) -> None:
    add_column(connection, "things", "size", "text", initial="big")


def add_mood(connection: Connection) -> None:
    add_column(connection, "things", "mood", "text", initial="glad")


STEPS = (
    Migration(2, "things have a size", add_size, release="9.1"),
    Migration(3, "things have a mood", add_mood, release="9.2"),
)
#: Upgrades as ``STEPS`` do, but is killed when the last step has done half of its work.
KILLED = """
import os, signal, sys
from dataclasses import replace
from engine.store import DocumentStore, Migration
from tests.store.test_upgrading import GROWN, STEPS, add_mood
from tests.store.samples import LEDGER

def die(connection):
    add_mood(connection)
    os.kill(os.getpid(), signal.SIGKILL)

DocumentStore(sys.argv[1], [GROWN, LEDGER], migrations=(STEPS[0], replace(STEPS[1], apply=die)), migrate=True)
"""


@pytest.fixture
def old_store(database_url: str) -> str:
    with DocumentStore(database_url, [THINGS, LEDGER]) as store:
        store.table("things").add_rows([thing(1), thing(2)])
    return database_url


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    with DocumentStore(f"sqlite:///{tmp_path}/deep/store.db", [THINGS, LEDGER]) as store:
        store.table("things").add_rows([thing(1), thing(2)])
    return tmp_path / "deep" / "store.db"


def upgraded(url: str) -> DocumentStore:
    return DocumentStore(url, [GROWN, LEDGER], migrations=STEPS, migrate=True)


@pytest.mark.wide  # starts processes, and kills them
def test_a_killed_upgrade_goes_on_where_it_was(old_store: str):
    died = subprocess.run([sys.executable, "-c", KILLED, old_store], cwd=ROOT, check=False)
    assert died.returncode == -signal.SIGKILL
    with DocumentStore(old_store, [THINGS, LEDGER]) as between:
        assert between.schema_version == 2
        between.table("things").add_rows([thing(3)])
    with upgraded(old_store) as store:
        assert store.migrated == ["3: things have a mood"]
        assert store.table("things").count_rows({"size": "big", "mood": "glad"}) == 2
        assert store.table("things").count_rows({"size": None, "mood": "glad"}) == 1
        with store.read() as connection:
            versions = connection.exec_driver_sql("SELECT version FROM store_migrations ORDER BY 1").all()
    assert [version for (version,) in versions] == [1, 2, 3]


def test_a_store_of_before_gets_the_tables_of_its_own_that_came_later(old_store: str):
    with DocumentStore(old_store, [THINGS, LEDGER]) as store, store.write() as connection:
        connection.exec_driver_sql("DROP TABLE store_words")
        for column in ("release", "oldest_version"):
            connection.exec_driver_sql(f"ALTER TABLE store_migrations DROP COLUMN {column}")
    with upgraded(old_store) as store:
        assert store.words.secret("key") == store.words.secret("key")
        with store.read() as connection:
            told = connection.exec_driver_sql(
                "SELECT version, release, oldest_version FROM store_migrations ORDER BY version"
            ).all()
    assert [tuple(row) for row in told] == [(1, None, None), (2, "9.1", 1), (3, "9.2", 2)]


def test_a_file_is_copied_as_it_is_before_the_first_step_and_only_then(old_file: Path):
    with DocumentStore(f"sqlite:///{old_file}", [THINGS, LEDGER]) as writer:
        writer.table("things").add_rows([thing(3)])  # still in the log, not in the file
        with upgraded(f"sqlite:///{old_file}") as store:
            backup = store.backup
    assert backup is not None
    assert [path for path in old_file.parent.iterdir() if ".backup" in path.name] == [backup]
    assert backup.name.startswith("store.db.version-1.2")
    assert backup.stat().st_mode == old_file.stat().st_mode
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with DocumentStore(f"sqlite:///{backup}", [THINGS, LEDGER]) as copied:
        assert copied.schema_version == 1
        assert copied.table("things").count_rows({}) == 3
    with upgraded(f"sqlite:///{old_file}") as again:
        assert again.backup is None


def test_a_step_that_fails_leaves_no_copy_behind(old_file: Path):
    """Nothing was changed; a service that is restarted again and again would fill the disk with copies."""

    def fail(_connection: Connection) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        DocumentStore(
            f"sqlite:///{old_file}", [THINGS, LEDGER], migrations=[Migration(2, "breaks", fail)], migrate=True
        )
    assert [path for path in old_file.parent.iterdir() if ".backup" in path.name] == []


def test_where_no_copy_can_be_made_nothing_is_migrated(tmp_path: Path):
    file = tmp_path / f"{'long' * 60}.db"
    DocumentStore(f"sqlite:///{file}", [THINGS, LEDGER]).close()
    with pytest.raises(UnavailableError, match=r"cannot be backed up to .*Nothing was migrated"):
        upgraded(f"sqlite:///{file}")
    with DocumentStore(f"sqlite:///{file}", [THINGS, LEDGER]) as store:
        assert store.schema_version == 1


def test_a_plan_tells_the_steps_and_the_copy_and_changes_nothing(old_file: Path):
    def state() -> dict[str, str]:
        return {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in old_file.parent.iterdir()
        }

    with closing(sqlite3.connect(old_file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    before = state()
    found = plan(f"sqlite:///{old_file}", STEPS)
    assert state() == before
    assert (found.version, found.known, found.steps) == (1, 3, STEPS)
    assert found.backup == f"{old_file}.version-1.<time>.backup"
    assert not found.needs_backup_by_hand


def test_a_plan_leaves_nothing_beside_a_file_that_is_in_use(old_file: Path):
    before = sorted(old_file.parent.iterdir())
    plan(f"sqlite:///{old_file}", STEPS)
    assert sorted(old_file.parent.iterdir()) == before


def test_a_plan_on_a_server_wants_a_backup_by_hand(postgres_url_factory):
    url = postgres_url_factory()
    assert plan(url, STEPS).version is None
    DocumentStore(url, [THINGS, LEDGER]).close()
    found = plan(url, STEPS)
    assert (found.version, found.backup, found.needs_backup_by_hand) == (1, None, True)
    assert not plan(url, ()).needs_backup_by_hand


def test_a_store_that_is_not_there_is_not_made_by_looking(tmp_path: Path):
    found = plan(f"sqlite:///{tmp_path}/none/store.db", STEPS)
    assert (found.version, found.steps) == (None, ())
    assert list(tmp_path.iterdir()) == []
    assert plan("sqlite://", STEPS).version is None


@pytest.mark.parametrize(
    ("steps", "may"),
    [
        ((), True),
        (STEPS[:1], True),
        (STEPS, False),
        ((replace(STEPS[0], closes_door=True),), False),
    ],
)
def test_older_servers_may_go_on_over_one_step_that_leaves_the_door_open(old_store: str, steps, may: bool):
    assert plan(old_store, steps).older_may_go_on is may


def test_looking_at_a_store_that_is_too_new_refuses_it(old_store: str):
    upgraded(old_store).close()
    assert plan(old_store, STEPS[:1]).steps == ()
    with pytest.raises(StoreVersionError, match="version 3"):
        plan(old_store, ())


def test_a_step_that_gives_way_to_a_reader_is_tried_again(postgres_url_factory):
    url = postgres_url_factory()
    tried: list[int] = []
    holds_ledger, reader_is_in = threading.Event(), threading.Event()

    def lock_both(connection: Connection) -> None:
        tried.append(1)
        connection.exec_driver_sql("LOCK TABLE ledger IN ACCESS EXCLUSIVE MODE")
        holds_ledger.set()
        assert reader_is_in.wait(10)
        connection.exec_driver_sql("LOCK TABLE things IN ACCESS EXCLUSIVE MODE")

    steps = (Migration(2, "locks two tables", lock_both),)
    with DocumentStore(url, [THINGS, LEDGER]) as reading:
        # The step waits first, so it is the one that finds the circle.
        reading.table("things").add_rows([thing(1)])

        def read() -> None:
            with reading.read() as connection:
                reading.table("things").count_rows({})
                connection.exec_driver_sql("SET LOCAL deadlock_timeout = '20s'")
                assert holds_ledger.wait(10)
                reader_is_in.set()
                reading.table("ledger").count_rows({})

        reader = threading.Thread(target=read)
        reader.start()
        with DocumentStore(url, [THINGS, LEDGER], migrations=steps, migrate=True) as store:
            assert store.migrated == ["2: locks two tables"]
        reader.join()
    assert tried == [1, 1]
