"""The copy of a SQLite store that is made before a migration changes it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import URL

from engine.clock import SystemClock
from engine.errors import UnavailableError
from engine.store.connections import file_of


def backup_pattern(url: URL, version: int) -> str | None:
    """Give where the copy of a store would go, ``<time>`` in its name; None where no file is to be copied."""
    file = file_of(url)
    return None if file is None else str(_path(file, version, "<time>"))


def _path(file: Path, version: int, moment: str) -> Path:
    return file.with_name(f"{file.name}.version-{version}.{moment}.backup")


def back_up(url: URL, version: int) -> Path | None:
    """Copy the store as its last commit left it; return the copy, None where there is no file to copy.

    It is called inside the write transaction of the first migration, so that no write falls between the copy
    and the change. The copy is there whole or not at all.

    Raises:
        UnavailableError: the copy cannot be made; nothing was migrated.
    """
    file = file_of(url)
    if file is None:
        return None
    path = _path(file, version, f"{SystemClock().now():%Y%m%dT%H%M%S%fZ}")
    part = path.with_suffix(".part")
    try:
        _copy(file, part)
        part.replace(path)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):  # it may not be there, and what went wrong is told below
            part.unlink()
        raise UnavailableError(
            f"The store cannot be backed up to {path}: {error}. Nothing was migrated. Make room, or give "
            "this user the right to write there, and try again."
        ) from error
    return path


def _copy(file: Path, part: Path) -> None:
    """Copy through SQLite's backup API, which takes the log too, and bring it to the disk."""
    part.touch(mode=file.stat().st_mode & 0o777)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(part)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
    with part.open("rb") as written:
        os.fsync(written.fileno())
