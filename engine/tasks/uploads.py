"""Takes in the file that comes with a command, before the command's transaction opens."""

from __future__ import annotations

from engine.access import Actor
from engine.artifacts import intake
from engine.artifacts.intake import Received
from engine.command import Services
from engine.inputs import Upload
from engine.tasks import visibility


def take_in(services: Services, actor: Actor, task_id: str, upload: Upload | None) -> Received | None:
    """Keep a file of a task's; None where none was sent.

    Nothing is kept for somebody who may not work the task: nobody could fill the disk with files that
    belong to nothing.

    Raises:
        NotFoundError, ForbiddenError: the task is not the actor's to see, or to work.
        UnsafeFileError: it is no file to take in; the error's class says why.
    """
    if upload is None:
        return None
    with services.reading(actor) as tx:
        visibility.get_workable(tx, task_id)
    most = services.settings.max_upload_bytes
    return intake.receive(services.blobs, upload.stream, upload.file_name, most)
