"""Blobs are whole or absent, named by their bytes, and never changed: in a folder and in object storage."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.artifacts.blob_folder import FolderBlobs
from engine.artifacts.blob_objects import ObjectBlobs
from engine.artifacts.blobs import Blob, BlobStore, DamagedFileError, blobs_of
from engine.config import Settings
from engine.errors import BadRequestError, NotFoundError, UnavailableError, UploadTooLargeError

CONTENT = b"hello\x00\xff" * 1000
NAME = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Place:
    """Where blobs are, and what somebody may do there past them."""

    blobs: BlobStore
    #: The same, as a program that has just begun finds it.
    again: Callable[[], BlobStore]
    names: Callable[[], list[str]]
    write: Callable[[str, bytes], object]


def _in_folder(folder: Path) -> Place:
    def write(path: str, data: bytes) -> None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)

    def names() -> list[str]:
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())

    return Place(FolderBlobs(folder), lambda: FolderBlobs(folder), names, write)


def _in_bucket(bucket) -> Place:
    return Place(
        bucket.blobs(),
        bucket.blobs,
        lambda: [key.removeprefix("files/") for key in bucket.names()],
        lambda path, data: bucket.write(f"files/{path}", data),
    )


@pytest.fixture(params=["folder", "object storage"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return _in_folder(tmp_path / "made" / "blobs")
    return _in_bucket(request.getfixturevalue("bucket"))


@pytest.fixture
def blobs(place: Place) -> BlobStore:
    return place.blobs


def test_a_blob_is_named_by_its_bytes_and_read_back(place: Place):
    assert place.blobs.put(io.BytesIO(CONTENT), 10_000) == Blob(NAME, len(CONTENT))
    for blobs in (place.blobs, place.again()):
        with blobs.open(NAME) as stream:
            assert stream.read() == CONTENT
            assert stream.seek(5) == 5
            assert stream.read(2) == CONTENT[5:7]
        assert blobs.holds(NAME)
        assert blobs.verify(NAME)
    assert place.names() == [f"{NAME[:2]}/{NAME}"]


def test_the_same_bytes_are_kept_once(place: Place):
    for _ in range(2):
        place.blobs.put(io.BytesIO(CONTENT), 10_000)
    assert place.names() == [f"{NAME[:2]}/{NAME}"]


@pytest.mark.parametrize("size", [0, 1, 9, 10])
def test_up_to_the_limit_is_taken(blobs: BlobStore, size: int):
    kept = blobs.put(io.BytesIO(b"x" * size), 10)
    with blobs.open(kept.sha256) as stream:
        assert (kept.size, stream.read()) == (size, b"x" * size)


def test_over_the_limit_is_refused_and_nothing_is_kept(place: Place):
    with pytest.raises(UploadTooLargeError, match="larger than the limit of 10 bytes"):
        place.blobs.put(io.BytesIO(b"x" * 11), 10)
    assert place.names() == []


def test_what_a_check_refuses_is_not_kept_and_it_sees_the_whole_file(place: Place):
    seen = []

    def check(file) -> None:
        seen.append(file.read())
        raise BadRequestError("not that")

    with pytest.raises(BadRequestError, match="not that"):
        place.blobs.put(io.BytesIO(CONTENT), 10_000, check)
    assert (seen, place.names()) == ([CONTENT], [])


def test_who_may_refuse_is_asked_before_the_first_file_alone(place: Place):
    asked = []
    place.blobs._ask = lambda: asked.append(place.names())
    for text in (b"one", b"two"):
        place.blobs.put(io.BytesIO(text), 10)
    assert asked == [[]]


def test_a_stream_that_breaks_leaves_nothing(place: Place):
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise ConnectionResetError("gone")
            return super().read(min(size or 5, 5))

    with pytest.raises((ConnectionResetError, UnavailableError)):
        place.blobs.put(Broken(CONTENT), 10_000)
    assert place.names() == []


def test_all_blobs_are_listed_in_order_and_what_is_none_is_not(place: Place):
    blobs = place.blobs
    assert blobs.is_unused()
    assert list(blobs.iterate()) == []
    kept = sorted((blobs.put(io.BytesIO(bytes([n]) * n), 30) for n in range(20)), key=lambda one: one.sha256)
    name = kept[0].sha256
    for foreign in (
        "incoming-abc",
        f"{name[:2]}/notes.txt",
        f"{name[:2]}/{name}.part",
        f"{name[:2]}/{name.upper()}",
        f"zz/{name}",
        f"backup/{name[:2]}/{name}",
    ):
        place.write(foreign, b"half")
    blobs.keep_beside(name, b"made of it")
    blobs.set_mark("whose")
    assert list(blobs.inventory()) == kept
    assert list(blobs.iterate()) == [one.sha256 for one in kept]
    assert not blobs.is_unused()


def test_a_changed_or_missing_blob_is_named_and_whole_again_when_it_is_put_again(place: Place):
    blobs = place.blobs
    assert not blobs.verify(NAME)
    assert not blobs.holds(NAME)
    for damaged in (CONTENT[:-1], b"", CONTENT + b"x", CONTENT[:-1] + b"?"):
        blobs.put(io.BytesIO(CONTENT), 10_000)
        assert blobs.verify(NAME)
        place.write(f"{NAME[:2]}/{NAME}", damaged)
        assert not blobs.verify(NAME)
        with pytest.raises(DamagedFileError, match="Restore it from a backup") as caught:
            blobs.open(NAME)
        assert blobs.place in caught.value.message
        assert blobs.place not in caught.value.public


def test_a_missing_blob_is_not_found(blobs: BlobStore):
    with pytest.raises(NotFoundError, match=f"no blob {NAME} in {blobs.place}"):
        blobs.open(NAME)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, f"{'a' * 64}\n"])
def test_only_a_sha256_is_a_name(blobs: BlobStore, name: str):
    for ask in (blobs.open, blobs.verify, blobs.holds, blobs.beside):
        with pytest.raises(BadRequestError, match="not a sha256"):
            ask(name)


def test_what_is_made_of_a_blob_is_kept_beside_it(place: Place):
    assert place.blobs.beside(NAME) is None
    for data in (b"its words", b"", b"other words"):
        place.blobs.keep_beside(NAME, data)
        assert place.again().beside(NAME) == data
    assert not place.blobs.holds(NAME)


def test_a_mark_says_whose_files_they_are(place: Place):
    assert place.blobs.mark() == ""
    for mark in ("one", "another"):
        place.blobs.set_mark(mark)
        assert place.again().mark() == mark
    assert place.blobs.mark_place == f"{place.blobs.place}/store-mark"


def test_writing_is_tried_without_a_trace_among_the_blobs(place: Place):
    for _ in range(2):
        place.blobs.try_to_write()
    assert list(place.blobs.iterate()) == []
    assert len(place.names()) <= 1


def test_two_who_write_the_same_blob_at_once_both_have_it(place: Place):
    kept: list[Blob] = []
    gate = threading.Barrier(2)

    def write() -> None:
        blobs = place.again()
        gate.wait()
        kept.append(blobs.put(io.BytesIO(CONTENT), 10_000))

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept == [Blob(NAME, len(CONTENT))] * 2
    assert place.names() == [f"{NAME[:2]}/{NAME}"]
    assert place.blobs.verify(NAME)


@pytest.mark.wide
def test_a_file_of_many_megabytes_is_as_whole_as_a_small_one(place: Place):
    data = os.urandom(20 * 1024 * 1024 + 1)
    kept = place.blobs.put(io.BytesIO(data), len(data))
    assert list(place.blobs.inventory()) == [Blob(hashlib.sha256(data).hexdigest(), len(data))]
    with place.again().open(kept.sha256) as stream:
        assert stream.read() == data


@pytest.mark.wide
def test_a_process_that_was_forked_reads_and_writes_as_its_parent(place: Place):
    place.blobs.put(io.BytesIO(b"of the parent"), 100)
    parents = place.blobs._objects._client if isinstance(place.blobs, ObjectBlobs) else None
    if (child := os.fork()) == 0:
        failed = 1
        try:
            kept = place.blobs.put(io.BytesIO(b"of the child"), 100)
            failed = 0 if place.blobs.verify(kept.sha256) else 2
            if isinstance(place.blobs, ObjectBlobs) and place.blobs._objects._client is parents:
                failed = 3  # two processes would read each other's answers on one connection
        finally:
            os._exit(failed)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(list(place.blobs.iterate())) == 2
    assert all(place.blobs.verify(name) for name in place.blobs.iterate())


@pytest.mark.few(1)
@pytest.mark.parametrize("size", [0, 1, 5000])
def test_a_folder_of_files_may_be_copied_to_object_storage(bucket, tmp_path: Path, size: int):
    folder = _in_folder(tmp_path)
    kept = folder.blobs.put(io.BytesIO(b"x" * size), 10_000)
    folder.blobs.set_mark("whose")
    for name in folder.names():  # as `aws s3 sync` does
        bucket.write(f"files/{name}", (tmp_path / name).read_bytes())
    assert bucket.blobs().verify(kept.sha256)
    assert bucket.blobs().mark() == "whose"


def test_the_setting_says_which_it_is(tmp_path: Path, bucket):
    found = blobs_of(Settings(blobs=str(tmp_path)))
    assert (type(found), found.place) == (FolderBlobs, str(tmp_path))
    found = blobs_of(bucket.settings(Settings()))
    found.put(io.BytesIO(CONTENT), 10_000)
    assert found.place == bucket.address
    assert bucket.names() == [f"files/{NAME[:2]}/{NAME}"]
    blobs_of(bucket.settings(Settings(), blobs=f"s3://{bucket.name}/")).set_mark("at the top")
    assert bucket.names()[1:] == ["store-mark"]
