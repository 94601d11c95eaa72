"""Handing over as somebody asks for it: an address or a file, with facts typed as they are meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.artifacts.blobs import Blob
from engine.artifacts.intake import Received
from engine.catalog import meta_schemas
from engine.deliverables import resubmission, versions
from engine.deliverables.inputs import Content, HandOver, HandOverNext, Then
from engine.deliverables.models import Deliverable
from engine.deliverables.resubmission import Resubmission
from engine.errors import BadRequestError, NotFoundError, bad_field
from engine.tasks import files, lookup
from engine.tasks.models import Task
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class _Content:
    """What a version is filled with, as the use cases take it."""

    url: str | None
    meta: dict[str, Any]
    blob: Blob | None = None
    file_name: str | None = None
    content_type: str | None = None


def hand_over(tx: Transaction, request: HandOver, file: Received | None) -> Deliverable:
    """Change what nobody has judged yet.

    Raises:
        BadRequestError: nothing is handed over.
    """
    task = lookup.find(tx, request.task_id)
    row = _row(tx, task, request.ref)
    content = _content(tx, task, row, request, file, known=row.meta)
    sees = row.visible_in_portal if request.visible_in_portal is None else request.visible_in_portal
    is_bare = content.meta == row.meta and not content.url and content.blob is None
    if is_bare and not row.is_submitted and sees == row.visible_in_portal:
        message = "give an address, or choose a file below"
        summary = f"Nothing was handed over as “{row.spoken_ref}”: give an address or choose a file."
        raise bad_field("url", message, summary)
    return versions.edit(
        tx,
        row.deliverable_id,
        **vars(content),
        visible_in_portal=request.visible_in_portal,
        revision=request.revision,
    )


def hand_over_next(tx: Transaction, request: HandOverNext, file: Received | None) -> Resubmission:
    """Make the version after a judged one, and ask for its approval where that is wished.

    It begins with the facts of the judged one: what is given stands over them, an empty one takes one away.
    """
    judged = tx.get(Deliverable, request.deliverable_id)
    task = lookup.find(tx, request.task_id or judged.task_id)
    _check_of(task, judged)
    content = _content(tx, task, judged, request, file, known=judged.meta)
    if request.then is Then.RESUBMIT:
        return resubmission.resubmit(tx, judged.deliverable_id, **vars(content))
    row = versions.new_version(tx, judged.deliverable_id, **vars(content))
    return Resubmission(row=row, is_asked=False)


def _content(
    tx: Transaction,
    task: Task,
    row: Deliverable,
    request: Content,
    file: Received | None,
    *,
    known: dict[str, Any],
) -> _Content:
    """Put together what is handed over; a file that is sent comes before one that is here."""
    meta = meta_schemas.typed(row.meta_schema, request.meta, known)
    if file is not None:
        return _Content(
            url=request.url,
            meta=meta,
            blob=file.blob,
            file_name=file.file_name,
            content_type=file.content_type,
        )
    if request.artifact_id is None:
        return _Content(url=request.url, meta=meta)
    here = files.get(tx, task, request.artifact_id)
    return _Content(
        url=request.url,
        meta=meta,
        blob=files.blob_of(here),
        file_name=here.file_name or here.label,
        content_type=here.content_type,
    )


def _row(tx: Transaction, task: Task, ref: str) -> Deliverable:
    """Find what the task owes by its id, or the newest version by its ref."""
    if ref.startswith(f"{Deliverable.spec.prefix}_"):
        row = tx.get(Deliverable, ref)
        _check_of(task, row)
        return row
    owed = tx.find(Deliverable, task_id=task.task_id)
    rows = [item for item in owed if item.ref == ref]
    if not rows:
        known = ", ".join(dict.fromkeys(item.ref for item in owed)) or "none"
        raise BadRequestError(
            f"The task has no deliverable {ref!r}. It owes: {known}. Another one is added first: "
            "workbench task add-deliverable."
        )
    return max(rows, key=lambda item: item.version_number)


def _check_of(task: Task, row: Deliverable) -> None:
    if row.task_id != task.task_id:
        raise NotFoundError(
            f"The task {task.name} has no deliverable {row.deliverable_id}. Load the page again."
        )
