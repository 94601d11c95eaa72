"""Blobs: immutable files, each named by the sha256 of its bytes."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from engine.errors import BadRequestError, NotFoundError, UnavailableError, UploadTooLargeError

_CHUNK_BYTES = 1024 * 1024
#: Files of which it is known that they are intact.
_MOST_REMEMBERED = 10_000
#: The folder of what was made of blobs.
_MADE = "texts"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Blob:
    """What was stored: its name and its length in bytes."""

    sha256: str
    size: int


class BlobStore:
    """A folder of blobs (ART-09): each is whole or absent, even after a crash, and never changes."""

    def __init__(self, folder: Path, ask: Callable[[], None] | None = None) -> None:
        """Keep files in ``folder``; ``ask`` is called before the first is kept, and may refuse that."""
        self._folder, self._ask = folder, ask
        #: The files whose bytes were looked at: by what they are called, what the system says of them.
        self._intact: dict[str, tuple[int, int, int, int]] = {}

    def put(
        self, stream: BinaryIO, max_bytes: int, check: Callable[[BinaryIO], object] | None = None
    ) -> Blob:
        """Store the rest of ``stream`` durably, and return its name and size.

        ``check`` looks at the whole file before it is kept; what it raises is raised, and nothing is kept.

        Raises:
            UploadTooLargeError: more than ``max_bytes``; nothing is kept.
            UnavailableError: the disk is full, read-only or failing; nothing is kept.
        """
        self._ask_once()
        with self._disk_errors("written to"):
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._folder, prefix="incoming-")
            try:
                with os.fdopen(handle, "w+b") as target:
                    blob = _copy(stream, target, max_bytes)
                    target.flush()
                    if check is not None:
                        target.seek(0)
                        check(target)
                    os.fsync(target.fileno())
                self._move_in(Path(name), blob.sha256)
            except BaseException:
                with suppress(FileNotFoundError):
                    Path(name).unlink()
                raise
        return blob

    @property
    def folder(self) -> Path:
        """Where the files lie."""
        return self._folder

    @property
    def mark_file(self) -> Path:
        """The file that says whose folder it is."""
        return self._folder / "store-mark"

    def mark(self) -> str:
        """Return whose folder it is; nothing where no store has said so.

        Raises:
            UnavailableError: the folder cannot be read.
        """
        with self._disk_errors("read from"):
            try:
                return self.mark_file.read_text(encoding="ascii").strip()
            except FileNotFoundError:
                return ""

    def set_mark(self, mark: str) -> None:
        """Say whose folder it is, from now on.

        Raises:
            UnavailableError: the folder cannot be written to.
        """
        with self._disk_errors("written to"):
            self._folder.mkdir(parents=True, exist_ok=True)
            part = self.mark_file.with_suffix(f".{os.getpid()}")
            part.write_text(f"{mark}\n", encoding="ascii")
            part.replace(self.mark_file)

    def holds(self, sha256: str) -> bool:
        """Whether the file is there; its bytes are not looked at."""
        return self.path(sha256).is_file()

    def permit(self) -> None:
        """Ask nobody any more before a file is kept."""
        self._ask = None

    def _ask_once(self) -> None:
        if self._ask is not None:
            self._ask()
            self.permit()

    def path(self, sha256: str) -> Path:
        """Return where the blob is, or would be.

        Raises:
            BadRequestError: it does not have the form of a sha256; so no made-up path gets through.
        """
        if not _SHA256.fullmatch(sha256):
            raise BadRequestError(f"{sha256!r} is not a sha256: 64 digits 0-9, a-f are expected.")
        return self._folder / sha256[:2] / sha256

    def open(self, sha256: str) -> BufferedReader:
        """Open the blob for reading, if it still has exactly its bytes (S9).

        They are looked at once, and again when the file is not the same any more.

        Raises:
            NotFoundError: there is no such blob.
            UnavailableError: somebody has changed it on the disk.
        """
        stream = self._open(sha256)
        try:
            with self._disk_errors("read from"):
                self._check_bytes(stream, sha256)
        except BaseException:
            stream.close()
            raise
        return stream

    def _check_bytes(self, stream: BufferedReader, sha256: str) -> None:
        found = os.fstat(stream.fileno())
        state = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        if self._intact.get(sha256) == state:
            return
        if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
            raise UnavailableError(
                f"The file {sha256[:12]}… in {self._folder} is not what was kept: somebody changed it on the "
                "disk. Restore it from a backup; `workbench doctor` names all such files.",
                public=f"The file {sha256[:12]}… is not what was kept: somebody changed it on the disk.",
            )
        stream.seek(0)
        if len(self._intact) >= _MOST_REMEMBERED:
            self._intact.clear()
        self._intact[sha256] = state

    def _open(self, sha256: str) -> BufferedReader:
        path = self.path(sha256)
        with self._disk_errors("read from"):
            try:
                return path.open("rb")
            except FileNotFoundError:
                raise NotFoundError(
                    f"There is no blob {sha256} in {self._folder}. Restore it from a backup, "
                    "or upload the file again."
                ) from None

    def verify(self, sha256: str) -> bool:
        """Return whether the blob is there and still has exactly its bytes."""
        try:
            with self._open(sha256) as stream, self._disk_errors("read from"):
                return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
        except NotFoundError:
            return False

    def beside(self, sha256: str) -> bytes | None:
        """Return what was kept beside a blob; None where nothing was.

        Raises:
            UnavailableError: the folder cannot be read.
        """
        with self._disk_errors("read from"):
            try:
                return self._beside(sha256).read_bytes()
            except FileNotFoundError:
                return None

    def keep_beside(self, sha256: str, data: bytes) -> None:
        """Keep what can be made of a blob again, but takes time; whole, or not at all.

        Raises:
            UnavailableError: the disk is full, read-only or failing.
        """
        target = self._beside(sha256)
        with self._disk_errors("written to"):
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix="incoming-")
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(target)

    def _beside(self, sha256: str) -> Path:
        return self._folder / _MADE / self.path(sha256).relative_to(self._folder)

    def iterate(self) -> Iterator[str]:
        """Yield the names of all blobs in ascending order; files left by a crash are passed over."""
        for path in sorted(self._folder.glob("??/*")):
            if _SHA256.fullmatch(path.name) and path.parent.name == path.name[:2]:
                yield path.name

    def _move_in(self, source: Path, sha256: str) -> None:
        """Give the written file its name, and make the name itself durable."""
        target = self.path(sha256)
        target.parent.mkdir(exist_ok=True)
        source.replace(target)
        for folder in (target.parent, self._folder):
            _sync_folder(folder)

    @contextmanager
    def _disk_errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnavailableError(
                f"The blob folder {self._folder} cannot be {what}: {error.strerror or error}. Check that the "
                "disk has space and that this user may use the folder, then try again.",
                public=f"The files cannot be {what} at this moment. Nothing was changed.",
            ) from error


def _copy(stream: BinaryIO, target: BinaryIO, max_bytes: int) -> Blob:
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(_CHUNK_BYTES):
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


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
