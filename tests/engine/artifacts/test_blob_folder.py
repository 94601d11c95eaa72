"""What only a folder of blobs can meet: a full disk, a file in its place."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from engine.artifacts.blob_folder import FolderBlobs
from engine.errors import UnavailableError


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
