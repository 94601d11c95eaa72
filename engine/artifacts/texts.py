"""What a file says, to be found by its words: its names, and the text of plain text and of PDFs.

What a file says is read when it is taken in, before the transaction that writes of it: that waits for no disk
and no network. The text of a PDF is also kept beside the files: reading it again would take time, and might
give less.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.artifacts import kinds, pdf_text
from engine.artifacts.blobs import BlobStore
from engine.budgets import BYTES_OF_A_SEARCHED_FILE, BYTES_OF_A_SEARCHED_PDF
from engine.errors import WorkbenchError
from engine.fulltext import NO_TEXT, FileText, Rank, Told

#: Kinds of files whose bytes are what people read.
_READ = frozenset({kinds.TEXT, kinds.TEXT_KINDS["md"], kinds.TEXT_KINDS["csv"], kinds.TEXT_KINDS["tsv"]})
#: So many texts are remembered from before a transaction until it writes of them.
_MOST_REMEMBERED = 8
#: The text of a PDF that nobody has read yet.
_NOT_YET = FileText("", "it was not read yet; `workbench reindex` does that")


def prepare(blobs: BlobStore, sha256: str, content_type: str | None) -> None:
    """Read a kept file, so that ``read`` has its text at once, also inside a transaction.

    What cannot be read is no error: what is known then, is why. Nothing is done for files of which that is
    known already, and where too many are read at the same time.

    Raises:
        UnavailableError: where files are, it cannot be read or kept now.
    """
    _read_pdf(blobs, sha256, content_type)
    said = _read(blobs, sha256, content_type)
    if len(blobs.just_read) >= _MOST_REMEMBERED:
        blobs.just_read.clear()
    blobs.just_read[sha256, content_type] = said


def _read_pdf(blobs: BlobStore, sha256: str, content_type: str | None) -> None:
    if content_type != kinds.PDF or _kept(blobs, sha256) is not None or not blobs.holds(sha256):
        return
    try:
        with blobs.open(sha256) as file:
            is_large = file.seek(0, 2) > BYTES_OF_A_SEARCHED_PDF
            file.seek(0)
            found = FileText("", "it is too large to be read") if is_large else pdf_text.read(file)
    except WorkbenchError:
        return  # `workbench doctor` tells of files that are lost or were changed
    if found is not None:
        blobs.keep_beside(sha256, json.dumps(found._asdict()).encode())


def read(blobs: BlobStore, sha256: str, content_type: str | None) -> FileText:
    """Return the beginning of a file's text, and why some of it is missing; no text where it has none.

    Whatever is no UTF-8 in it parts words.
    """
    return blobs.just_read.pop((sha256, content_type), None) or _read(blobs, sha256, content_type)


def _read(blobs: BlobStore, sha256: str, content_type: str | None) -> FileText:
    if content_type == kinds.PDF:
        return _kept(blobs, sha256) or _NOT_YET
    if content_type not in _READ or not blobs.holds(sha256):
        return NO_TEXT
    try:
        with blobs.open(sha256) as file:
            found = file.read(BYTES_OF_A_SEARCHED_FILE)
    except WorkbenchError:
        return NO_TEXT  # `workbench doctor` tells of files that are lost or were changed
    return FileText(found.decode("utf-8-sig", errors="replace").replace("\0", " "))


def _kept(blobs: BlobStore, sha256: str) -> FileText | None:
    """Return the text of a PDF as it was kept; None where it was not, or somebody cut it off."""
    kept = blobs.beside(sha256)
    try:
        return None if kept is None else FileText(**json.loads(kept))
    except (ValueError, TypeError):
        return None  # it is read again, as if it had never been kept


def told(artifact: Mapping[str, Any], owner: str, text: str) -> Told:
    """Return what a file or link is found by, for the task or bundle that it belongs to."""
    names = (artifact["label"], artifact.get("file_name"), artifact.get("url"), text)
    return Told(Rank.FILE, owner, "\n".join(name for name in names if name))
