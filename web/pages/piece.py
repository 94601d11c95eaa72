"""What is to be decided on, shown beside the decision: its picture or text, and what changed (D18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.artifacts.blobs import BlobStore
from engine.inbox.details import Detail
from web.pages import text_diff
from web.pages.deliverable import Stored, read_file
from web.pages.text_diff import DiffRow

#: So many lines of a text stand beside a decision; its own page has all of them.
MOST_LINES = 120
#: So many rows of a comparison do.
MOST_CHANGES = 60
_MARKDOWN = (".md", ".markdown")


@dataclass(frozen=True)
class Piece:
    """What is looked at before somebody decides."""

    #: How it is looked at, as ``Stored.way`` says.
    way: str
    #: The first lines of its text; None where it is none that can be shown.
    lines: Sequence[str] | None
    #: Whether it has more than these.
    is_cut: bool
    is_markdown: bool
    #: What differs from the version before, where both are text; None where there is no such comparison.
    changes: Sequence[DiffRow] | None

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines or ())


def load(blobs: BlobStore, chosen: Detail) -> Piece | None:
    """Return the piece of an item that waits for a decision; None where it has no file."""
    if chosen.row is None or chosen.row.sha256 is None:
        return None
    stored = read_file(blobs, chosen.row, chosen.file)
    name = (chosen.file.file_name or "") if chosen.file else ""
    lines = stored.text if stored.way == "text" else None
    return Piece(
        way=stored.way,
        lines=None if lines is None else lines[:MOST_LINES],
        is_cut=lines is not None and len(lines) > MOST_LINES,
        is_markdown=name.lower().endswith(_MARKDOWN),
        changes=_changes(blobs, chosen, stored),
    )


def _changes(blobs: BlobStore, chosen: Detail, now: Stored) -> list[DiffRow] | None:
    if chosen.before is None or chosen.before.sha256 is None or now.text is None:
        return None
    before = read_file(blobs, chosen.before, chosen.before_file)
    return None if before.text is None else text_diff.compare(before.text, now.text, whole=False)
