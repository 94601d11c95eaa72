"""What a file says, to be found by its words: its names, and the text of those that are plain text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.artifacts import kinds
from engine.artifacts.blobs import BlobStore
from engine.budgets import BYTES_OF_A_SEARCHED_FILE
from engine.errors import WorkbenchError
from engine.fulltext import Rank, Told

#: Kinds of files whose bytes are what people read.
_READ = frozenset({kinds.TEXT, kinds.TEXT_KINDS["md"], kinds.TEXT_KINDS["csv"], kinds.TEXT_KINDS["tsv"]})


def read(blobs: BlobStore, sha256: str, content_type: str | None) -> str:
    """Return the beginning of a file's text; nothing where it is no plain text, or not there.

    Whatever is no UTF-8 in it parts words.
    """
    if content_type not in _READ or not blobs.holds(sha256):
        return ""
    try:
        with blobs.open(sha256) as file:
            found = file.read(BYTES_OF_A_SEARCHED_FILE)
    except WorkbenchError:
        return ""  # `workbench doctor` tells of files that are lost or were changed
    return found.decode("utf-8-sig", errors="replace").replace("\0", " ")


def told(artifact: Mapping[str, Any], owner: str, text: str) -> Told:
    """Return what a file or link is found by, for the task or bundle that it belongs to."""
    names = (artifact["label"], artifact.get("file_name"), artifact.get("url"), text)
    return Told(Rank.FILE, owner, "\n".join(name for name in names if name))
