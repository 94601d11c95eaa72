"""Ends of chains noted in a file outside the store: what nobody who changes the store can take back (S8).

A line is a time in UTC, a workspace's id, and ``COUNT:HASH``. Lines are added, never changed; one file may
hold the ends of several workspaces. Keep it where whoever may write to the store may not write.
"""

from __future__ import annotations

import errno
import os
from datetime import datetime
from pathlib import Path

from engine.audit.chain import Anchor
from engine.clock import to_text
from engine.errors import BadRequestError, UnavailableError

_MOST_BYTES = 50_000_000


def read(file: Path, workspace_id: str) -> list[Anchor]:
    """Return the ends of a workspace's chain that a file notes, oldest first.

    Raises:
        BadRequestError: there is no such file, it notes nothing of this workspace, or a line is no such note.
        UnavailableError: it cannot be read.
    """
    found = _of(workspace_id, _lines(file))
    if not found:
        raise BadRequestError(
            f"{file} notes no end of the chain of workspace {workspace_id}. "
            f"Note one with: workbench audit anchor {file}"
        )
    return found


def noted(file: Path, workspace_id: str) -> list[Anchor]:
    """Return the ends that a file notes already, as ``read`` does; it may be absent, or note none.

    Raises:
        BadRequestError: a line is no such note.
        UnavailableError: it cannot be read.
    """
    return _of(workspace_id, _lines(file)) if file.exists() else []


def append(file: Path, workspace_id: str, anchor: Anchor, at: datetime) -> None:
    """Note an end; it is on the disk when this returns. An absent file is made, for its owner alone.

    What cannot be noted whole leaves the file as it was, and none where there was none.

    Raises:
        UnavailableError: it cannot be written.
    """
    line = f"{to_text(at)} {workspace_id} {anchor}\n".encode()
    is_new = not file.exists()
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            _write_whole(handle, line)
        except OSError:
            if is_new:
                file.unlink()
            raise
        finally:
            os.close(handle)
    except OSError as error:
        raise UnavailableError(
            f"{file} cannot be written: {error.strerror}. Nothing was noted; name another file."
        ) from error


def _write_whole(handle: int, line: bytes) -> None:
    """Add a line to a file, or leave it as it was.

    Raises:
        OSError: it is not on the disk.
    """
    size = os.fstat(handle).st_size
    try:
        if os.write(handle, line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, size)
        raise


def _of(workspace_id: str, lines: list[tuple[str, Anchor]]) -> list[Anchor]:
    return [anchor for owner, anchor in lines if owner == workspace_id]


def _lines(file: Path) -> list[tuple[str, Anchor]]:
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise BadRequestError(f"{file} is larger than any list of anchors. Name the right file.")
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise BadRequestError(f"There is no file {file}. Name the one that `audit anchor` wrote.") from error
    except UnicodeDecodeError as error:
        raise BadRequestError(f"{file} is not text. Name the file that `audit anchor` wrote.") from error
    except OSError as error:
        raise UnavailableError(f"{file} cannot be read: {error.strerror}. Check who may read it.") from error
    return [_parsed(file, number, line) for number, line in enumerate(lines, 1)]


def _parsed(file: Path, number: int, line: str) -> tuple[str, Anchor]:
    words = line.split(" ")
    if len(words) != 3:
        raise BadRequestError(
            f"Line {number} of {file} is not an anchor: a time, a workspace and COUNT:HASH, "
            "with a space between."
        )
    return words[1], Anchor.parse(words[2])
