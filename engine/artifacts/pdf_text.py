"""The text of a PDF, read by a program of its own that is given so much time and memory, and no more."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import BinaryIO

from engine.budgets import (
    BYTES_OF_A_PDFS_READER,
    CHARACTERS_OF_A_SEARCHED_TEXT,
    PAGES_OF_A_SEARCHED_PDF,
    SECONDS_OF_A_PDFS_READER,
)
from engine.fulltext import FileText

_PROGRAM = Path(__file__).with_name("pdf_program.py")
#: So much longer than its own time may the program take, beside others that want the processor.
_PATIENCE = 3
#: So many are read at a time, so that those who send them take neither memory nor processor from others.
_slots = threading.BoundedSemaphore(2)
#: What the program says last: why something was not read.
_UNREAD = {
    "": "",
    "locked": "it asks for a password",
    "broken": "a part of it cannot be read",
    "empty": "its pages hold no text, as those of a scan",
    "pages": f"only its first {PAGES_OF_A_SEARCHED_PDF} pages are read",
    "memory": "reading it takes too much memory",
}
TOO_LONG = "reading it takes too long"


def read(file: BinaryIO) -> FileText | None:
    """Return what a PDF says, and why some of it could not be read; None where too many are read just now.

    ``file`` is one of the operating system, from its beginning on. However it was made, the answer comes
    after ``SECONDS_OF_A_PDFS_READER`` of work or some times that of waiting.
    """
    patience = _PATIENCE * SECONDS_OF_A_PDFS_READER
    if not _slots.acquire(timeout=patience):
        return None
    try:
        return _told(_run(file, patience))
    finally:
        _slots.release()


def _run(file: BinaryIO, patience: int) -> bytes:
    """Return what the program has said until it ended, or was ended."""
    bounds = (
        PAGES_OF_A_SEARCHED_PDF,
        CHARACTERS_OF_A_SEARCHED_TEXT,
        SECONDS_OF_A_PDFS_READER,
        BYTES_OF_A_PDFS_READER,
    )
    words = [sys.executable, "-I", str(_PROGRAM), *map(str, map(int, bounds))]
    try:
        done = subprocess.run(  # noqa: S603 - a program of ours
            words,
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return error.output or b""
    return done.stdout


def _told(said: bytes) -> FileText:
    lines = said.split(b"\n")[:-1]  # what stands behind the end of the last line was cut off
    pages, unread = [], TOO_LONG
    for told in map(json.loads, lines):
        if isinstance(told, str):
            pages.append(_plain(told))
        else:
            unread = _UNREAD[told["unread"]]
    return FileText("\n".join(pages), unread)


def _plain(text: str) -> str:
    """Return a text as it can be kept: without half characters and zeros."""
    return text.encode("utf-8", errors="replace").decode().replace("\0", " ")
