"""Blobs in S3-compatible storage: one object each, under the prefix of a bucket."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

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
from engine.artifacts.objects import NoObjectError, Objects
from engine.errors import UnavailableError

#: What `try_to_write` writes: always the same, as nothing is ever deleted there.
_TRIED = "write-test"
#: No blob's path, of digits and a-f, comes after this in the order of a listing.
_AFTER_BLOBS = "g"


class ObjectBlobs(BlobStore):
    """Blobs as objects: each is sent in one request with its sha256, so it is there whole or not at all.

    Nothing is ever deleted. What is read goes through a file on this machine: its hash is known only at its
    end.
    """

    def __init__(self, objects: Objects, ask: Callable[[], None] | None = None) -> None:
        """Keep files among ``objects``; ``ask`` is called before the first is kept, and may refuse that."""
        super().__init__(ask)
        self._objects = objects

    @property
    def place(self) -> str:
        """The bucket and the prefix."""
        return self._objects.place

    @property
    def mark_place(self) -> str:
        """The object that says whose files they are."""
        return f"{self.place}/{MARK}"

    def put(
        self, stream: BinaryIO, max_bytes: int, check: Callable[[BinaryIO], object] | None = None
    ) -> Blob:
        """Store the rest of ``stream``; returns after the storage has said that it has it."""
        self._ask_once()
        with _draft() as draft:
            with _draft_errors():
                blob = copy(stream, draft, max_bytes)
            if check is not None:
                draft.seek(0)
                check(draft)
            self._objects.put(path_of(blob.sha256), draft, blob.sha256)
        return blob

    def open(self, sha256: str) -> BinaryIO:
        """Open the blob: fetched whole, and held against its name, each time."""
        chunks, digest = self._chunks(sha256), hashlib.sha256()
        draft = _draft()
        try:
            for chunk in chunks:
                digest.update(chunk)
                with _draft_errors():
                    draft.write(chunk)
            if digest.hexdigest() != sha256:
                raise DamagedFileError(sha256, self.place)
            with _draft_errors():
                draft.seek(0)
        except NoObjectError:
            draft.close()
            raise missing(sha256, self.place) from None
        except BaseException:
            draft.close()
            raise
        return draft

    def verify(self, sha256: str) -> bool:
        """Return whether the blob is there and still has exactly its bytes."""
        digest = hashlib.sha256()
        try:
            for chunk in self._chunks(sha256):
                digest.update(chunk)
        except NoObjectError:
            return False
        return digest.hexdigest() == sha256

    def holds(self, sha256: str) -> bool:
        """Whether the object is there."""
        return self._objects.holds(path_of(sha256))

    def inventory(self) -> Iterator[Blob]:
        """Yield all blobs in ascending order of their names; foreign objects are passed over."""
        for path, size in self._objects.listed():
            if path >= _AFTER_BLOBS:
                return
            if (name := name_at(path)) is not None:
                yield Blob(name, size)

    def is_unused(self) -> bool:
        """Whether there is no object under the prefix."""
        return not any(self._objects.listed(at_most=1))

    def try_to_write(self) -> None:
        """Write an object without a byte, over that of the last time."""
        self._objects.write(_TRIED, b"")

    def mark(self) -> str:
        """Return whose files they are; nothing where no store has said so."""
        return (self._objects.read(MARK) or b"").decode("ascii", "replace").strip()

    def set_mark(self, mark: str) -> None:
        """Say whose files they are, from now on."""
        self._objects.write(MARK, f"{mark}\n".encode("ascii"))

    def beside(self, sha256: str) -> bytes | None:
        """Return what was kept beside a blob; None where nothing was."""
        return self._objects.read(path_beside(sha256))

    def keep_beside(self, sha256: str, data: bytes) -> None:
        """Keep what can be made of a blob again, whole, or not at all."""
        self._objects.write(path_beside(sha256), data)

    def _chunks(self, sha256: str) -> Iterator[bytes]:
        return self._objects.chunks(path_of(sha256))


def _draft() -> BinaryIO:
    with _draft_errors():
        return cast(BinaryIO, tempfile.TemporaryFile())


@contextmanager
def _draft_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"A file on its way to or from object storage cannot be kept in {tempfile.gettempdir()}: "
            f"{error.strerror or error}. Make room there, or set TMPDIR to another folder, then try again.",
            public="The files cannot be used at this moment. Nothing was changed.",
        ) from error
