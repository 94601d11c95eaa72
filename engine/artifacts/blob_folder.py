"""Blobs in a folder, which all servers of a store share."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from engine.artifacts.blobs import (
    MARK,
    Blob,
    BlobStore,
    DamagedFileError,
    copy,
    missing,
    name_at,
    path_beside,
    path_of,
)
from engine.errors import NotFoundError, UnavailableError

#: Files of which it is known that they are intact.
_MOST_REMEMBERED = 10_000


class FolderBlobs(BlobStore):
    """A folder of blobs: each is a file, moved in when it is whole and on the disk (ART-09)."""

    def __init__(self, folder: Path, ask: Callable[[], None] | None = None) -> None:
        """Keep files in ``folder``; ``ask`` is called before the first is kept, and may refuse that."""
        super().__init__(ask)
        self.folder = folder
        #: The files whose bytes were looked at: by what they are called, what the system says of them.
        self._intact: dict[str, tuple[int, int, int, int]] = {}

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.folder)

    @property
    def mark_place(self) -> str:
        """The file that says whose folder it is."""
        return str(self._mark_file)

    def put(
        self, stream: BinaryIO, max_bytes: int, check: Callable[[BinaryIO], object] | None = None
    ) -> Blob:
        """Store the rest of ``stream`` durably; the port says more."""
        self._ask_once()
        with self._disk_errors("written to"):
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.folder, prefix="incoming-")
            try:
                with os.fdopen(handle, "w+b") as target:
                    blob = copy(stream, target, max_bytes)
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

    def open(self, sha256: str) -> BufferedReader:
        """Open the blob; its bytes are looked at once, and again when the file is not the same any more."""
        stream = self._open(sha256)
        try:
            with self._disk_errors("read from"):
                self._check_bytes(stream, sha256)
        except BaseException:
            stream.close()
            raise
        return stream

    def verify(self, sha256: str) -> bool:
        """Return whether the blob is there and still has exactly its bytes."""
        try:
            with self._open(sha256) as stream, self._disk_errors("read from"):
                return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
        except NotFoundError:
            return False

    def holds(self, sha256: str) -> bool:
        """Whether the file is there."""
        return self.path(sha256).is_file()

    def inventory(self) -> Iterator[Blob]:
        """Yield all blobs in ascending order of their names; files left by a crash are passed over."""
        for path in sorted(self.folder.glob("??/*")):
            if name_at(f"{path.parent.name}/{path.name}"):
                yield Blob(path.name, path.stat().st_size)

    def is_unused(self) -> bool:
        """Whether the folder is empty, or not there."""
        return not (self.folder.is_dir() and any(self.folder.iterdir()))

    def try_to_write(self) -> None:
        """Write to a file without a name."""
        with self._disk_errors("written to"):
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass

    def mark(self) -> str:
        """Return whose folder it is; nothing where no store has said so."""
        with self._disk_errors("read from"):
            try:
                return self._mark_file.read_text(encoding="ascii").strip()
            except FileNotFoundError:
                return ""

    def set_mark(self, mark: str) -> None:
        """Say whose folder it is, from now on."""
        with self._disk_errors("written to"):
            self.folder.mkdir(parents=True, exist_ok=True)
            part = self._mark_file.with_suffix(f".{os.getpid()}")
            part.write_text(f"{mark}\n", encoding="ascii")
            part.replace(self._mark_file)

    def beside(self, sha256: str) -> bytes | None:
        """Return what was kept beside a blob; None where nothing was."""
        with self._disk_errors("read from"):
            try:
                return (self.folder / path_beside(sha256)).read_bytes()
            except FileNotFoundError:
                return None

    def keep_beside(self, sha256: str, data: bytes) -> None:
        """Keep what can be made of a blob again, whole, or not at all."""
        target = self.folder / path_beside(sha256)
        with self._disk_errors("written to"):
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix="incoming-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(target)
            except BaseException:
                with suppress(FileNotFoundError):
                    Path(name).unlink()
                raise

    def path(self, sha256: str) -> Path:
        """Return where the blob is, or would be."""
        return self.folder / path_of(sha256)

    @property
    def _mark_file(self) -> Path:
        return self.folder / MARK

    def _open(self, sha256: str) -> BufferedReader:
        path = self.path(sha256)
        with self._disk_errors("read from"):
            try:
                return path.open("rb")
            except FileNotFoundError:
                raise missing(sha256, self.place) from None

    def _check_bytes(self, stream: BufferedReader, sha256: str) -> None:
        found = os.fstat(stream.fileno())
        state = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        if self._intact.get(sha256) == state:
            return
        if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
            raise DamagedFileError(sha256, self.place)
        stream.seek(0)
        if len(self._intact) >= _MOST_REMEMBERED:
            self._intact.clear()
        self._intact[sha256] = state

    def _move_in(self, source: Path, sha256: str) -> None:
        """Give the written file its name, and make the name itself durable."""
        target = self.path(sha256)
        target.parent.mkdir(exist_ok=True)
        source.replace(target)
        for folder in (target.parent, self.folder):
            _sync_folder(folder)

    @contextmanager
    def _disk_errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnavailableError(
                f"The blob folder {self.folder} cannot be {what}: {error.strerror or error}. Check that the "
                "disk has space and that this user may use the folder, then try again.",
                public=f"The files cannot be {what} at this moment. Nothing was changed.",
            ) from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
