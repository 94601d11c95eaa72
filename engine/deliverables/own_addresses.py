"""Addresses of this application that are handed over: each leads to bytes that stay as they are (S4, DLV-03).

What a decision was made on must be what is there afterwards. So such an address names a stored file, or a
version that was judged and holds one; a version that may still change, and a page that shows something else
tomorrow, cannot be handed over by address. A whole address that names a record of this store is one of this
application, under whichever host it is reached.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote, urlsplit
from uuid import UUID

from engine.artifacts.models import Artifact, ArtifactLink
from engine.deliverables.entitlement import lineage_of
from engine.deliverables.models import Deliverable
from engine.errors import NotFoundError, bad_field
from engine.record import Record
from engine.tasks import proof
from engine.tasks.models import Task
from engine.transaction import Transaction
from engine.urls import is_own_path

_VERSION = re.compile(r"/deliverables/(dlv_[0-9A-Z]+)/(?:view|file)(?:[?#].*)?", re.ASCII | re.DOTALL)
_FILE = re.compile(r"/artifacts/(art_[0-9A-Z]+)(?:[?#].*)?", re.ASCII | re.DOTALL)
#: What a whole address names, whatever stands before it: an id, or the UUID of a task. A number of a task is
#: one elsewhere, too.
_NAMED = re.compile(
    r"/(deliverables|artifacts|tasks|qa|bundles)/([a-z]{3}_[0-9A-Z]+|[0-9a-fA-F-]{32,36})(?:/[^?#]*)?",
    re.ASCII,
)
_KINDS: Mapping[str, type[Record]] = {"deliverables": Deliverable, "artifacts": Artifact}


def pinned_bytes(tx: Transaction, url: str | None) -> str | None:
    """Return the SHA-256 of what an own address shows; None for no address, and for one of elsewhere.

    Raises:
        BadRequestError: what it shows may change, is no stored file, or is not the actor's to see.
    """
    path = _path(tx, url)
    if url is None or path is None:
        return None
    if found := _VERSION.fullmatch(path):
        return _of_version(tx, url, found[1])
    if found := _FILE.fullmatch(path):
        return _of_file(tx, url, found[1])
    raise _refused(url, "is a page of this board, which shows something else tomorrow")


def whose(tx: Transaction, url: str | None) -> list[str]:
    """Return the users whose work an own address shows: handed over by address, it stays theirs (APR-16)."""
    path = _path(tx, url)
    if path is None:
        return []
    if found := _VERSION.fullmatch(path):
        row = tx.find_by_key(Deliverable, found[1])
        return _of_workers(tx, [row]) if row is not None else []
    file = _FILE.fullmatch(path)
    artifact = tx.find_by_key(Artifact, file[1]) if file else None
    if artifact is None:
        return []
    ties = tx.find(ArtifactLink, artifact_id=artifact.artifact_id)
    handed_over = tx.find(Deliverable, task_id=sorted({tie.task_id for tie in ties if tie.task_id}))
    same = [row for row in handed_over if row.sha256 == artifact.sha256]
    return [artifact.created_by, *_of_workers(tx, same)]


def _of_workers(tx: Transaction, rows: Iterable[Deliverable]) -> list[str]:
    """Return whose work versions are where they were handed over first: as for a decision there."""
    found: list[str] = []
    for row in rows:
        task = tx.find_by_key(Task, row.task_id)
        found += [author for version in lineage_of(tx, row) for author in version.authors]
        found += task.worker_ids if task is not None else []
    return found


def _path(tx: Transaction, url: str | None) -> str | None:
    """Return the path of this application that an address leads to; None for no address or one of elsewhere.

    This engine does not know under which hosts it is reached, but no other place has the ids of its records.
    """
    if url is None or is_own_path(url):
        return url
    parts = urlsplit(url)
    path = posixpath.normpath(unquote(parts.path))
    for text in (path, unquote(parts.query)):  # signing in, for one, leads on to where the query says
        named = _NAMED.search(text)
        if named is not None and _is_here(tx, named[1], named[2]):
            return named[0] if named.end() == len(path) and text is path else "/"
    return None


def _is_here(tx: Transaction, collection: str, name: str) -> bool:
    """Whether a name stands for a record of this store; a bundle is here where its tasks are."""
    if collection in _KINDS:
        return tx.find_by_key(_KINDS[collection], name) is not None
    if collection == "bundles":
        return tx.count(Task, bundle_id=name) > 0
    if name.startswith(f"{Task.spec.prefix}_"):
        return tx.find_by_key(Task, name) is not None
    try:
        return tx.find_one(Task, task_uuid=str(UUID(name))) is not None
    except ValueError:
        return False


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
