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


class GenerationMethod(StrEnum):
    """How an automated task made an output (OUT-08)."""

    SKILL = "skill"  #: as a file of its format, such as a PDF or a picture
    TEXT = "text"  #: as text, which is read as it is


class Artifact(Revised):
    """One version of a file, or a link to material; the bytes of files are kept beside the records."""

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
            "execution_id": "task_executions",
        },
        owner="blobs",
    )

    #: The id of this version of the file or link: `art_`, then 26 digits and capitals that sort by the
    #: time of making.
    artifact_id: str
    workspace_id: str
    #: What it is to its task.
    role: ArtifactRole
    #: What kind of material it is, a free word such as `invoice` or `screenshot`.
    type: str
    #: What people call it.
    label: str
    #: Counts the artifacts of the same type and label on the same task, from 1 (ART-07).
    version_number: int = 1
    #: The version before this one. Null for the first.
    previous_artifact_id: str | None = None
    #: The name of the file that was uploaded. Null for a link.
    file_name: str | None
    #: The media type of the file, such as `application/pdf`. Null for a link.
    content_type: str | None
    #: How large the file is, in bytes. Null for a link.
    size_bytes: int | None
    #: The SHA-256 of the file's bytes, as hexadecimal digits: the file in `blobs` that has this name.
    #: Null for a link.
    sha256: str | None
    #: Where material lives that is kept elsewhere. Null for a file.
    url: str | None = None
    #: The user who brought it. Of what an automated task made: who set that off, or else answers for it.
    created_by: str
    #: When it was accepted as evidence. Null until then.
    approved_at: Moment | None = None
    #: The user who accepted it as evidence. Null until then.
    approved_by: str | None = None
    #: The attempt at an automated task that made it. Null where somebody brought it.
    execution_id: str | None = None
    #: How that made it. Null where `execution_id` is.
    generation_method: GenerationMethod | None = None
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

    #: The id of the tie between the two: `arl_`, then 26 digits and capitals that sort by the time of
    #: making.
    artifact_link_id: str
    workspace_id: str
    #: The file or link.
    artifact_id: str
    #: The task that it belongs to. Null where it belongs to a bundle as a whole.
    task_id: str | None
    #: The bundle that it belongs to. Null where it belongs to a task that stands alone.
    bundle_id: str | None
    created_at: Moment
    updated_at: Moment
    revision: int = 1
