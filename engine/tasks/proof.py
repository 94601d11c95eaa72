"""Giving evidence for a task, of all five kinds; replacing it while the task is active (PRF-01 to PRF-04)."""

from __future__ import annotations

from typing import Any

from engine.accounts import judging
from engine.artifacts import service as artifacts
from engine.artifacts.blobs import Blob
from engine.artifacts.models import Artifact, ArtifactLink, ArtifactRole
from engine.audit.models import Action
from engine.errors import BadRequestError, ConflictError, NotFoundError, OwnWorkError
from engine.tasks import evidence
from engine.tasks.evidence import Evidence
from engine.tasks.models import Proof, ProofKind, Task
from engine.tasks.visibility import get_workable, sees
from engine.transaction import Transaction


def find(tx: Transaction, task_id: str, label: str) -> Proof:
    """Return the proof of a task by its label (capitals do not matter) or its id.

    Raises:
        NotFoundError: the task asks for no such proof; lists what it asks for.
    """
    proofs = tx.find(Proof, task_id=task_id, order_by=("position",))
    for proof in proofs:
        if label in (proof.label, proof.task_proof_id):
            return proof
    for proof in proofs:
        if label.strip().casefold() == proof.label.casefold():
            return proof
    asked = ", ".join(f"“{proof.label}”" for proof in proofs) or "none"
    raise NotFoundError(f"The task asks for no proof “{label}”. It asks for: {asked}.")


def give(
    tx: Transaction, task_id: str, label: str, value: str | dict[str, Any], *, revision: int | None = None
) -> Proof:
    """Give or replace evidence: an address, a text, an artifact's id, or facts as a mapping.

    Raises:
        BadRequestError: the value is no evidence of the kind that is asked for.
        ConflictError: the task is not active any more, or the artifact is not approved.
        OwnWorkError: the actor, or who does the task, approved the artifact: who accepts a proof neither
            gives it nor does what it proves (S18).
        NotFoundError: the task, the proof or the artifact does not exist for this actor.
    """
    task = _workable(tx, task_id, revision)
    proof = find(tx, task.task_id, label)
    artifact = None
    if proof.kind is ProofKind.URL:
        given = evidence.url(value)
    elif proof.kind is ProofKind.COMMENT:
        given = evidence.comment(value)
    elif proof.kind is ProofKind.FILE:
        given = evidence.file(value)
    elif proof.kind is ProofKind.EXTERNAL_STATUS:
        given = evidence.external_status(value, now=tx.wall_clock, zone=tx.timezone)
    else:
        artifact = _approved_artifact(tx, task, value)
        artifacts.link(tx, artifact, task_id=task.task_id, bundle_id=task.bundle_id)
        given = Evidence(artifact.label)
    return _keep(tx, task, proof, given, artifact)


def give_file(
    tx: Transaction,
    task_id: str,
    label: str,
    blob: Blob,
    *,
    file_name: str,
    content_type: str | None,
    revision: int | None = None,
) -> Proof:
    """Give an uploaded file as evidence; the file becomes an artifact of the task.

    Raises:
        BadRequestError: the proof is not of kind ``file``.
    """
    task = _workable(tx, task_id, revision)
    proof = find(tx, task.task_id, label)
    if proof.kind is not ProofKind.FILE:
        raise BadRequestError(f"The proof “{proof.label}” is of kind {proof.kind}; it takes no file.")
    name = evidence.file_name(file_name)
    artifact = artifacts.add(
        tx,
        task_id=task.task_id,
        bundle_id=task.bundle_id,
        blob=blob,
        type="proof",
        label=proof.label,
        file_name=name,
        content_type=content_type,
        role=ArtifactRole.PROOF,
    )
    facts = {"file_name": name, "size_bytes": blob.size, "content_type": content_type, "sha256": blob.sha256}
    return _keep(tx, task, proof, Evidence(name, facts), artifact)


def _workable(tx: Transaction, task_id: str, revision: int | None) -> Task:
    task = get_workable(tx, task_id, revision)
    if not task.is_active:
        raise ConflictError(
            f"Task {task.name} is {task.status.said}: proof can be given only while it is active."
        )
    return task


def _approved_artifact(tx: Transaction, task: Task, value: object) -> Artifact:
    artifact_id = value.strip() if isinstance(value, str) else ""
    artifact = tx.find_by_key(Artifact, artifact_id) if artifact_id else None
    if artifact is None or not sees_artifact(tx, artifact):
        raise NotFoundError(
            f"There is no artifact {artifact_id or value!r} that you may see. "
            "Give the id of an approved artifact."
        )
    if artifact.size_bytes == 0:
        raise ConflictError(f"The artifact “{artifact.label}” is empty: it proves nothing. Give another one.")
    if not artifact.is_approved:
        raise ConflictError(
            f"The artifact “{artifact.label}” is not approved yet. "
            "Ask a manager to approve it, then give it again."
        )
    if judging.among(tx, [artifact.approved_by], {task.assignee_id, *task.worked_by}) is not None:
        raise OwnWorkError(
            f"“{artifact.label}” was approved by somebody who does or did {task.name}, so it does not prove "
            "that. Add it once more, and ask another manager to approve that."
        )
    accepted = judging.relation(tx, [artifact.approved_by], None)
    if accepted.is_own_work and not tx.settings.own_approval:
        raise OwnWorkError(
            f"{tx.actor.name} approved “{artifact.label}”, so somebody else gives it as proof. "
            "Ask the task's assignee."
        )
    return artifact


def sees_artifact(tx: Transaction, artifact: Artifact) -> bool:
    """An artifact is seen with a task that it belongs to."""
    if tx.actor.sees_everything:
        return True
    ties = tx.find(ArtifactLink, artifact_id=artifact.artifact_id)
    tasks = [tx.find_by_key(Task, tie.task_id) for tie in ties if tie.task_id]
    return any(task is not None and sees(tx, task) for task in tasks)


def _keep(tx: Transaction, task: Task, proof: Proof, given: Evidence, artifact: Artifact | None) -> Proof:
    was_given = proof.is_given
    proof.value, proof.facts = given.value, given.facts
    proof.artifact_id = artifact.artifact_id if artifact else None
    proof.given_at, proof.given_by = tx.now, tx.actor.user_id
    tx.save(proof)
    verb = "replaced" if was_given else "given"
    tx.record(
        Action.PROOF_GIVEN, proof, f"Proof “{proof.label}” of {task.name} {verb}", bundle_id=task.bundle_id
    )
    return proof
