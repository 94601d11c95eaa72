"""Blobs: immutable files, each named by the sha256 of its bytes, in a folder or in object storage."""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from engine.config import Settings
from engine.errors import BadRequestError, NotFoundError, UnavailableError, UploadTooLargeError
from engine.fulltext import FileText

CHUNK_BYTES = 1024 * 1024
#: What says whose files they are.
MARK = "store-mark"
#: What was made of blobs lies under this name.
_MADE = "texts"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Blob:
    """What was stored: its name and its length in bytes."""

    sha256: str
    size: int


class DamagedFileError(UnavailableError):
    """A blob is not any more what was kept (S9)."""

    def __init__(self, sha256: str, place: str) -> None:
        super().__init__(
            f"The file {sha256[:12]}… in {place} is not what was kept: somebody changed it there. "
            "Restore it from a backup; `workbench doctor` names all such files.",
            public=f"The file {sha256[:12]}… is not what was kept: somebody changed it.",
        )


class BlobStore(ABC):
    """Where blobs are (ART-09): each is whole or absent, even after a crash, and never changes.

    Every method that takes a name raises BadRequestError where that does not have the form of a sha256. Each
    raises UnavailableError where the folder or the storage cannot do its part: the message says what to do.
    """

    def __init__(self, ask: Callable[[], None] | None = None) -> None:
        """``ask`` is called before the first file is kept, and may refuse that."""
        self._ask = ask
        #: What files say that were just taken in, by name and kind: what writes of them asks nobody for it.
        self.just_read: dict[tuple[str, str | None], FileText] = {}

    @property
    @abstractmethod
    def place(self) -> str:
        """The words that name, in messages to operators, where the files are."""

    @property
    @abstractmethod
    def mark_place(self) -> str:
        """The words that name what says whose files they are."""

    @abstractmethod
    def put(
        self, stream: BinaryIO, max_bytes: int, check: Callable[[BinaryIO], object] | None = None
    ) -> Blob:
        """Store the rest of ``stream`` durably, and return its name and size.

        ``check`` looks at the whole file before it is kept; what it raises is raised, and nothing is kept.

        Raises:
            UploadTooLargeError: more than ``max_bytes``; nothing is kept.
            UnavailableError: it cannot be kept there now; nothing is kept.
        """

    @abstractmethod
    def open(self, sha256: str) -> BinaryIO:
        """Open the blob for reading and seeking, if it still has exactly its bytes (S9).

        Raises:
            NotFoundError: there is no such blob.
            DamagedFileError: somebody has changed it where it lies.
        """

    @abstractmethod
    def verify(self, sha256: str) -> bool:
        """Return whether the blob is there and still has exactly its bytes; all of them are read."""

    @abstractmethod
    def holds(self, sha256: str) -> bool:
        """Whether the file is there; its bytes are not looked at."""

    @abstractmethod
    def inventory(self) -> Iterator[Blob]:
        """Yield all blobs in ascending order of their names; what is none, or half of one, is passed over."""

    @abstractmethod
    def is_unused(self) -> bool:
        """Whether nothing at all is there, no mark and nobody else's file either."""

    @abstractmethod
    def try_to_write(self) -> None:
        """Raise UnavailableError where no file could be kept now."""

    @abstractmethod
    def mark(self) -> str:
        """Return whose files they are; nothing where no store has said so."""

    @abstractmethod
    def set_mark(self, mark: str) -> None:
        """Say whose files they are, from now on."""

    @abstractmethod
    def beside(self, sha256: str) -> bytes | None:
        """Return what was kept beside a blob; None where nothing was."""

    @abstractmethod
    def keep_beside(self, sha256: str, data: bytes) -> None:
        """Keep what can be made of a blob again, but takes time; whole, or not at all."""

    def iterate(self) -> Iterator[str]:
        """Yield the names of all blobs in ascending order."""
        return (blob.sha256 for blob in self.inventory())

    def permit(self) -> None:
        """Ask nobody any more before a file is kept."""
        self._ask = None

    def _ask_once(self) -> None:
        if self._ask is not None:
            self._ask()
            self.permit()


def blobs_of(settings: Settings, ask: Callable[[], None] | None = None) -> BlobStore:
    """Give the files of a store, where its settings say; nothing is read or written yet.

    Raises:
        BadRequestError: nothing says where they are.
        UnavailableError: they are in object storage, and what speaks to that is not installed.
    """
    if (folder := settings.blob_folder) is not None:
        from engine.artifacts.blob_folder import FolderBlobs  # noqa: PLC0415 - it knows this port

        return FolderBlobs(folder, ask)
    from engine.artifacts.blob_objects import ObjectBlobs  # noqa: PLC0415 - only where files are there
    from engine.artifacts.objects import Objects  # noqa: PLC0415 - as above

    return ObjectBlobs(Objects(settings.blobs, settings.storage_endpoint, setting="WORKBENCH_BLOBS"), ask)


def path_of(sha256: str) -> str:
    """Return where a blob lies, under the folder or the prefix: the same in both, so that one can be copied.

    Raises:
        BadRequestError: it does not have the form of a sha256; so no made-up path gets through.
    """
    if not _SHA256.fullmatch(sha256):
        raise BadRequestError(f"{sha256!r} is not a sha256: 64 digits 0-9, a-f are expected.")
    return f"{sha256[:2]}/{sha256}"


def path_beside(sha256: str) -> str:
    """Return where that lies which was made of a blob.

    Raises:
        BadRequestError: it does not have the form of a sha256.
    """
    return f"{_MADE}/{path_of(sha256)}"


def name_at(path: str) -> str | None:
    """Return which blob lies at a path under the folder or the prefix; None where no blob does."""
    folder, _, name = path.partition("/")
    return name if _SHA256.fullmatch(name) and folder == name[:2] else None


def missing(sha256: str, place: str) -> NotFoundError:
    """Say that there is no such blob."""
    return NotFoundError(
        f"There is no blob {sha256} in {place}. Restore it from a backup, or upload the file again."
    )


def copy(stream: BinaryIO, target: BinaryIO, max_bytes: int) -> Blob:
    """Copy the rest of a stream, and return what it is.

    Raises:
        UploadTooLargeError: more than ``max_bytes``.
    """
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(CHUNK_BYTES):
        size += len(chunk)
        if size > max_bytes:
            raise UploadTooLargeError(
                f"The file is larger than the limit of {max_bytes} bytes. Send a smaller one, "
                "or raise the limit.",
                details=[
                    {"code": "UPLOAD_TOO_LARGE", "field": "file", "message": f"more than {max_bytes} bytes"}
                ],
            )
        digest.update(chunk)
        target.write(chunk)
    return Blob(digest.hexdigest(), size)
