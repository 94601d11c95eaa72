"""Handing over what a task owes, in place while it is undecided (DLV-01 to DLV-10, DLV-19)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator

from engine.artifacts import service as artifacts
from engine.artifacts.blobs import Blob
from engine.artifacts.models import ArtifactRole
from engine.audit.models import Action
from engine.catalog.meta_schemas import as_json_schema
from engine.catalog.parts import NAME_PATTERN
from engine.errors import BadRequestError, ConflictError, FrozenVersionError
from engine.tasks import evidence
from engine.tasks.models import Deliverable, ItemSource, Task
from engine.tasks.visibility import get_workable
from engine.transaction import Transaction


def edit(
    tx: Transaction,
    deliverable_id: str,
    *,
    url: str | None = None,
    meta: Mapping[str, Any] | None = None,
    blob: Blob | None = None,
    file_name: str | None = None,
    content_type: str | None = None,
    revision: int | None = None,
) -> Deliverable:
    """Change the address, file or facts of a version that nobody has judged; what is None stays.

    ``url`` may be empty, to take the address away. Facts are checked against ``meta_schema`` once something
    is handed over. The version number never changes here (DLV-10).

    Raises:
        FrozenVersionError: a decision was made on this version.
        ConflictError: the task is not active any more.
        BadRequestError: the address is none, or the facts do not fit.
    """
    row = tx.get(Deliverable, deliverable_id, revision=revision)
    task = _active(tx, row.task_id)
    if row.is_frozen:
        raise FrozenVersionError(
            f"Version {row.version_number} of “{row.ref}” was judged and never changes. Hand over a new one."
        )
    address = row.deliverable_url if url is None else _address(url)
    facts = row.meta if meta is None else dict(meta)
    if address or blob or row.artifact_id:
        check_meta(row, facts)
    if blob is not None:
        artifact = artifacts.add(
            tx,
            task_id=task.task_id,
            bundle_id=task.bundle_id,
            blob=blob,
            type=row.type,
            label=row.ref,
            file_name=evidence.file_name(file_name),
            content_type=content_type,
            role=ArtifactRole.OUTPUT,
        )
        row.artifact_id = artifact.artifact_id
    row.deliverable_url, row.meta = address, facts
    tx.save(row)
    summary = f"“{row.ref}” of {task.name}, version {row.version_number}, changed"
    tx.record(Action.DELIVERABLE_EDITED, row, summary, bundle_id=task.bundle_id)
    return row


def add(
    tx: Transaction,
    task_id: str,
    ref: str,
    *,
    type: str,  # noqa: A002 - the field's own name
    description: str | None = None,
    required: bool = False,
) -> Deliverable:
    """Add a deliverable that the template does not have, marked ad hoc (DLV-19).

    Raises:
        BadRequestError: the ref is taken or no name, or the type is empty.
    """
    task = _active(tx, task_id)
    if not re.match(NAME_PATTERN, ref) or not type.strip():
        raise evidence.refused("ref", "give a name of lower-case letters, digits and _, and a type")
    if any(row.ref == ref for row in tx.find(Deliverable, task_id=task.task_id)):
        raise evidence.refused(
            "ref", f"task {task.name} has a deliverable {ref!r} already; choose another name"
        )
    row = tx.add(
        Deliverable(
            deliverable_id=tx.new_id(Deliverable),
            workspace_id=tx.workspace_id,
            task_id=task.task_id,
            ref=ref,
            type=type.strip(),
            description=(description or "").strip() or None,
            required=required,
            source=ItemSource.AD_HOC,
            created_by=tx.actor.user_id,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    after = {"ref": row.ref, "type": row.type, "required": row.required}
    summary = f"Deliverable “{row.ref}” added to {task.name}"
    tx.record(Action.DELIVERABLE_CREATED, row, summary, after=after, bundle_id=task.bundle_id)
    return row


def check_meta(row: Deliverable, facts: Mapping[str, Any]) -> None:
    """Refuse facts about a deliverable that do not fit its definition's schema (DLV-08).

    Raises:
        BadRequestError: one detail per fact.
    """
    schema = as_json_schema(row.meta_schema)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    faults = sorted(
        validator.iter_errors(dict(facts)), key=lambda fault: [str(part) for part in fault.absolute_path]
    )
    if faults:
        details = [
            {
                "code": "BAD_REQUEST",
                "field": ".".join(["meta", *map(str, fault.absolute_path)]),
                "message": fault.message,
            }
            for fault in faults
        ]
        reasons = " ".join(f"{detail['field']}: {detail['message']}." for detail in details)
        raise BadRequestError(f"The facts about “{row.ref}” do not fit. {reasons}", details=details)


def _active(tx: Transaction, task_id: str) -> Task:
    task = get_workable(tx, task_id)
    if not task.is_active:
        raise ConflictError(
            f"Task {task.name} is {task.status}: what it hands over cannot be changed any more."
        )
    return task


def _address(text: str) -> str | None:
    """Return an outside address, a path of this application (DLV-03), or None for an empty text."""
    path = text.strip()
    if not path:
        return None
    if path.startswith("/") and not path.startswith(("//", "/\\")) and not re.search(r"\s", path):
        return path
    return evidence.check_url(path, "url")
