"""What is in the place of a store and is none, or not whole, is refused in words, left alone (S24, S26)."""

# ruff: noqa: S608 - the numbers are ours

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.app import Workbench
from engine.config import Settings
from engine.errors import ConflictError, StoreVersionError, UnavailableError
from engine.store import DocumentStore, connections
from engine.upgrades import open_store, plan_upgrade
from tests.factories import make_task

Change = Callable[[Path], None]


def _sql(*statements: str) -> Change:
    def change(file: Path) -> None:
        with closing(sqlite3.connect(file)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    return change


def _emptied_beside_uploads(file: Path) -> None:
    file.write_bytes(b"")
    (file.parent / "blobs" / "ab").mkdir(parents=True)


def _lost_beside_uploads(file: Path) -> None:
    file.unlink()
    (file.parent / "blobs" / "ab").mkdir(parents=True)


def _of_something_else(file: Path) -> None:
    file.unlink()
    _sql("CREATE TABLE invoices (id INTEGER)")(file)


def _half_copied(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _in_a_file(file: Path) -> None:
    shutil.rmtree(file.parent)
    file.parent.write_text("not a folder")


CHANGES: dict[str, tuple[Change, str]] = {
    "no versions": (_sql("DELETE FROM store_migrations"), "its list of versions says nothing"),
    "a version less": (_sql("DELETE FROM store_migrations WHERE version = 2"), "says 1, 3, 4, and has to be"),
    "no heads": (_sql("DROP TABLE store_heads"), "its table store_heads is missing"),
    "a table less": (_sql("DROP TABLE bundles"), "its table bundles is missing"),
    "newer": (
        _sql(*(f"INSERT INTO store_migrations VALUES ({n}, 'x', 'y', '9', NULL)" for n in range(5, 9))),
        "has version 8; this program knows versions up to 4",
    ),
    "of something else": (_of_something_else, "holds tables of something else (invoices)"),
    "emptied beside uploads": (_emptied_beside_uploads, "files that people uploaded are in"),
    "lost beside uploads": (_lost_beside_uploads, "files that people uploaded are in"),
    "half copied": (_half_copied, "is damaged"),
    "text": (lambda file: file.write_text("hello " * 1000) and None, "is not a database file"),
    "a folder": (_a_folder, "it is a folder"),
    "in a file": (_in_a_file, "The folder"),
}


def _contents(folder: Path) -> dict[str, bytes | None]:
    if not folder.is_dir():
        return {"": folder.read_bytes()}
    files = {str(path): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}
    files.pop(str(folder / "blobs"), None)  # doctor tries whether it can write there
    return files


@pytest.mark.few(16)
@pytest.mark.parametrize("command", [("task", "list"), ("upgrade",), ("upgrade", "--check"), ("doctor",)])
@pytest.mark.parametrize("change", CHANGES)
def test_it_is_named_and_left_alone(
    settings: Settings, cli: Callable[..., Any], change: str, command: tuple[str, ...]
) -> None:
    file = Path(settings.database.removeprefix("sqlite:///"))
    make, words = CHANGES[change]
    make(file)
    before = _contents(file.parent)
    answer = cli(*command)
    said = answer.out + answer.err
    assert "Traceback" not in said
    assert "unexpected" not in said
    looks = command == ("upgrade", "--check")
    # Where nothing is there the look says so; and it reads a few pages of a file that is cut.
    if not (looks and ("beside uploads" in change or change in ("in a file", "half copied"))):
        assert answer.code in (1, 3)
        assert words in said
    if change != "half copied":  # SQLite finds out while it opens, and may leave the files of its log
        assert _contents(file.parent) == before


def test_a_store_is_not_made_among_the_tables_of_something_else_on_either_database(
    database_url: str,
) -> None:
    with DocumentStore(database_url) as store, store.write() as connection:
        connection.exec_driver_sql("DROP TABLE store_migrations")
    with pytest.raises(ConflictError, match="holds tables of something else"):
        open_store(database_url)
    with pytest.raises(ConflictError, match="holds tables of something else"):
        plan_upgrade(database_url)


def test_a_store_without_its_list_of_versions_is_refused_on_either_database(
    either_workbench: Workbench,
) -> None:
    url = either_workbench.settings.database
    with either_workbench.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM store_migrations WHERE version = 3")
    for look in (open_store, plan_upgrade):
        with pytest.raises(
            StoreVersionError, match="its list of versions says 1, 2, 4, and has to be without"
        ):
            look(url)
    with either_workbench.database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO store_migrations (version, description, applied_at) VALUES (3, 'x', 'y')"
        )


def test_a_file_that_was_replaced_under_a_running_program_takes_no_write_that_would_be_lost(
    workbench: Workbench, tmp_path: Path
) -> None:
    make_task(workbench)
    file = Path(workbench.settings.database.removeprefix("sqlite:///"))
    shutil.copy(file, tmp_path / "backup.db")
    (tmp_path / "backup.db").replace(file)
    with pytest.raises(UnavailableError, match=r"was moved, deleted or replaced .* start again"):
        make_task(workbench)
    with pytest.raises(UnavailableError, match="was moved, deleted or replaced"):
        workbench.operator()
    file.unlink()
    with pytest.raises(UnavailableError, match="was moved, deleted or replaced"):
        make_task(workbench)
    assert not file.exists()


@pytest.mark.parametrize("again", [False, True], ids=["removed", "and made again by another program"])
def test_a_store_that_was_written_over_without_its_log_takes_no_write_that_would_be_lost(
    workbench: Workbench, tmp_path: Path, again: bool
) -> None:
    """``cp`` keeps the file, but the log that the program goes on to write belongs to nobody any more."""
    make_task(workbench)
    file = Path(workbench.settings.database.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(file)) as now, closing(sqlite3.connect(tmp_path / "backup.db")) as copy:
        now.backup(copy)
    shutil.copy(tmp_path / "backup.db", file)
    for name in ("-wal", "-shm"):
        Path(f"{file}{name}").unlink()
    if again:  # and left, as by a program that was killed
        looks = "sqlite3.connect(sys.argv[1]).execute('SELECT 1 FROM tasks'); os._exit(0)"
        look = f"import os, sqlite3, sys; {looks}"
        subprocess.run([sys.executable, "-c", look, str(file)], check=True)
    assert Path(f"{file}-wal").exists() is again
    with pytest.raises(UnavailableError, match=r"was moved, deleted or replaced .* start again"):
        make_task(workbench)
    with pytest.raises(UnavailableError, match="was moved, deleted or replaced"):
        workbench.operator()


def test_a_program_that_comes_and_goes_while_a_store_is_made_is_not_taken_for_one_that_replaced_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last one to close a store removes its log, which nobody else holds open before they read."""
    url, identity, seen = f"sqlite:///{tmp_path}/store.db", connections._identity, list[object]()

    def meanwhile(log: Path | None) -> object:
        if not seen:
            seen.append("another program")
            with open_store(url):
                seen.append(identity(log))
            return seen[1]
        return identity(log)

    monkeypatch.setattr(connections, "_identity", meanwhile)
    with open_store(url) as store:
        assert store.table("tasks").count_rows({}) == 0
    assert seen[1] is not None, "it had made a log"


@pytest.mark.wide
def test_what_the_program_makes_is_its_owners_alone(tmp_path: Path) -> None:
    place = tmp_path / "place"
    run = [sys.executable, "-m", "web.cli"]
    mask = os.umask(0o022)
    try:
        for words in (["init", str(place)], ["export", str(tmp_path / "out")]):
            where = place if place.is_dir() else tmp_path
            subprocess.run([*run, *words], cwd=where, check=True, capture_output=True)
        with closing(sqlite3.connect(place / "var" / "workbench.db")) as other:
            other.execute("SELECT 1 FROM tasks")
            files = [*(place / "var").rglob("*"), *(tmp_path / "out").rglob("*"), tmp_path / "out"]
            public = [path for path in files if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    finally:
        os.umask(mask)
    assert any(path.name == "workbench.db" for path in files)
    assert public == []


def test_a_store_is_private_from_the_moment_it_exists_whoever_opens_it(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        with DocumentStore(f"sqlite:///{tmp_path}/new/store.db") as store, store.write():
            modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "new").iterdir()}
    finally:
        os.umask(mask)
    assert modes == {"store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "Permission denied. Run this as the user whose files these are"),
        (errno.ENOSPC, "No space left on device. See to the disk"),
    ],
)
def test_files_that_the_system_refuses_are_named_and_are_no_bug(
    cli, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, number: int, words: str
):
    """The workspace is its owner's alone, and a timer or an administrator is easily somebody else."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number), "/srv/var/workbench.db")

    monkeypatch.setattr("engine.upgrades.require_store", refuse)
    answer = cli("task", "list")
    assert answer.code == 3
    assert f"workbench: /srv/var/workbench.db: {words}" in answer.err
    assert "bug" not in answer.err
    assert not caplog.records, "no traceback"
