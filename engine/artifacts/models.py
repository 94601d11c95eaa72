"""Supporting material and outputs; their bytes live in the blob store by hash (ART-09)."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from engine.record import Moment, RecordSpec, Revised


class ArtifactRole(StrEnum):
    """What an artifact is to its task."""

    SUPPORT = "support"  #: material to work with
    PROOF = "proof"  #: evidence that the work was done
    OUTPUT = "output"  #: what the work made
    EVIDENCE = "evidence"  #: what an address served when a decision was made on it


class Artifact(Revised):
    """One version of a file or a link to material."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="artifacts",
        key=("artifact_id",),
        prefix="art",
        promoted=("workspace_id", "sha256"),
        references={
            "workspace_id": "workspaces",
            "created_by": "users",
            "approved_by": "users",
            "previous_artifact_id": "artifacts",
        },
        owner="blobs",
    )

    artifact_id: str
    workspace_id: str
    role: ArtifactRole
    #: What kind of material, a free word such as ``invoice`` or ``screenshot``.
    type: str
    label: str
    #: Another artifact of the same type and label on the same task is the next version (ART-07).
    version_number: int = 1
    previous_artifact_id: str | None = None
    file_name: str | None
    content_type: str | None
    size_bytes: int | None
    #: The blob's hash and storage reference.
    sha256: str | None
    #: For material that lives elsewhere.
    url: str | None = None
    created_by: str
    approved_at: Moment | None = None
    approved_by: str | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    @property
    def is_approved(self) -> bool:
        """Whether it may satisfy a proof of kind ``artifact``."""
        return self.approved_at is not None


class ArtifactLink(Revised):
    """Ties an artifact to what it belongs to, by explicit ids (ART-10)."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="task_artifact_links",
        key=("artifact_link_id",),
        prefix="arl",
        promoted=("workspace_id", "artifact_id", "task_id"),
        indexes=(("workspace_id", "task_id"), ("workspace_id", "artifact_id")),
        references={
            "workspace_id": "workspaces",
            "artifact_id": "artifacts",
            "task_id": "tasks",
            "bundle_id": "bundles",
        },
    )

    artifact_link_id: str
    workspace_id: str
    artifact_id: str
    task_id: str | None
    bundle_id: str | None
    created_at: Moment
    updated_at: Moment
    revision: int = 1
