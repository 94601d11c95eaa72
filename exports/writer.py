"""Writing an export: a snapshot of one workspace as files, the same bytes for the same records (EXP-11)."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from engine.access import Actor, Permission, require
from engine.accounts.models import Workspace
from engine.app import Workbench
from engine.artifacts.blobs import BlobStore, DamagedFileError, copy
from engine.artifacts.models import Artifact
from engine.audit import history
from engine.audit.chain import Anchor
from engine.errors import (
    ConflictError,
    NotFoundError,
    StoreVersionError,
    UnavailableError,
    UnreadableRecordError,
)
from engine.loading import load
from engine.transaction import Transaction
from exports import datapackage, ddl, forms, manifest
from exports.changes import Changes
from exports.forms import LINES, Form
from exports.layout import BLOBS, DDL, MANIFEST, PACKAGE
from exports.reading import FileFacts, parse_json
from exports.records import TableShape, order_of, tables

#: As many unreadable records are named one by one.
_MOST_NAMED = 20


def write(
    workbench: Workbench, actor: Actor, folder: Path, after: Anchor | None = None, form: Form = LINES
) -> dict[str, Any]:
    """Write the actor's workspace to ``folder`` and return the manifest.

    ``after`` an end that its chain had, only what changed since is written, at the cost of that alone. A new
    folder appears whole or not at all. An empty folder that is there already is filled, the manifest last.
    After a failure everything is as it was.

    Raises:
        ForbiddenError: the actor may not export.
        ConflictError: the folder exists and is not empty, or the chain never had that end.
        UnavailableError: it cannot be written, a file of the workspace is damaged, or what the form needs is
            not installed.
    """
    forms.require(form)
    require(actor, Permission.EXPORT, "export the workspace")
    commit = workbench.content().commit
    try:
        with _draft_of(folder.absolute()) as draft, workbench.reading(actor) as tx:
            return _write_all(tx, workbench.blobs, draft, commit=commit, after=after, form=form)
    except OSError as error:
        raise UnavailableError(
            f"The export cannot be written to {folder}: {error.strerror or error}. "
            "Free some space or choose another folder."
        ) from error


@contextmanager
def _draft_of(folder: Path) -> Iterator[Path]:
    """Give a folder to write to; on success it becomes ``folder``, on failure nothing of it is left."""
    fills = folder.is_dir()
    if folder.is_symlink() or (folder.exists() and (not fills or any(folder.iterdir()))):
        raise ConflictError(f"{folder} exists and is not an empty folder. Name a new one.")
    place = folder if fills else folder.parent
    made = [] if fills else [path for path in folder.parents if not path.exists()]
    try:
        place.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".incomplete-", dir=place))
        try:
            yield draft
            _publish(draft, folder, fills=fills)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except BaseException:
        with suppress(OSError):  # somebody else may have put something there meanwhile
            for path in made:
                path.rmdir()
        raise


def _publish(draft: Path, folder: Path, *, fills: bool) -> None:
    if not fills:
        draft.rename(folder)
        return
    moved: list[Path] = []
    try:
        for path in sorted(draft.iterdir(), key=lambda path: (path.name == MANIFEST, path.name)):
            moved.append(path.rename(folder / path.name))
    except OSError:
        for path in moved:
            path.rename(draft / path.name)
        raise


def _write_all(
    tx: Transaction, blobs: BlobStore, folder: Path, *, commit: str | None, after: Anchor | None, form: Form
) -> dict[str, Any]:
    if tx.database.look_again():
        raise StoreVersionError(
            f"The store {tx.database.url} was upgraded by a newer release, whose records have fields that "
            "this one does not export. Nothing was written. Export with the newer release."
        )
    workspace = tx.get(Workspace, tx.workspace_id).model_dump(mode="json")
    rows = partial(_rows, tx) if after is None else Changes(tx, after).rows
    unreadable: list[str] = []
    files = {table.name: _write_table(tx, table, rows(table), folder, unreadable) for table in tables()}
    _require_whole(unreadable)
    _write_blobs(rows, blobs, folder / BLOBS)
    if form is not LINES:
        files = forms.convert(folder, form, {name: facts.count for name, facts in files.items()})
    last = history.timeline(tx, limit=1)
    result = manifest.build(
        workspace=workspace,
        as_of=last[0].model_dump(mode="json")["occurred_at"] if last else None,
        content_commit=commit,
        files=files,
        chain=tx.database.head(tx.workspace_id),
        after=after,
        form=form,
    )
    texts = {
        PACKAGE: manifest.to_text(datapackage.build(workspace["name"], files, form)),
        DDL: ddl.generate(),
        MANIFEST: manifest.to_text(result),
    }
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    return result


def _require_whole(unreadable: list[str]) -> None:
    """Refuse what would not be a whole export, and name all that is wrong at once (S11)."""
    if unreadable:
        more = len(unreadable) - _MOST_NAMED
        raise UnavailableError(
            f"{len(unreadable)} records cannot be read. An export is whole or none: nothing was written. "
            "`workbench doctor` says what to do. The first is: " + unreadable[0],
            details=[
                *({"code": "UNREADABLE_RECORD", "message": fault} for fault in unreadable[:_MOST_NAMED]),
                *([{"code": "UNREADABLE_RECORD", "message": f"{more} more"}] if more > 0 else []),
            ],
        )


def _fault(tx: Transaction, table: TableShape, text: str, error: ValueError) -> str:
    try:
        load(table.record_type, text, tx.database)
    except UnreadableRecordError as named:
        return named.message
    return f"a record of {table.name} cannot be read: {error}"


def _write_table(
    tx: Transaction, table: TableShape, rows: Iterable[str], folder: Path, unreadable: list[str]
) -> FileFacts:
    """Write one file in its order; return its facts, and add what is wrong with records to ``unreadable``."""
    digest, size, count = hashlib.sha256(), 0, 0
    with (folder / table.file_name).open("wb") as file:
        for text in rows:
            try:
                record = table.record_type.model_validate(parse_json(text.encode()))
            except ValueError as error:
                unreadable.append(_fault(tx, table, text, error))
                continue
            line = f"{table.line(record)}\n".encode()
            file.write(line)
            digest.update(line)
            size += len(line)
            count += 1
    return FileFacts(count, size, digest.hexdigest())


def _rows(tx: Transaction, table: TableShape) -> Iterator[str]:
    return tx.database.table(table.name).stream_rows({"workspace_id": tx.workspace_id}, order_of(table))


def _write_blobs(rows: Callable[[TableShape], Iterable[str]], blobs: BlobStore, target: Path) -> None:
    """Copy the bytes of every stored file, under its hash; each copy is checked."""
    target.mkdir()
    table = next(table for table in tables() if table.record_type is Artifact)
    for sha256 in sorted({sha256 for row in rows(table) if (sha256 := json.loads(row)["sha256"])}):
        try:
            with blobs.open(sha256) as stream, (target / sha256).open("wb") as file:
                if copy(stream, file, sys.maxsize).sha256 != sha256:
                    raise DamagedFileError(sha256, blobs.place)
        except (NotFoundError, DamagedFileError) as error:
            raise UnavailableError(
                f"The stored file {sha256} is missing or damaged. Restore it from a backup; "
                "see workbench doctor."
            ) from error
