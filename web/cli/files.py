"""Files named on the command line, taken in by the same door as uploads."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from engine.artifacts import intake
from engine.artifacts.intake import Received
from engine.errors import BadRequestError
from web.cli.context import Session


def receive_file(session: Session, file: str) -> Received:
    """Take in a file of this machine, streamed.

    Raises:
        BadRequestError: it cannot be read.
        UnsafeFileError: it is no file to take in; the error's class says why.
    """
    path = Path(file)
    with _opened(path) as stream:
        return intake.receive(session.workbench.blobs, stream, path.name, session.settings.max_upload_bytes)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise BadRequestError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
