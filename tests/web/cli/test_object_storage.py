"""The commands for operators do with object storage what they do with a folder of files."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.artifacts import objects, service
from engine.config import Settings
from engine.errors import ConflictError, UnavailableError
from exports import backup, restore, validate, writer
from tests.factories import make_task
from tests.object_storage import SECRET, Bucket


@pytest.fixture
def stored(workbench: Workbench, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """The same store, with its files in a bucket, for the command line, too."""
    settings = bucket.settings(workbench.settings)
    monkeypatch.setenv("WORKBENCH_BLOBS", settings.blobs)
    monkeypatch.setenv("WORKBENCH_STORAGE_ENDPOINT", settings.storage_endpoint)
    with closing(Workbench(settings, clock=workbench.clock, catalog=workbench.catalog)) as engine:
        engine.claim_blob_folder()
        yield engine


def keep(workbench: Workbench, text: bytes) -> str:
    """Keep a file that a record names."""
    task = make_task(workbench)
    blob = workbench.blobs.put(io.BytesIO(text), 100)
    with workbench.transaction(workbench.operator()) as tx:
        service.add(
            tx,
            task_id=task.task_id,
            bundle_id=None,
            blob=blob,
            type="report",
            label="Report",
            file_name="report.txt",
            content_type="text/plain",
        )
    return blob.sha256


def findings(cli) -> dict[str, list[tuple[bool, str]]]:
    answer = cli("doctor", "--json")
    assert SECRET not in answer.out
    assert SECRET not in answer.err
    found: dict[str, list[tuple[bool, str]]] = {}
    for row in json.loads(answer.out)["checks"]:
        found.setdefault(row["check"], []).append((row["ok"], row["message"]))
    return found


def away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "_TRIES", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("WORKBENCH_STORAGE_ENDPOINT", f"http://127.0.0.1:{port}")


def test_doctor_reads_every_file_there_and_names_what_is_damaged_or_gone(stored, bucket: Bucket, cli):
    good, bad, gone = (keep(stored, text) for text in (b"good", b"bad", b"gone"))
    assert findings(cli)["blobs"] == [
        (True, f"{bucket.address} is writable, every file there matches its hash")
    ]
    bucket.write(f"files/{bad[:2]}/{bad}", b"BAD")
    bucket.client.delete_object(Bucket=bucket.name, Key=f"files/{gone[:2]}/{gone}")
    said = [message for ok, message in findings(cli)["blobs"] if not ok]
    assert [f"first {gone}" in said[0], f"first {bad}" in said[1], len(said)] == [True, True, 2]
    assert good not in "".join(said)
    assert len(findings(cli)["disk"]) == 1


def test_doctor_says_that_storage_is_away_and_looks_at_everything_else(
    stored, bucket: Bucket, cli, monkeypatch
):
    keep(stored, b"good")
    away(monkeypatch)
    found = findings(cli)
    told = [message for ok, message in found["blobs"] if not ok]
    assert f"The object storage {bucket.address} (WORKBENCH_BLOBS) cannot be" in told[0]
    assert found["content"][0][0]
    assert found["disk"][0][0]


def test_what_needs_no_file_goes_on_while_storage_is_away(stored, cli, monkeypatch):
    make_task(stored, title="Seen all the same")
    away(monkeypatch)
    assert "Seen all the same" in cli("task", "list").out


def test_a_backup_has_every_file_and_goes_back_to_a_bucket_or_a_folder(
    stored: Workbench, bucket: Bucket, tmp_path: Path
):
    good, bad = keep(stored, b"good"), keep(stored, b"bad")
    bucket.write(f"files/{bad[:2]}/{bad}", b"BAD")
    file = tmp_path / "one.backup"
    assert backup.write(stored.settings, file).left_out == (bad,)
    for number, place in enumerate((f"s3://{bucket.name}/restored", str(tmp_path / "folder"))):
        settings = replace(stored.settings, blobs=place, database=f"sqlite:///{tmp_path}/{number}.db")
        assert backup.restore(settings, file).files == 1
        with closing(Workbench(settings, clock=stored.clock, catalog=stored.catalog)) as engine:
            engine.claim_blob_folder()
            assert list(engine.blobs.iterate()) == [good]
            assert engine.blobs.verify(good)
            assert engine.blobs.mark() == stored.blobs.mark()


@pytest.mark.wide
def test_a_backup_that_storage_does_not_let_finish_is_none(stored: Workbench, bucket: Bucket, tmp_path: Path):
    sha256 = keep(stored, b"good")
    bucket.refuse("s3:GetObject", f"files/{sha256[:2]}/{sha256}")
    with pytest.raises(UnavailableError, match="does not permit that"):
        backup.write(stored.settings, tmp_path / "kept" / "one.backup")
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.wide
def test_the_prefix_of_another_store_takes_no_backup(stored: Workbench, bucket: Bucket, tmp_path: Path):
    backup.write(stored.settings, tmp_path / "one.backup")
    bucket.write("others/store-mark", b"another\n")
    other = replace(
        stored.settings, blobs=f"s3://{bucket.name}/others", database=f"sqlite:///{tmp_path}/new.db"
    )
    with pytest.raises(ConflictError, match=f"s3://{bucket.name}/others holds the files of another store"):
        backup.restore(other, tmp_path / "one.backup")
    assert not (tmp_path / "new.db").exists()


def test_an_export_has_every_file_and_is_restored_into_a_bucket(
    stored: Workbench, bucket: Bucket, tmp_path: Path
):
    sha256 = keep(stored, b"kept")
    writer.write(stored, stored.operator(), tmp_path / "export")
    assert validate.check(tmp_path / "export") == []
    assert (tmp_path / "export" / "blobs" / sha256).read_bytes() == b"kept"
    settings = replace(
        stored.settings, blobs=f"s3://{bucket.name}/again", database=f"sqlite:///{tmp_path}/new.db"
    )
    restore.restore(settings, tmp_path / "export")
    assert f"again/{sha256[:2]}/{sha256}" in bucket.names()


@pytest.mark.wide
def test_an_export_with_a_damaged_file_is_none(stored: Workbench, bucket: Bucket, tmp_path: Path):
    sha256 = keep(stored, b"kept")
    bucket.write(f"files/{sha256[:2]}/{sha256}", b"KEPT")
    with pytest.raises(UnavailableError, match=f"{sha256} is missing or damaged"):
        writer.write(stored, stored.operator(), tmp_path / "export")
    assert not (tmp_path / "export").exists()


def test_no_store_is_begun_beside_the_files_of_one_that_is_lost(stored: Workbench, tmp_path: Path):
    keep(stored, b"kept")
    with pytest.raises(ConflictError, match=f"files that people uploaded are in {stored.blobs.place}"):
        Workbench(replace(stored.settings, database=f"sqlite:///{tmp_path}/lost.db"))
    assert not (tmp_path / "lost.db").exists()


@pytest.mark.wide
def test_a_server_with_another_prefix_is_told_what_to_do(either_workbench: Workbench, bucket: Bucket):
    settings = bucket.settings(either_workbench.settings)
    first, other = (
        Workbench(one, clock=either_workbench.clock, catalog=either_workbench.catalog)
        for one in (settings, replace(settings, blobs=f"s3://{bucket.name}/other"))
    )
    with closing(first), closing(other):
        first.claim_blob_folder()
        keep(first, b"kept")
        with pytest.raises(UnavailableError) as caught:
            other.claim_blob_folder()
    mark = bucket.blobs().mark()
    assert f"write {mark} into s3://{bucket.name}/other/store-mark" in caught.value.message


def test_the_setting_of_the_file_is_no_path_beside_it(tmp_path: Path):
    file = tmp_path / "workbench.toml"
    file.write_text('blobs = "s3://our-bucket/workbench"\n')
    assert Settings.read({}, file).blobs == "s3://our-bucket/workbench"
    assert Settings.read({}, file).blob_folder is None
