"""Addresses of this application that are handed over: each leads to bytes that stay as they are (S4, DLV-03).

What a decision was made on must be what is there afterwards. So such an address names a stored file, or a
version that was judged and holds one; a version that may still change, and a page that shows something else
tomorrow, cannot be handed over by address.
"""

from __future__ import annotations

import re

from engine.artifacts.models import Artifact
from engine.deliverables.models import Deliverable
from engine.errors import NotFoundError, bad_field
from engine.tasks import proof
from engine.transaction import Transaction
from engine.urls import is_own_path

_VERSION = re.compile(r"/deliverables/(dlv_[0-9A-Z]+)/(?:view|file)(?:[?#].*)?", re.ASCII | re.DOTALL)
_FILE = re.compile(r"/artifacts/(art_[0-9A-Z]+)(?:[?#].*)?", re.ASCII | re.DOTALL)


def pinned_bytes(tx: Transaction, url: str | None) -> str | None:
    """Return the SHA-256 of what an own address shows; None for no address, and for one of elsewhere.

    Raises:
        BadRequestError: what it shows may change, is no stored file, or is not the actor's to see.
    """
    if url is None or not is_own_path(url):
        return None
    if found := _VERSION.fullmatch(url):
        return _of_version(tx, url, found[1])
    if found := _FILE.fullmatch(url):
        return _of_file(tx, url, found[1])
    raise _refused(url, "is a page of this board, which shows something else tomorrow")


def whose(tx: Transaction, url: str | None) -> list[str]:
    """Return the users whose work an own address shows: handed over by address, it stays theirs (APR-16)."""
    if url is None or not is_own_path(url):
        return []
    if found := _VERSION.fullmatch(url):
        row = tx.find_by_key(Deliverable, found[1])
        return list(row.authors) if row is not None else []
    file = _FILE.fullmatch(url)
    artifact = tx.find_by_key(Artifact, file[1]) if file else None
    return [artifact.created_by] if artifact is not None else []


def _of_version(tx: Transaction, url: str, deliverable_id: str) -> str:
    try:
        row = tx.get(Deliverable, deliverable_id)
    except NotFoundError as error:
        raise _refused(url, "leads to no version that you may see") from error
    if row.sha256 is None:
        raise _refused(url, "leads to a version without a stored file")
    if not row.is_frozen:
        raise _refused(url, f"leads to {row.name}, which nobody has judged: it may still change")
    return row.sha256


def _of_file(tx: Transaction, url: str, artifact_id: str) -> str:
    artifact = tx.find_by_key(Artifact, artifact_id)
    if artifact is None or artifact.sha256 is None or not proof.sees_artifact(tx, artifact):
        raise _refused(url, "leads to no stored file that you may see")
    return artifact.sha256


def _refused(url: str, why: str) -> Exception:
    return bad_field("url", f"{url[:80]!r} {why}; hand over the file itself, or an address of elsewhere")
