"""Files that come with a task's form: into the blob store before the transaction, under the size limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, cast

from flask import request

from engine.artifacts import intake
from engine.artifacts.blobs import Blob
from engine.tasks import visibility
from web.context import current_actor, current_workbench


def limit() -> str:
    """Return the size of the largest file that is taken, in words; for templates."""
    return f"{current_workbench().settings.max_upload_mb} MiB"


@dataclass(frozen=True)
class Upload:
    """One received file."""

    blob: Blob
    name: str
    #: What its bytes are.
    content_type: str


def receive(field: str, task_id: str) -> Upload | None:
    """Return the file of a form's field, None where none was chosen.

    Nothing is kept for somebody who may not work the task: nobody could fill the disk with files that
    belong to nothing.

    Raises:
        NotFoundError, ForbiddenError: the task is not the actor's to see, or to work.
        UnsafeFileError: it is no file to take in; the error's class says why.
    """
    file = request.files.get(field)
    if file is None or not file.filename:
        return None
    workbench = current_workbench()
    with workbench.reading(current_actor()) as tx:
        visibility.get_workable(tx, task_id)
    stream, most = cast(BinaryIO, file.stream), workbench.settings.max_upload_bytes
    got = intake.receive(workbench.blobs, stream, file.filename, most)
    return Upload(got.blob, got.file_name, got.content_type)
