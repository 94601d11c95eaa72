"""All servers of a store keep files in one folder, which carries its mark (G4)."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.artifacts import service
from engine.artifacts.blob_folder import FolderBlobs
from engine.errors import UnavailableError
from tests.factories import make_task


def elsewhere(workbench: Workbench, folder: Path) -> Workbench:
    """A second server of the same store, started in another folder."""
    settings = replace(workbench.settings, blobs=str(folder))
    return Workbench(settings, clock=workbench.clock, catalog=workbench.catalog)


@pytest.fixture
def other(either_workbench: Workbench, tmp_path: Path):
    engine = elsewhere(either_workbench, tmp_path / "other")
    yield engine
    engine.close()


def keep_a_file(workbench: Workbench) -> str:
    """Keep one that a record names."""
    task = make_task(workbench)
    blob = workbench.blobs.put(io.BytesIO(b"kept"), 100)
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


def test_a_server_in_the_same_folder_is_let_in(either_workbench: Workbench):
    either_workbench.claim_blob_folder()
    again = elsewhere(either_workbench, either_workbench.blobs.folder)
    again.claim_blob_folder()
    put = again.blobs.put(io.BytesIO(b"x"), 10)
    again.close()
    assert either_workbench.blobs.holds(put.sha256)


def test_a_server_with_another_folder_is_told_what_to_do(either_workbench: Workbench, other: Workbench):
    either_workbench.claim_blob_folder()
    sha256 = keep_a_file(either_workbench)
    with pytest.raises(UnavailableError, match="WORKBENCH_BLOBS") as caught:
        other.claim_blob_folder()
    assert str(other.blobs.folder) in caught.value.message
    assert str(other.blobs.folder) not in caught.value.public
    mark = either_workbench.blobs.mark()
    assert f"write {mark} into {other.blobs.mark_place}" in caught.value.message
    other.blobs.set_mark(mark)  # as the message says, where the files are lost for good
    other.claim_blob_folder()
    assert not other.blobs.holds(sha256)


def test_two_servers_that_begin_before_there_are_files_do_not_part(tmp_path: Path, either_workbench, other):
    either_workbench.claim_blob_folder()
    if either_workbench.database.dialect.is_shared:
        with pytest.raises(UnavailableError, match="share one folder"):
            other.claim_blob_folder()
    else:  # a file's folder moves with it
        other.claim_blob_folder()
        assert other.blobs.mark() == either_workbench.blobs.mark()


def test_a_folder_of_an_earlier_release_gets_its_mark(either_workbench: Workbench):
    keep_a_file(either_workbench)
    assert either_workbench.blobs.mark() == ""
    either_workbench.claim_blob_folder()
    assert either_workbench.blobs.mark()


def test_an_earlier_store_is_not_given_an_empty_folder(either_workbench: Workbench, other: Workbench):
    keep_a_file(either_workbench)
    if either_workbench.database.dialect.is_shared:
        with pytest.raises(UnavailableError, match="share one folder"):
            other.claim_blob_folder()
        assert other.blobs.mark() == ""
    else:  # ``doctor`` names what a file's own server misses
        other.claim_blob_folder()


def test_a_copy_without_its_mark_is_known_by_its_files(either_workbench: Workbench, other: Workbench):
    keep_a_file(either_workbench)
    either_workbench.claim_blob_folder()
    FolderBlobs(other.blobs.folder).put(io.BytesIO(b"kept"), 100)  # as ``cp`` does, without asking
    other.claim_blob_folder()
    assert other.blobs.mark() == either_workbench.blobs.mark()


def test_no_file_is_kept_by_the_command_line_where_no_server_finds_it(
    either_workbench: Workbench, other: Workbench
):
    either_workbench.claim_blob_folder()
    if not either_workbench.database.dialect.is_shared:
        other.blobs.put(io.BytesIO(b"x"), 10)
        return
    with pytest.raises(UnavailableError, match="share one folder"):
        other.blobs.put(io.BytesIO(b"x"), 10)
    assert list(other.blobs.iterate()) == []
