"""What ``workbench task outputs`` prints and writes: what attempts at an automated task have made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shutil import copyfileobj

from engine.artifacts.blobs import BlobStore
from engine.errors import BadRequestError, ConflictError
from engine.executions.outputs import Output, outputs_of
from engine.tasks import lookup
from web.cli.context import Session, table


def answer(session: Session, reference: str, out: str | None) -> None:
    """Print the outputs of a task, and write the newest version of each into a folder where one is named.

    Raises:
        NotFoundError: there is no such task, or the bytes of a file are lost.
        BadRequestError: the folder cannot be written to.
        ConflictError: a file of that name is there; nothing is written over.
    """
    with session.reading() as tx:
        found = outputs_of(tx, lookup.find(tx, reference))
    written = _write(session.workbench.blobs, found, Path(out)) if out is not None else []
    rows = [
        [
            one.artifact.artifact_id,
            one.title,
            one.artifact.version_number,
            one.file_format,
            one.artifact.size_bytes,
            one.execution.executor,
            one.execution.attempt_number,
            f"{one.created_at:%Y-%m-%d %H:%M}",
        ]
        for one in found
    ]
    headings = ["output", "title", "version", "format", "bytes", "executor", "attempt", "made at (UTC)"]
    session.answer(
        {"outputs": [one.as_json() for one in found], "written": [str(path) for path in written]},
        lambda: "\n".join([table(rows, headings), *(f"wrote {path}" for path in written)]),
    )


def _write(blobs: BlobStore, found: Sequence[Output], folder: Path) -> list[Path]:
    """Write the newest version of each title and type into a folder; none where one is there already."""
    newest: dict[tuple[str, str], Output] = {}
    for one in found:
        newest.setdefault((one.artifact.type, one.title), one)
    places = dict[Path, Output]()
    for one in newest.values():
        path = folder / str(one.artifact.file_name)
        if path in places:  # of another type
            path = path.with_stem(f"{path.stem} ({one.artifact.type})")
        places[path] = one
    if there := next((path for path in places if path.exists()), None):
        raise ConflictError(f"{there} is there already. Name another folder; nothing was written.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, one in places.items():
            with blobs.open(str(one.artifact.sha256)) as source, path.open("xb") as target:
                copyfileobj(source, target)
    except OSError as error:
        raise BadRequestError(f"{folder} cannot be written to: {error.strerror}. Name another.") from error
    return list(places)
