"""Exports: those that are there and the one that was asked for last, with their files to download.

What is published in object storage is read there, with rights of its own; here it is told of what was asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Response, send_file

from engine import addresses
from engine.access import Permission, require
from engine.clock import to_text
from engine.errors import NotFoundError
from engine.jobs import exporting
from engine.jobs.models import Job, JobStatus
from engine.transaction import Transaction
from exports import published
from exports.published import Export, ExportFile
from web.api import schemas
from web.api.paging import Asked, Page, cut
from web.api.resources.base import Described, Resource

_BYTES = "application/octet-stream"
#: Stands behind every moment: what is not there yet comes first.
_LATEST = "~"


@dataclass(frozen=True)
class _Kept:
    """A file, and where it is."""

    file: ExportFile
    place: Path


def _folder(tx: Transaction) -> Path | None:
    """Return where exports are on this machine; None where there are none, or they are in object storage."""
    require(tx.actor, Permission.EXPORT, "export the workspace")
    folder = tx.settings.export_folder
    return Path(folder).absolute() if folder and not addresses.is_bucket(folder) else None


def _there(tx: Transaction) -> list[Export]:
    folder = _folder(tx)
    return published.listed(folder, tx.workspace_id) if folder is not None else []


def _asked(tx: Transaction, job: Job | None) -> list[Export]:
    """Return what a job is to write, as long as that is not there to be read here."""
    if job is None or (job.status is JobStatus.DONE and _folder(tx) is not None):
        return []
    asked_at = datetime.fromtimestamp(job.put_at / 1000, UTC)
    return [Export(export_id=job.job_id, status=job.status, asked_at=asked_at)]


def _list(tx: Transaction, asked: Asked) -> Page:
    there = _there(tx)
    known = {one.export_id for one in there}  # it may be there already while its job is about to end
    coming = [one for one in _asked(tx, exporting.latest(tx)) if one.export_id not in known]
    return cut([*coming, *there], asked, _place, descending=True)


def _place(one: Export) -> tuple[str, str]:
    return to_text(one.made_at) if one.made_at else _LATEST, one.export_id


def _find(tx: Transaction, text: str) -> Export:
    there = next((one for one in _there(tx) if one.export_id == text), None)
    found = [there] if there is not None else _asked(tx, exporting.asked(tx, text))
    if not found:
        raise NotFoundError(
            f"There is no export {text}, or it was let go meanwhile. Look at those that there are."
        )
    return found[0]


def _told(_: Transaction, found: Sequence[Export]) -> Described:
    return [
        {
            **asdict(one),
            "asked_at": to_text(one.asked_at) if one.asked_at else None,
            "made_at": to_text(one.made_at) if one.made_at else None,
        }
        for one in found
    ]


def _kept(tx: Transaction, export: Export) -> list[_Kept]:
    folder = _folder(tx)
    if folder is None or export.status is not JobStatus.DONE:
        return []
    place = folder / export.export_id
    return [_Kept(one, place / one.path) for one in published.files(folder, export)]


def _files(tx: Transaction, asked: Asked) -> Page:
    return cut(_kept(tx, asked.parent), asked, lambda one: (one.file.path,))


def _file(tx: Transaction, export: Export, name: str) -> _Kept:
    found = next((one for one in _kept(tx, export) if one.file.name == name), None)
    if found is None:
        raise NotFoundError(f"The export {export.export_id} has no file {name}. Look at those that it has.")
    return found


def _files_told(_: Transaction, found: Sequence[_Kept]) -> Described:
    return [asdict(one.file) for one in found]


def _serve(kept: _Kept) -> Response:
    """Hand a file of an export out, whole or in part, as bytes that no browser opens by itself."""
    try:
        response = send_file(
            kept.place, mimetype=_BYTES, as_attachment=True, download_name=kept.file.name, conditional=True
        )
    except FileNotFoundError as error:
        raise NotFoundError("This export was let go at this moment. Look at those that there are.") from error
    response.headers["Cache-Control"] = "private, no-store"
    return response


EXPORTS = Resource(
    name="exports",
    record=Export,
    help="Exports of everything, what is not there yet first, then the newest; for managers and admins.",
    find=_find,
    list=_list,
    describe=_told,
    schema=schemas.of(Export),
    id_field="export_id",
    item_topics=None,  # no event tells of a file
    list_topics=None,
)
FILES = Resource(
    name="files",
    record=ExportFile,
    help="The files of an export, by their paths; none until it is there.",
    parent="exports",
    find_in=_file,
    list=_files,
    describe=_files_told,
    schema=schemas.of(ExportFile),
    id_field="name",
    file_of=lambda _, kept: kept,
    serve=_serve,
    item_topics=None,
    list_topics=None,
)
RESOURCES: Mapping[str, Resource] = {one.path: one for one in (EXPORTS, FILES)}
