"""What `audit anchor` notes outside the store: a line that is whole, or none."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.audit import anchors
from engine.audit.chain import Anchor
from engine.errors import UnavailableError

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
END = Anchor.parse(f"7:{'ab' * 32}")


def full_disk(handle: int, line: bytes) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def nearly_full_disk(handle: int, line: bytes) -> int:
    return os.writev(handle, [line[:9]])  # no more of it fits


@pytest.mark.parametrize("write", [full_disk, nearly_full_disk])
def test_a_full_disk_leaves_no_file_and_nothing_in_one_that_was_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, write
):
    new, old = tmp_path / "new", tmp_path / "old"
    anchors.append(old, "wsp_1", END, NOON)
    before = old.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", write)
        for file in (new, old):
            with pytest.raises(UnavailableError, match=r"No space left on device\. Nothing was noted"):
                anchors.append(file, "wsp_1", END, NOON)
    assert not new.exists()
    assert old.read_bytes() == before
    anchors.append(old, "wsp_1", END, NOON)
    assert anchors.read(old, "wsp_1") == [END, END]
