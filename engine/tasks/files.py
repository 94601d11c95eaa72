"""The files of a task: added by hand, approved to serve as proof, used again (ART-02, ART-07, ART-08)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from engine import urls
from engine.access import Outcome, Permission, may
from engine.accounts import judging
from engine.artifacts import service as artifacts
from engine.artifacts.blobs import Blob
from engine.artifacts.models import Artifact, ArtifactLink, ArtifactRole
from engine.errors import ConflictError, NotFoundError, bad_field
from engine.tasks import evidence, lookup
from engine.tasks.models import Task
from engine.tasks.visibility import get_workable, seen_among
from engine.transaction import Transaction

_LONGEST_WORD = 100
#: The type of material that is an address.
LINK = "link"


def add(
    tx: Transaction,
    task_id: str,
    blob: Blob,
    *,
    type: str,  # noqa: A002 - the field's own name
    label: str,
    file_name: str,
    content_type: str | None = None,
) -> Artifact:
    """Add supporting material; one of the same type and label is the next version of it (ART-07).

    Raises:
        NotFoundError, ForbiddenError: the task is not the actor's to see, or to work.
        ConflictError: the task is over.
        BadRequestError: type, label or file name is empty or too long.
    """
    task = _open_task(tx, task_id)
    return artifacts.add(
        tx,
        task_id=task.task_id,
        bundle_id=task.bundle_id,
        blob=blob,
        type=_word(type, "type"),
        label=_word(label, "label"),
        file_name=evidence.file_name(file_name),
        content_type=content_type,
    )


def add_link(tx: Transaction, task_id: str, *, label: str, url: str) -> Artifact:
    """Add an address as supporting material; another of the same label is the next version of it (R26).

    Only the address is kept: what it serves may change.

    Raises:
        NotFoundError, ForbiddenError: the task is not the actor's to see, or to work.
        ConflictError: the task is over.
        BadRequestError: the label is empty or too long, or it is no address of the web.
    """
    task = _open_task(tx, task_id)
    return artifacts.add(
        tx,
        task_id=task.task_id,
        bundle_id=task.bundle_id,
        blob=None,
        type=LINK,
        label=_word(label, "label"),
        file_name=None,
        content_type=None,
        url=urls.check(url),
    )


def _open_task(tx: Transaction, task_id: str) -> Task:
    task = get_workable(tx, task_id)
    if task.is_terminal:
        raise ConflictError(
            f"Task {task.name} is {task.status.said}: files can be added only until it is over."
        )
    return task


def approve(tx: Transaction, task_id: str, artifact_id: str, *, revision: int | None = None) -> Artifact:
    """Approve a file of the task, so that it may serve as proof (ART-10).

    Raises:
        NotFoundError: no such task or file, or not the actor's to see.
        ForbiddenError: the actor is neither manager nor admin.
        OwnWorkError: the actor brought a version of it, or does or did the task that it is to prove (S18).
        ConflictError: it is approved already.
    """
    task = lookup.find(tx, task_id)
    found = get(tx, task, artifact_id)
    whose = makers(artifacts.of_task(tx, task.task_id), [found]) | _did(task)
    judging.refuse_unless_entitled(
        tx,
        Outcome.APPROVED,
        judging.relation(tx, whose, task.partner_id),
        own=f"brought “{found.label}”, or does {task.name}, which it is to prove",
        doing="approve files that are to serve as proof",
    )
    return artifacts.approve(tx, found.artifact_id, revision=revision)


def to_approve(tx: Transaction, task: Task, found: Collection[Artifact]) -> frozenset[str]:
    """Return the ids of those files of a task that the actor is offered to approve."""
    waiting = [item for item in found if not item.is_approved]
    if not waiting or not may(tx.actor, Permission.DECIDE):
        return frozenset()
    return frozenset(
        item.artifact_id
        for item in waiting
        if not judging.names_actor(tx, makers(found, [item]) | _did(task))
    )


def _did(task: Task) -> set[str | None]:
    return {task.assignee_id, *task.worked_by}


def makers(found: Iterable[Artifact], wanted: Iterable[Artifact]) -> set[str | None]:
    """Return who brought these files of a task, the same bytes, or any version of the same thing (APR-16)."""
    known = list(wanted)
    things = {(item.type, item.label) for item in known}
    held = {item.sha256 for item in known} - {None}
    return {item.created_by for item in found if (item.type, item.label) in things or item.sha256 in held}


def makers_in(tx: Transaction, task_id: str, wanted: Iterable[Artifact]) -> set[str]:
    """Return the ``makers`` of files of a task; who let the board keep what an address served is none."""
    found = [item for item in artifacts.of_task(tx, task_id) if item.role is not ArtifactRole.EVIDENCE]
    return {maker for maker in makers(found, wanted) if maker}


def get(tx: Transaction, task: Task, artifact_id: str) -> Artifact:
    """Return a file of this very task.

    Raises:
        NotFoundError: it has no such file.
    """
    tie = tx.find_one(ArtifactLink, task_id=task.task_id, artifact_id=artifact_id)
    found = tx.find_by_key(Artifact, artifact_id) if tie else None
    if found is None:
        raise NotFoundError(f"The task {task.name} has no file {artifact_id}. Load the page again.")
    return found


def find_seen(tx: Transaction, artifact_id: str) -> Artifact:
    """Return a file or link that belongs to a task which the actor sees.

    Raises:
        NotFoundError: there is none, or it is not the actor's to see.
    """
    found = tx.find_by_key(Artifact, artifact_id)
    owners = [tie.task_id for tie in tx.find(ArtifactLink, artifact_id=artifact_id)] if found else []
    tasks = [task for one in owners if one and (task := tx.find_by_key(Task, one)) is not None]
    if found is None or not seen_among(tx, tasks):
        raise NotFoundError(f"There is no file {artifact_id} that you may see. Check the address.")
    return found


def blob_of(artifact: Artifact) -> Blob:
    """Return the stored bytes of a file, to hand them over as a deliverable (ART-08).

    Raises:
        ConflictError: it lives elsewhere; only its address is known. Or it is empty (R17).
    """
    if artifact.size_bytes == 0:
        raise ConflictError(
            f"“{artifact.label}” is empty: there is nothing to hand over. Send the file again."
        )
    if artifact.sha256 is None or artifact.size_bytes is None:
        raise ConflictError(f"“{artifact.label}” is not stored here. Hand its address over instead.")
    return Blob(sha256=artifact.sha256, size=artifact.size_bytes)


def _word(text: str, name: str) -> str:
    word = " ".join(text.split())
    if not 0 < len(word) <= _LONGEST_WORD:
        raise bad_field(name, f"give 1 to {_LONGEST_WORD} characters")
    return word
