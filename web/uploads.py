"""Files that come with a task's form: into the blob store before the transaction, under the size limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, cast

from flask import request

from engine.artifacts.blobs import Blob
from engine.tasks import visibility
from web.context import current_actor, current_workbench


@dataclass(frozen=True)
class Upload:
    """One received file."""

    blob: Blob
    name: str
    content_type: str | None


def receive(field: str, task_id: str) -> Upload | None:
    """Return the file of a form's field, None where none was chosen.

    Nothing is kept for somebody who may not work the task: nobody could fill the disk with files that
    belong to nothing.

    Raises:
        NotFoundError, ForbiddenError: the task is not the actor's to see, or to work.
        BadRequestError: it is larger than the setting ``max_upload_mb``.
    """
    file = request.files.get(field)
    if file is None or not file.filename:
        return None
    workbench = current_workbench()
    with workbench.reading(current_actor()) as tx:
        visibility.get_workable(tx, task_id)
    blob = workbench.blobs.put(cast(BinaryIO, file.stream), workbench.settings.max_upload_bytes)
    return Upload(blob, file.filename, file.mimetype or None)
