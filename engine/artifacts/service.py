"""Adding artifacts to tasks, version by version, and approving them (ART-07, ART-10)."""

from __future__ import annotations

from engine.access import Permission, require
from engine.artifacts import texts
from engine.artifacts.blobs import Blob
from engine.artifacts.models import Artifact, ArtifactLink, ArtifactRole, GenerationMethod
from engine.audit.models import Action
from engine.errors import ConflictError
from engine.fulltext import NO_TEXT
from engine.transaction import Transaction


def add(
    tx: Transaction,
    *,
    task_id: str,
    bundle_id: str | None,
    blob: Blob | None,
    type: str,  # noqa: A002 - the field's own name
    label: str,
    file_name: str | None,
    content_type: str | None,
    url: str | None = None,
    role: ArtifactRole = ArtifactRole.SUPPORT,
    execution_id: str | None = None,
    generation_method: GenerationMethod | None = None,
    created_by: str | None = None,
) -> Artifact:
    """Add a file, or a link where there is no ``blob``; one of the same type and label is its version before.

    The caller has made sure that the actor may work the task. It is the actor's, unless ``created_by`` says
    whose it is.
    """
    previous = newest(tx, task_id, type, label)
    artifact = tx.add(
        Artifact(
            artifact_id=tx.new_id(Artifact),
            workspace_id=tx.workspace_id,
            role=role,
            type=type,
            label=label,
            version_number=previous.version_number + 1 if previous else 1,
            previous_artifact_id=previous.artifact_id if previous else None,
            file_name=file_name,
            content_type=content_type,
            size_bytes=blob.size if blob else None,
            sha256=blob.sha256 if blob else None,
            url=url,
            created_by=created_by or tx.actor.user_id,
            execution_id=execution_id,
            generation_method=generation_method,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    unread = _linked(tx, artifact, task_id=task_id, bundle_id=bundle_id)[1]
    if unread and role is not ArtifactRole.EVIDENCE:
        tx.say(f"Searches find “{file_name}” by its name, but not by all that it says: {unread}.")
    tx.record(
        Action.ARTIFACT_ADDED,
        artifact,
        f"Added “{label}”, version {artifact.version_number}: {file_name or url}",
        after={
            "label": label,
            "version_number": artifact.version_number,
            **({"file_name": file_name, "sha256": blob.sha256} if blob else {"url": url}),
        },
        task_id=task_id,
        bundle_id=bundle_id,
    )
    return artifact


def link(tx: Transaction, artifact: Artifact, *, task_id: str, bundle_id: str | None) -> ArtifactLink:
    """Tie an artifact to a task; a tie that exists is returned."""
    existing = tx.find_one(ArtifactLink, task_id=task_id, artifact_id=artifact.artifact_id)
    return existing or _linked(tx, artifact, task_id=task_id, bundle_id=bundle_id)[0]


def _linked(
    tx: Transaction, artifact: Artifact, *, task_id: str, bundle_id: str | None
) -> tuple[ArtifactLink, str]:
    """Tie an artifact to a task; return the tie, and why what the file says is not found, if so."""
    made = tx.add(
        ArtifactLink(
            artifact_link_id=tx.new_id(ArtifactLink),
            workspace_id=tx.workspace_id,
            artifact_id=artifact.artifact_id,
            task_id=task_id,
            bundle_id=bundle_id,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    found = tx.text_of(artifact.sha256, artifact.content_type) if artifact.sha256 else NO_TEXT
    tx.index(made, [texts.told(artifact.to_data(), task_id, found.text)])
    return made, found.unread


def of_task(tx: Transaction, task_id: str) -> list[Artifact]:
    """Return the artifacts of a task, oldest first."""
    ids = [tie.artifact_id for tie in tx.find(ArtifactLink, task_id=task_id)]
    return tx.find(Artifact, artifact_id=ids, order_by=("artifact_id",)) if ids else []


def approve(tx: Transaction, artifact_id: str, *, revision: int | None = None) -> Artifact:
    """Approve an artifact, so that it may serve as proof.

    Raises:
        ForbiddenError: the actor is neither manager nor admin.
        ConflictError: it is approved already.
    """
    require(tx.actor, Permission.DECIDE, "approve artifacts")
    artifact = tx.get(Artifact, artifact_id, revision=revision)
    if artifact.is_approved:
        raise ConflictError(f"The artifact “{artifact.label}” is approved already; there is nothing to do.")
    artifact.approved_at, artifact.approved_by = tx.now, tx.actor.user_id
    tx.save(artifact)
    tie = tx.find_one(ArtifactLink, artifact_id=artifact_id)
    tx.record(
        Action.ARTIFACT_APPROVED,
        artifact,
        f"Approved “{artifact.label}”, version {artifact.version_number}",
        task_id=tie.task_id if tie else None,
        bundle_id=tie.bundle_id if tie else None,
    )
    return artifact


def newest(tx: Transaction, task_id: str, kind: str, label: str) -> Artifact | None:
    """Return the newest version of what a task has under a type and a label (ART-07); None without any."""
    same = [item for item in of_task(tx, task_id) if (item.type, item.label) == (kind, label)]
    return max(same, key=lambda item: item.version_number, default=None)
