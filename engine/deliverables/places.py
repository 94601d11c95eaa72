"""The places in a version that a remark may name: a line of its text, a page of its document (R25)."""

from __future__ import annotations

import codecs
from typing import BinaryIO

from engine.artifacts import kinds
from engine.artifacts.blobs import BlobStore
from engine.artifacts.models import Artifact
from engine.deliverables.models import Deliverable
from engine.errors import BadRequestError, bad_field
from engine.plurals import plural
from engine.transaction import Transaction

_CHUNK = 1024 * 1024
#: What nobody turns the pages of, beside texts.
_WITHOUT_PAGES = ("image/", "audio/", "video/")


def check(
    tx: Transaction, blobs: BlobStore, deliverable_id: str, *, line: int | None, page: int | None
) -> None:
    """Refuse a line or a page that the version's file does not have.

    How many pages a document has is not read; what has none at all is known.

    Raises:
        NotFoundError: no such version, not the actor's to see, or its file is gone.
        BadRequestError: the place is not there; it says how many lines there are.
    """
    row = tx.get(Deliverable, deliverable_id)
    if row.sha256 is None:
        if line is not None:
            raise _refused(
                "line", line, f"{row.name} has no file, so it has no lines; quote the words instead"
            )
        return
    file = tx.find_by_key(Artifact, row.artifact_id) if row.artifact_id else None
    name = file.file_name if file else None
    with blobs.open(row.sha256) as stream:
        kind = kinds.kind_of(stream, name)
        count = lines_in(stream) if kinds.is_text(kind) else None
    what = name or row.name
    if line is not None and count is None:
        raise _refused("line", line, f"{what} is no text, so it has no lines; name a page or quote the words")
    if line is not None and count is not None and line > count:
        raise _refused("line", line, f"{what} has {plural(count, 'line')}")
    if page is not None and (count is not None or kind.startswith(_WITHOUT_PAGES)):
        raise _refused("page", page, f"{what} has no pages; quote the words instead")


def lines_in(stream: BinaryIO) -> int:
    """Count the lines of a text, as its page shows them: what follows the last line break is one, too."""
    count, last = 0, b""
    chunk = stream.read(_CHUNK).removeprefix(codecs.BOM_UTF8)
    while chunk:
        count, last = count + chunk.count(b"\n"), chunk
        chunk = stream.read(_CHUNK)
    return count + (1 if last and not last.endswith(b"\n") else 0)


def _refused(field: str, value: int, why: str) -> BadRequestError:
    message = f"there is no {field} {value}: {why}"
    return bad_field(field, message, f"The comment cannot be kept: {message}.")
