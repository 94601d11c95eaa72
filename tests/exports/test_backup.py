"""A backup: whole, taken while people write, put back where nothing is, and refused where it was changed."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import stat
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from engine.app import Workbench
from engine.config import Settings
from engine.errors import BadRequestError, ConflictError, UnavailableError
from engine.store import backups
from engine.store.connections import parse_url
from engine.tasks.models import Note, Task
from exports import backup, validate, writer
from tests.conftest import Answer
from tests.documents.machines import postgresql_programs
from tests.factories import do, make_task


@pytest.fixture(autouse=True)
def programs_are_found(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PostgreSQL is asked for, its own programs are there."""
    if "postgresql" not in request.node.name:
        return
    request.getfixturevalue("postgres_url_factory")
    monkeypatch.setenv("PATH", f"{postgresql_programs()}:{os.environ['PATH']}")


@pytest.fixture
def elsewhere(either_workbench: Workbench, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """Settings of an empty place of the same kind."""
    settings = either_workbench.settings
    url = f"sqlite:///{tmp_path}/restored/workbench.db"
    if not settings.database.startswith("sqlite"):
        schema = urlsplit(settings.database).query.partition("&")[2]
        url = f"{request.getfixturevalue('postgres_url_factory')()}&{schema}"
    return replace(settings, database=url, blobs=str(tmp_path / "restored" / "files"))


def add_file(workbench: Workbench, task: Task, text: bytes) -> str:
    blob = workbench.blobs.put(io.BytesIO(text), 1000)
    return blob.sha256


@dataclass
class Writers:
    """Somebody who writes without a pause, and what was acknowledged."""

    workbench: Workbench
    task: Task
    written: list[str]
    is_over: threading.Event

    def write(self, number: int) -> None:
        count = 0
        while not self.is_over.is_set():
            body = f"note {number}.{count}"
            do(self.workbench, self.workbench.operator(), "task note", task_id=self.task.task_id, body=body)
            self.written.append(body)
            count += 1


@pytest.fixture
def writers(either_workbench: Workbench) -> Iterator[Writers]:
    writing = Writers(either_workbench, make_task(either_workbench), [], threading.Event())
    threads = [threading.Thread(target=writing.write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    yield writing
    writing.is_over.set()
    for thread in threads:
        thread.join()


def test_a_backup_under_load_has_every_write_that_was_acknowledged_before_it_began(
    writers: Writers, elsewhere: Settings, tmp_path: Path, cli
):
    while len(writers.written) < 30:
        writers.is_over.wait(0.01)
    file, acknowledged = tmp_path / "kept" / "one.backup", list(writers.written)
    while len(writers.written) == len(acknowledged):  # until they have gone on writing meanwhile
        file.unlink(missing_ok=True)
        acknowledged = list(writers.written)
        backup.write(writers.workbench.settings, file)
    writers.is_over.set()
    backup.restore(elsewhere, file)
    with closing(Workbench(elsewhere)) as restored:
        with restored.reading(restored.operator()) as tx:
            found = {note.body for note in tx.find(Note, task_id=writers.task.task_id)}
        assert set(acknowledged) <= found
        writer.write(restored, restored.operator(), tmp_path / "export")
    assert validate.check(tmp_path / "export") == []
    options = ("--database", elsewhere.database)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_BLOBS", elsewhere.blobs)
        verified: Answer = cli("audit", "verify", *options)
    assert verified.code == 0, verified
    assert "the chain is intact" in verified.out


def test_what_is_put_back_goes_on_where_it_was(either_workbench, elsewhere, tmp_path):
    """With who may sign in, the files, and the mark by which a folder of files is known."""
    task = make_task(either_workbench)
    either_workbench.claim_blob_folder()
    sha256 = add_file(either_workbench, task, b"kept")
    written = backup.write(either_workbench.settings, tmp_path / "one.backup")
    assert (written.files, written.left_out) == (1, ())
    assert stat.S_IMODE((tmp_path / "one.backup").stat().st_mode) == 0o600
    told = backup.restore(elsewhere, tmp_path / "one.backup")
    assert told == written
    with closing(Workbench(elsewhere)) as restored:
        restored.claim_blob_folder()
        with restored.blobs.open(sha256) as stream:
            assert stream.read() == b"kept"
        assert restored.database.head(restored.workspace.workspace_id) == either_workbench.database.head(
            restored.workspace.workspace_id
        )
        assert make_task(restored).task_number == task.task_number + 1


def test_a_backup_is_never_put_where_something_is(either_workbench, tmp_path):
    backup.write(either_workbench.settings, tmp_path / "one.backup")
    before = either_workbench.database.head(either_workbench.workspace.workspace_id)
    with pytest.raises(ConflictError, match="already; nothing was changed"):
        backup.restore(either_workbench.settings, tmp_path / "one.backup")
    assert either_workbench.database.head(either_workbench.workspace.workspace_id) == before
    with pytest.raises(ConflictError, match="exists already"):
        backup.write(either_workbench.settings, tmp_path / "one.backup")


@pytest.mark.wide  # its server and its databases are made for it alone
def test_a_postgresql_database_goes_into_another_one_without_what_lies_beside_it(
    postgres_url_factory, shipped_repository, tmp_path
):
    given = Settings(
        content=str(shipped_repository), database=postgres_url_factory(), blobs=str(tmp_path / "a")
    )
    with closing(Workbench(given)) as workbench:
        make_task(workbench)
        head = workbench.database.head(workbench.workspace.workspace_id)
    with psycopg.connect(given.database) as connection:
        connection.execute("CREATE SCHEMA exported CREATE TABLE tasks (title text)")
    backup.write(given, tmp_path / "one.backup")
    other = replace(given, database=postgres_url_factory(), blobs=str(tmp_path / "b"))
    backup.restore(other, tmp_path / "one.backup")
    with closing(Workbench(other)) as restored:
        assert restored.database.head(restored.workspace.workspace_id) == head
    with psycopg.connect(other.database) as connection:
        assert connection.execute("SELECT to_regnamespace('exported')").fetchone() == (None,)


@pytest.fixture
def kept(workbench: Workbench, tmp_path: Path) -> Path:
    """A backup with a file in it."""
    workbench.claim_blob_folder()
    add_file(workbench, make_task(workbench), b"kept")
    backup.write(workbench.settings, tmp_path / "one.backup")
    return tmp_path / "one.backup"


@pytest.fixture
def empty(settings: Settings, tmp_path: Path) -> Settings:
    return replace(settings, database=f"sqlite:///{tmp_path}/empty/workbench.db")


def entries(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as archive:
        return {one.name: (archive.extractfile(one) or io.BytesIO()).read() for one in archive.getmembers()}


def written(file: Path, found: dict[str, bytes]) -> Path:
    with tarfile.open(file, "w") as archive:
        for name, data in found.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return file


def changed_manifest(found: dict[str, bytes], **facts: Any) -> dict[str, bytes]:
    return {**found, "manifest.json": json.dumps({**json.loads(found["manifest.json"]), **facts}).encode()}


def without(found: dict[str, bytes], name: str) -> dict[str, bytes]:
    return {key: data for key, data in found.items() if key != name}


def first_blob(found: dict[str, bytes]) -> str:
    return next(name for name in found if name.startswith("blobs/"))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            lambda found: {**found, "database": found["database"][:-1] + b"X"},
            "database was changed or damaged",
        ),
        (lambda found: {**found, first_blob(found): b"kepT"}, "was changed or damaged"),
        (lambda found: without(found, first_blob(found)), "does not hold the files that its manifest names"),
        (lambda found: {**found, "../../planted": b"x"}, "does not hold the files"),
        (lambda found: without(found, "manifest.json"), "has no manifest.json"),
        (lambda found: {**found, "manifest.json": b"{"}, "is not JSON"),
        (lambda found: {**found, "manifest.json": b"[]"}, "is of something else"),
        (lambda found: {**found, "manifest.json": b"[" * 100_000}, "is not JSON"),
        (lambda found: changed_manifest(found, left_out=None), "lacks something"),
        (lambda found: changed_manifest(found, store_mark="\u00e9"), "lacks something"),
        (lambda found: changed_manifest(found, store_mark=7), "lacks something"),
        (lambda found: changed_manifest(found, files={"database": {"bytes": 1}}), "lacks something"),
        (lambda found: changed_manifest(found, files={"database": 1}), "lacks something"),
        (lambda found: changed_manifest(found, format="another"), "is of something else"),
        (lambda found: changed_manifest(found, format_version=2), "was made by a newer release"),
        (
            lambda found: changed_manifest(
                {**found, "../planted": b"x"},
                files={
                    **json.loads(found["manifest.json"])["files"],
                    "../planted": {"bytes": 1, "sha256": "2d" + "0" * 62},
                },
            ),
            "../planted has no place in one",
        ),
    ],
)
def test_a_backup_that_was_changed_is_refused_and_nothing_is_made(kept, empty, tmp_path, change, why):
    broken = written(tmp_path / "broken.backup", change(entries(kept)))
    with pytest.raises(BadRequestError, match="Nothing was changed") as refused:
        backup.restore(empty, broken)
    assert why in refused.value.message
    assert not (tmp_path / "empty").exists()
    assert not (tmp_path / "planted").exists()


@pytest.mark.parametrize(("holes", "why"), [("0,0", "database is no file"), ("", "it is no tar file")])
def test_a_file_with_holes_which_could_fill_the_disk_is_refused(kept, empty, tmp_path, holes, why):
    size = 1024 * 1024
    facts = {"bytes": size, "sha256": hashlib.sha256(bytes(size)).hexdigest()}
    found = entries(kept)
    files = {**json.loads(found["manifest.json"])["files"], "database": facts}
    changed = changed_manifest(found, files=files)
    file = written(tmp_path / "holes.backup", without(changed, "database"))
    with tarfile.open(file, "a", format=tarfile.PAX_FORMAT) as archive:
        entry = tarfile.TarInfo("database")
        entry.pax_headers = {"GNU.sparse.map": holes, "GNU.sparse.size": str(size)}
        archive.addfile(entry)
    with pytest.raises(BadRequestError, match=why):
        backup.restore(empty, file)
    assert not (tmp_path / "empty").exists()


def test_a_backup_that_was_cut_off_is_refused(kept: Path, empty: Settings, tmp_path: Path):
    whole = kept.read_bytes()
    for length in (0, 10, 600, len(whole) // 2, whole.index(b'"format"')):
        kept.write_bytes(whole[:length])
        with pytest.raises(BadRequestError, match="no whole backup"):
            backup.restore(empty, kept)
    assert not (tmp_path / "empty").exists()


def test_a_file_that_is_damaged_on_the_disk_is_left_out_and_named(workbench, tmp_path, cli, empty):
    good, bad = (add_file(workbench, make_task(workbench), text) for text in (b"good", b"bad"))
    workbench.blobs.path(bad).write_bytes(b"BAD")
    answer: Answer = cli("backup", str(tmp_path / "one.backup"))
    assert answer.code == 1
    assert f"1 file is damaged and is not in it, first {bad}" in answer.out
    assert backup.restore(empty, tmp_path / "one.backup").left_out == (bad,)
    assert {name for name in entries(tmp_path / "one.backup") if "/" in name} == {f"blobs/{good}"}


def test_nothing_is_left_of_a_backup_that_fails(workbench, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "addfile", full)
    with pytest.raises(UnavailableError, match="No space left on device"):
        backup.write(workbench.settings, tmp_path / "kept" / "one.backup")
    assert list((tmp_path / "kept").iterdir()) == []


def test_the_folder_of_another_store_s_files_takes_no_backup(kept, empty, tmp_path):
    other = replace(empty, blobs=str(tmp_path / "others"))
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "store-mark").write_text("another\n")
    with pytest.raises(ConflictError, match="files of another store"):
        backup.restore(other, kept)
    assert not (tmp_path / "empty").exists()


def test_a_backup_goes_into_no_other_kind_of_database(kept, settings, tmp_path):
    other = replace(settings, database="postgresql://nobody@127.0.0.1:1/nothing", blobs=str(tmp_path / "x"))
    with pytest.raises(ConflictError, match="is a backup of sqlite, and postgresql is set"):
        backup.restore(other, kept)


def test_a_store_in_memory_has_no_backup(settings, tmp_path):
    with pytest.raises(BadRequestError, match="in memory"):
        backup.write(replace(settings, database="sqlite://"), tmp_path / "one.backup")


def test_whoever_lacks_the_programs_of_the_database_is_told_which(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert shutil.which("pg_dump") is None
    with pytest.raises(UnavailableError, match="pg_dump is not installed here"):
        backups._run("pg_dump", parse_url("postgresql://board:hidden@db/work"), [])


def test_the_command_line_brings_either_back_by_what_it_is(workbench, tmp_path, cli):
    make_task(workbench)
    assert cli("backup", str(tmp_path / "one.backup")).code == 0
    url = f"sqlite:///{tmp_path}/from-backup/workbench.db"
    answer: Answer = cli("restore", str(tmp_path / "one.backup"), "--database", url)
    assert answer.code == 0, answer
    assert answer.out.startswith("The store is as it was at ")
    assert cli("task", "list", "--database", url).out.endswith("1 of 1\n")
