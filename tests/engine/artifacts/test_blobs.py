"""Blobs are whole or absent, named by their bytes, and never changed."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest

from engine.artifacts.blobs import Blob, BlobStore
from engine.errors import BadRequestError, NotFoundError, UnavailableError

CONTENT = b"hello\x00\xff" * 1000
NAME = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "made" / "blobs")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_blob_is_named_by_its_bytes_and_read_back(blobs: BlobStore):
    assert blobs.put(io.BytesIO(CONTENT), 10_000) == Blob(NAME, len(CONTENT))
    with blobs.open(NAME) as stream:
        assert stream.read() == CONTENT
    assert blobs.path(NAME).parent.name == NAME[:2]
    assert blobs.verify(NAME)


def test_the_same_bytes_are_kept_once(blobs: BlobStore, tmp_path: Path):
    for _ in range(2):
        blobs.put(io.BytesIO(CONTENT), 10_000)
    assert files(tmp_path) == [blobs.path(NAME)]


@pytest.mark.parametrize("size", [0, 1, 9, 10])
def test_up_to_the_limit_is_taken(blobs: BlobStore, size: int):
    assert blobs.put(io.BytesIO(b"x" * size), 10).size == size


def test_over_the_limit_is_refused_and_nothing_is_kept(blobs: BlobStore, tmp_path: Path):
    with pytest.raises(BadRequestError, match="larger than the limit of 10 bytes"):
        blobs.put(io.BytesIO(b"x" * 11), 10)
    assert files(tmp_path) == []


def test_a_stream_that_breaks_leaves_nothing(blobs: BlobStore, tmp_path: Path):
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise ConnectionResetError("gone")
            return super().read(min(size or 5, 5))

    with pytest.raises((ConnectionResetError, UnavailableError)):
        blobs.put(Broken(CONTENT), 10_000)
    assert files(tmp_path) == []


def test_all_blobs_are_listed_in_order_and_leftovers_are_not(blobs: BlobStore):
    assert list(blobs.iterate()) == []
    names = sorted(blobs.put(io.BytesIO(bytes([n])), 10).sha256 for n in range(20))
    (blobs.path(NAME).parent.parent / "incoming-abc").write_bytes(b"half")
    (blobs.path(names[0]).parent / "notes.txt").write_text("x")
    assert list(blobs.iterate()) == names


def test_a_changed_or_missing_blob_does_not_verify(blobs: BlobStore):
    assert not blobs.verify(NAME)
    blobs.put(io.BytesIO(CONTENT), 10_000)
    blobs.path(NAME).write_bytes(CONTENT[:-1])
    assert not blobs.verify(NAME)
    blobs.put(io.BytesIO(CONTENT), 10_000)
    assert blobs.verify(NAME)


def test_a_missing_blob_is_not_found(blobs: BlobStore):
    with pytest.raises(NotFoundError, match=f"no blob {NAME}"):
        blobs.open(NAME)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, f"{'a' * 64}\n"])
def test_only_a_sha256_is_a_name(blobs: BlobStore, name: str):
    with pytest.raises(BadRequestError, match="not a sha256"):
        blobs.path(name)


def test_a_folder_that_cannot_be_used_says_so(tmp_path: Path):
    (tmp_path / "blobs").write_text("a file where the folder should be")
    with pytest.raises(UnavailableError, match=r"cannot be written to: .*try again"):
        BlobStore(tmp_path / "blobs").put(io.BytesIO(CONTENT), 10_000)


def test_a_limit_on_the_size_of_files_says_so_and_keeps_nothing(blobs: BlobStore, tmp_path: Path):
    import resource
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(UnavailableError, match="cannot be written to"):
            blobs.put(io.BytesIO(os.urandom(5_000)), 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert files(tmp_path) == []
