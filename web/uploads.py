"""Files that come with a form: into the blob store before the transaction, under the size limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, cast

from flask import request

from engine.artifacts.blobs import Blob
from web.context import current_workbench


@dataclass(frozen=True)
class Upload:
    """One received file."""

    blob: Blob
    name: str
    content_type: str | None


def receive(field: str) -> Upload | None:
    """Return the file of a form's field, None where none was chosen.

    Raises:
        BadRequestError: it is larger than the setting ``max_upload_mb``.
    """
    file = request.files.get(field)
    if file is None or not file.filename:
        return None
    workbench = current_workbench()
    blob = workbench.blobs.put(cast(BinaryIO, file.stream), workbench.settings.max_upload_bytes)
    return Upload(blob, file.filename, file.mimetype or None)
