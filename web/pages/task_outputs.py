"""What attempts at a task have made, as pages show it in place: text, tables, pictures and PDFs (OUT-09).

A page hands ``previews`` what ``engine.executions.outputs.outputs_of`` found, once it has read the store; the
macros of ``tasks/_outputs.html`` show what comes of it, on whichever page.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.artifacts.blobs import BlobStore
from engine.artifacts.models import Artifact
from engine.budgets import BYTES_OF_A_SHOWN_FILE, LINES_OF_A_SHOWN_FILE
from engine.errors import NotFoundError, WorkbenchError
from engine.executions.outputs import Output
from web import safe_files
from web.pages import text_diff
from web.pages.text_diff import DiffRow

#: So many are shown in place; of the others their names are.
MOST_SHOWN = 3
#: So much of a table is shown.
ROWS_SHOWN, COLUMNS_SHOWN = 10, 12
#: What is read of a table for that.
_BYTES_OF_ROWS = 64 * 1024
_SEPARATORS = {"csv": ",", "tsv": "\t"}
_MARKDOWN = frozenset({"md", "markdown"})


@dataclass(frozen=True, kw_only=True)
class Table:
    """The beginning of a table."""

    rows: Sequence[Sequence[str]]
    #: Whether there is more of it than is shown.
    is_cut: bool


@dataclass(frozen=True, kw_only=True)
class Preview:
    """An output with the versions before it, and as much of it as is shown in place."""

    output: Output
    #: Those of the same title and type before it, the newest first.
    earlier: Sequence[Output]
    #: How it is looked at: ``markdown``, ``table``, ``text``, ``image``, ``pdf`` or ``html``; ``download``
    #: where it is not, ``lost`` where its bytes are gone.
    way: str
    text: str | None = None
    table: Table | None = None

    @property
    def is_framed(self) -> bool:
        """Whether a page that shows it needs a frame."""
        return self.way in ("pdf", "html")


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two versions of an output beside each other, the earlier one on the left."""

    left: Output
    right: Output
    #: The texts line by line; None where they are not both text that is shown.
    rows: Sequence[DiffRow] | None


def previews(blobs: BlobStore, outputs: Iterable[Output]) -> list[Preview]:
    """Return outputs, which come the newest first, by title and type, the first ones with what they hold.

    It reads files, so it is called when the store was read.
    """
    groups: dict[tuple[str, str], list[Output]] = {}
    for one in outputs:
        groups.setdefault((one.artifact.type, one.title), []).append(one)
    return [
        preview(blobs, newest, earlier) if place < MOST_SHOWN else _named(newest, earlier)
        for place, (newest, *earlier) in enumerate(groups.values())
    ]


def preview(blobs: BlobStore, output: Output, earlier: Sequence[Output] = ()) -> Preview:
    """Return an output with what is shown of it."""
    artifact = output.artifact
    try:
        way = safe_files.way_of(safe_files.kind_of(blobs, str(artifact.sha256), artifact.file_name))
        if way != "text":
            return Preview(output=output, earlier=earlier, way=way)
        if output.file_format in _SEPARATORS:
            table = _table(blobs, artifact, _SEPARATORS[output.file_format])
            return Preview(output=output, earlier=earlier, way="table", table=table)
        text = _text(blobs, artifact)
    except WorkbenchError:  # `workbench doctor` tells of files that are lost or were changed
        return Preview(output=output, earlier=earlier, way="lost")
    is_markdown = output.file_format in _MARKDOWN and text is not None
    return Preview(output=output, earlier=earlier, way="markdown" if is_markdown else "text", text=text)


def compare(
    blobs: BlobStore, outputs: Sequence[Output], artifact_id: str, *, whole: bool = False
) -> Comparison:
    """Set one of the outputs of a task beside the version before it; ``whole`` folds nothing.

    Raises:
        NotFoundError: there is none of that id, or none before it.
    """
    known = {one.artifact.artifact_id: one for one in outputs}
    right = known.get(artifact_id)
    left = known.get(right.artifact.previous_artifact_id or "") if right is not None else None
    if right is None or left is None:
        raise NotFoundError("There is no version before it to compare it with. Its task shows what there is.")
    texts = [_text(blobs, one.artifact) if _is_text(blobs, one.artifact) else None for one in (left, right)]
    before, after = texts
    if before is None or after is None:
        return Comparison(left=left, right=right, rows=None)
    rows = text_diff.compare(before.split("\n"), after.split("\n"), whole=whole)
    return Comparison(left=left, right=right, rows=rows)


def _named(output: Output, earlier: Sequence[Output]) -> Preview:
    return Preview(output=output, earlier=earlier, way="download")


def _is_text(blobs: BlobStore, artifact: Artifact) -> bool:
    kind = safe_files.kind_of(blobs, str(artifact.sha256), artifact.file_name)
    return safe_files.way_of(kind) in ("text", "html")


def _text(blobs: BlobStore, artifact: Artifact) -> str | None:
    """Return a text in whole; None where it is longer than what is shown."""
    with blobs.open(str(artifact.sha256)) as stream:
        data = stream.read(BYTES_OF_A_SHOWN_FILE + 1)
    text = data.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n").rstrip("\n")
    is_long = len(data) > BYTES_OF_A_SHOWN_FILE or text.count("\n") >= LINES_OF_A_SHOWN_FILE
    return None if is_long else text


def _table(blobs: BlobStore, artifact: Artifact, separator: str) -> Table | None:
    """Return the first rows of a table; None where they cannot be told apart."""
    with blobs.open(str(artifact.sha256)) as stream:
        data = stream.read(_BYTES_OF_ROWS)
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    is_cut = artifact.size_bytes is not None and artifact.size_bytes > len(data)
    rows = list[list[str]]()
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            rows.append(row)
            if len(rows) > ROWS_SHOWN + 1:
                break
    except csv.Error:
        return None
    if is_cut and len(rows) <= ROWS_SHOWN + 1:
        rows = rows[:-1]  # the last one may be a part of a row
    shown = [row[:COLUMNS_SHOWN] for row in rows[: ROWS_SHOWN + 1]]
    is_narrow = any(len(row) > COLUMNS_SHOWN for row in rows)
    return Table(rows=shown, is_cut=is_cut or is_narrow or len(rows) > len(shown)) if shown else None
