"""One folder of files for all servers of a store: it carries a mark, which the store knows (G4)."""

from __future__ import annotations

import secrets

from engine.artifacts.blobs import BlobStore
from engine.artifacts.models import Artifact
from engine.errors import UnavailableError
from engine.store import DocumentStore
from engine.transaction import Transaction

_PLACE = "blobs"
#: Of so many files that the store knows one must be there, where a folder carries no mark.
_LOOKED_FOR = 20


def claim(tx: Transaction, blobs: BlobStore) -> None:
    """Make the folder the one of this store, unless another one is.

    A folder without a mark, as earlier releases and copies left them, gets it where it holds files that the
    store knows, or where the store knows none yet.

    Raises:
        UnavailableError: the store's files lie in another folder; says what to do.
    """
    known, found = tx.database.words.find(_PLACE), blobs.mark()
    mark = found or secrets.token_hex(8)
    if known is None:
        is_shared = tx.database.dialect.is_shared  # a folder beside a file has one store alone
        if is_shared and not found and _known_files(tx) and not _holds_its_files(tx, blobs):
            raise _other_folder(blobs, mark)
        known = tx.database.words.keep(_PLACE, mark)
    if known == found:
        return
    is_first = known == mark
    if found or not (is_first or _holds_its_files(tx, blobs)):
        raise _other_folder(blobs, known)
    blobs.set_mark(known)


def check(store: DocumentStore, blobs: BlobStore) -> None:
    """Refuse to keep a file in another folder than the servers of this store have.

    Raises:
        UnavailableError: it is another; says what to do.
    """
    known = store.words.find(_PLACE)
    if known is not None and blobs.mark() != known:
        raise _other_folder(blobs, known)


def _holds_its_files(tx: Transaction, blobs: BlobStore) -> bool:
    """Whether files of the store are there; a file's own store has one folder beside it, filled or not."""
    known = _known_files(tx)
    return any(map(blobs.holds, known)) or not (known or tx.database.dialect.is_shared)


def _known_files(tx: Transaction) -> list[str]:
    return [row.sha256 for row in tx.find(Artifact, limit=_LOOKED_FOR) if row.sha256]


def _other_folder(blobs: BlobStore, mark: str) -> UnavailableError:
    return UnavailableError(
        f"The files of this store are not in {blobs.place}: all its servers must share one folder, or one "
        "prefix of object storage, and this one does not carry its mark. Set WORKBENCH_BLOBS to what the "
        "others use. If it was moved here, or its files are lost for good, write "
        f"{mark} into {blobs.mark_place} and start again. "
        "Nothing was changed.",
        public="Files cannot be kept here now: the folder for them is not the one of this store. Nothing was "
        "changed.",
    )
