"""Addresses of this application that are handed over: each leads to bytes that stay as they are (S4, DLV-03).

What a decision was made on must be what is there afterwards. So such an address names a stored file, or a
version that was judged and holds one; a version that may still change, and a page that shows something else
tomorrow, cannot be handed over by address. A whole address that names a record of this store is one of this
application, under whichever host it is reached.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import unquote, urlsplit
from uuid import UUID

from engine.artifacts.models import Artifact, ArtifactLink
from engine.deliverables.entitlement import lineage_of, was_shown_to
from engine.deliverables.models import Deliverable
from engine.errors import NotFoundError, bad_field
from engine.record import Record
from engine.tasks import files, proof
from engine.tasks.known import KnownTask
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
    raise _refused(url, "is a page of this board, which may show something else tomorrow")


def whose(tx: Transaction, url: str | None) -> tuple[list[str], list[str]]:
    """Return the users and the employees whose work an own address shows: it stays theirs (APR-16)."""
    target = _target(tx, url)
    if target is None:
        return [], []
    if isinstance(target, Deliverable):
        return _of_workers(tx, [target])
    ties = tx.find(ArtifactLink, artifact_id=target.artifact_id)
    task_ids = sorted({tie.task_id for tie in ties if tie.task_id})
    handed_over = tx.find(Deliverable, task_id=task_ids)
    same = [row for row in handed_over if row.sha256 == target.sha256]
    authors, employees = _of_workers(tx, same)
    # As where it is handed over as a file: every version of it, and the same bytes under another name.
    brought = {maker for task_id in task_ids for maker in files.makers_in(tx, task_id, [target])}
    return [target.created_by, *sorted(brought), *authors], employees


def hidden_from_partner(tx: Transaction, shown: Sequence[tuple[KnownTask, Deliverable]]) -> dict[str, str]:
    """Name what versions lead to that the partner of their task may not see, by the ids of the versions.

    Nobody of the partner could judge such a version, and being handed over shows nothing that was not shown
    (definitions.md section 4). Two statements at most, and none where no address is one of this application.
    """
    named = [one for _, row in shown if (one := _NAMED.search(row.deliverable_url or ""))]
    tx.read_ahead({kind: [one[2] for one in named if one[1] == name] for name, kind in _KINDS.items()})
    targets = {
        row.deliverable_id: (task, target)
        for task, row in shown
        if row.sha256 is None and (target := _target(tx, row.deliverable_url)) is not None
    }
    versions = [target for _, target in targets.values() if isinstance(target, Deliverable)]
    tx.read_ahead({Task: [target.task_id for target in versions]})
    found: dict[str, str] = {}
    for deliverable_id, (task, target) in targets.items():
        if isinstance(target, Artifact):  # a file is seen with its task, which is the team's
            found[deliverable_id] = f"the file “{target.label}”"
            continue
        of_task = tx.find_by_key(Task, target.task_id)
        if of_task is None or not was_shown_to(of_task, target, task.partner_id):
            found[deliverable_id] = f"{target.name} of {of_task.name if of_task else 'another task'}"
    return found


def _target(tx: Transaction, url: str | None) -> Deliverable | Artifact | None:
    """Return the version or the file that an own address shows; None for what shows neither."""
    path = _path(tx, url)
    if path is None:
        return None
    if found := _VERSION.fullmatch(path):
        return tx.find_by_key(Deliverable, found[1])
    file = _FILE.fullmatch(path)
    return tx.find_by_key(Artifact, file[1]) if file else None


def _of_workers(tx: Transaction, rows: Iterable[Deliverable]) -> tuple[list[str], list[str]]:
    """Return whose work versions are where they were handed over first: as for a decision there."""
    authors, employees = list[str](), list[str]()
    for row in rows:
        task = tx.find_by_key(Task, row.task_id)
        authors += [author for version in lineage_of(tx, row) for author in version.authors]
        employees += task.worked_by if task is not None else []
    return authors, employees


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
    return bad_field("url", f"{url[:80]!r} {why}; hand over the file itself, or an address elsewhere")
