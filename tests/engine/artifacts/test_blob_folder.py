"""What only a folder of blobs can meet: a full disk, a file in its place."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from engine.artifacts import kinds, texts
from engine.artifacts.blob_folder import FolderBlobs
from engine.errors import UnavailableError
from tests.pdfs import pdf


def test_a_folder_that_cannot_be_used_says_so(tmp_path: Path):
    (tmp_path / "blobs").write_text("a file where the folder should be")
    blobs = FolderBlobs(tmp_path / "blobs")
    with pytest.raises(UnavailableError, match=r"cannot be written to: .*try again"):
        blobs.put(io.BytesIO(b"words"), 10_000)
    with pytest.raises(UnavailableError, match=r"cannot be written to: .*try again"):
        blobs.try_to_write()


def test_a_limit_on_the_size_of_files_says_so_and_keeps_nothing(tmp_path: Path):
    import resource
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(UnavailableError, match="cannot be written to"):
            FolderBlobs(tmp_path).put(io.BytesIO(os.urandom(5_000)), 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert list(tmp_path.rglob("*")) == []


def test_the_text_of_a_pdf_that_was_cut_off_on_the_disk_is_read_again(tmp_path: Path):
    """A power cut may leave an empty file where one had been written."""
    blobs = FolderBlobs(tmp_path)
    sha256 = blobs.put(io.BytesIO(pdf("The order of the tents")), 10**6).sha256
    for left in (b"", b"[", b'{"what": 1}'):
        blobs.keep_beside(sha256, left)
        assert texts.read(blobs, sha256, kinds.PDF).text == ""
        texts.prepare(blobs, sha256, kinds.PDF)
        assert "tents" in texts.read(blobs, sha256, kinds.PDF).text


def test_nothing_is_left_of_a_text_that_could_not_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    blobs = FolderBlobs(tmp_path)

    def fails(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fails)
    with pytest.raises(UnavailableError, match="No space left on device"):
        blobs.keep_beside("a" * 64, b"{}")
    assert not list(tmp_path.rglob("incoming-*"))
