"""Handing over what a task owes: in place while undecided, a new version after that (DLV-01 to DLV-21)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine import urls
from engine.artifacts import service as artifacts
from engine.artifacts.blobs import Blob
from engine.artifacts.models import ArtifactRole
from engine.audit.models import Action
from engine.catalog.json_schemas import validator
from engine.catalog.meta_schemas import as_json_schema
from engine.catalog.parts import NAME_PATTERN
from engine.deliverables import own_addresses
from engine.deliverables.entitlement import lineage_of
from engine.deliverables.models import Approval, ApprovalStatus, Deliverable
from engine.deliverables.rounds import Lineage
from engine.errors import ConflictError, FrozenVersionError, bad_field, bad_fields, lines_of
from engine.tasks import evidence, files, performers, steps
from engine.tasks.models import ItemSource, Task, TaskStatus
from engine.tasks.visibility import get_workable
from engine.transaction import Transaction

_WITH_CHANGE = ApprovalStatus.APPROVED_PENDING_CHANGES
_LONGEST_WORD, _LONGEST_DESCRIPTION, _LONGEST_FACTS = 100, 5000, 50_000


def edit(
    tx: Transaction,
    deliverable_id: str,
    *,
    url: str | None = None,
    meta: Mapping[str, Any] | None = None,
    blob: Blob | None = None,
    file_name: str | None = None,
    content_type: str | None = None,
    visible_in_portal: bool | None = None,
    revision: int | None = None,
) -> Deliverable:
    """Change the address, file or facts of a version that nobody has judged; what is None stays.

    ``url`` may be empty, to take the address away. Facts are checked against ``meta_schema`` once something
    is handed over. The version number never changes here (DLV-10).

    Raises:
        FrozenVersionError: a decision was made on this version.
        ConflictError: the task is not active any more, or the template says whether the partner sees it.
        BadRequestError: the address is none, or the facts do not fit.
    """
    row = tx.get(Deliverable, deliverable_id, revision=revision)
    task = _active(tx, row.task_id)
    if row.is_frozen:
        raise FrozenVersionError(f"{row.name} was judged and never changes. Hand over a new version.")
    if url is not None and not url.strip() and blob is None:
        _check_may_be_taken_away(task, row)
    if blob is not None and blob.sha256 == row.sha256:
        _check_not_looked_at(task, f"{row.name} holds this very file already")
    _fill(tx, task, row, url=url, meta=meta, blob=blob, file_name=file_name, content_type=content_type)
    if visible_in_portal is not None and visible_in_portal != row.visible_in_portal:
        _check_own(tx, task, row)
        row.visible_in_portal = visible_in_portal
    tx.save(row)
    summary = f"{row.name} of {task.name} changed"
    tx.record(Action.DELIVERABLE_EDITED, row, summary, bundle_id=task.bundle_id)
    return row


def new_version(
    tx: Transaction,
    deliverable_id: str,
    *,
    url: str | None = None,
    meta: Mapping[str, Any] | None = None,
    blob: Blob | None = None,
    file_name: str | None = None,
    content_type: str | None = None,
) -> Deliverable:
    """Hand over the version after a judged one, as a record of its own with fresh facts (DLV-05, DLV-12).

    Without an address and a file the address stays: an outside document may keep its link (DLV-13).
    Where it was approved with a change to make, this is the change: the step that asks for it is done.

    Raises:
        ConflictError: it was not judged yet, is not the newest, or the task is with its approvers.
        BadRequestError: the address is none, or the facts do not fit.
    """
    judged = tx.get(Deliverable, deliverable_id)
    task = _active(tx, judged.task_id)
    _check_may_follow(tx, task, judged)
    given = tx.find(Approval, deliverable_id=judged.deliverable_id)
    last = Lineage(versions=[judged], approvals=given).last_decision(judged)
    row = judged.model_copy(
        update={
            "deliverable_id": tx.new_id(Deliverable),
            "version_number": judged.version_number + 1,
            "previous_deliverable_id": judged.deliverable_id,
            "post_decision_change": last is not None and last.is_positive,
            "deliverable_url": judged.deliverable_url if url is None and blob is None else None,
            "artifact_id": None,
            "sha256": None,
            "meta": {},
            "authors": [],
            "frozen_at": None,
            "delivered_at": None,
            "created_by": tx.actor.user_id,
            "created_at": tx.now,
            "updated_at": tx.now,
            "revision": 1,
        }
    )
    _fill(tx, task, row, url=url, meta=meta, blob=blob, file_name=file_name, content_type=content_type)
    if not row.is_submitted:
        raise bad_field("url", "give the address or the file of the new version")
    tx.add(row)
    after = {
        "ref": row.ref,
        "version_number": row.version_number,
        "deliverable_url": row.deliverable_url,
        "sha256": row.sha256,
        "meta": row.meta,
        "post_decision_change": row.post_decision_change,
    }
    label = ", changed after approval" if row.post_decision_change else ""
    summary = f"{row.name} of {task.name} handed over{label}"
    tx.record(Action.DELIVERABLE_CREATED, row, summary, after=after, bundle_id=task.bundle_id)
    if last is not None and last.status is _WITH_CHANGE:
        changes = [item.feedback for item in given if item.status is _WITH_CHANGE and item.feedback]
        steps.complete_change_steps(tx, task, changes)
    return row


def _check_own(tx: Transaction, task: Task, row: Deliverable) -> None:
    """Refuse to change what the template settled: whether the partner is asked is not the worker's to say.

    What approvers look at, and the one change that an approval let pass, stay for whom they were meant.
    """
    if row.source is not ItemSource.AD_HOC:
        raise ConflictError(f"{row.name} comes from the template, which says whether the partner sees it.")
    if any(version.delivered_at for version in lineage_of(tx, row)):
        raise ConflictError(
            f"“{row.spoken_ref}” was delivered to the partner already: it cannot be hidden any more."
        )
    if row.post_decision_change:
        raise ConflictError(
            f"“{row.spoken_ref}” was approved as it was shown: whether the partner sees it stays. Add "
            "another deliverable for what they are to see."
        )
    _check_not_looked_at(task, f"whether the partner sees {row.name} cannot change now")


def _check_not_looked_at(task: Task, why: str) -> None:
    """Refuse to change what approvers see and no hash covers: a file's name, who else will see it."""
    if task.status is TaskStatus.PENDING_APPROVAL:
        raise ConflictError(f"{task.name} is with its approvers, and {why}. Withdraw the request first.")


def _check_may_be_taken_away(task: Task, row: Deliverable) -> None:
    """Refuse to leave approvers with nothing to judge, or to take back what a decision asked for."""
    if not row.deliverable_url or row.artifact_id is not None:
        return
    if task.status is TaskStatus.PENDING_APPROVAL:
        raise ConflictError(
            f"{row.name} is with its approvers: give another address, or withdraw the request first."
        )
    if row.version_number > 1:
        raise ConflictError(
            f"{row.name} follows a version that was judged, and so is judged, too: give another address."
        )


def _check_may_follow(tx: Transaction, task: Task, judged: Deliverable) -> None:
    if task.status is TaskStatus.PENDING_APPROVAL:
        raise ConflictError(
            f"Task {task.name} is with its approvers. Wait for them, or withdraw the request first."
        )
    if not judged.is_frozen:
        raise ConflictError(f"{judged.name} was not judged yet: change it in place.")
    newest = lineage_of(tx, judged)[-1]
    if newest.deliverable_id != judged.deliverable_id:
        raise ConflictError(f"{judged.name} is not the newest: go on from version {newest.version_number}.")


def _fill(
    tx: Transaction,
    task: Task,
    row: Deliverable,
    *,
    url: str | None,
    meta: Mapping[str, Any] | None,
    blob: Blob | None,
    file_name: str | None,
    content_type: str | None,
) -> None:
    """Give a version its address, file and facts, and remember whose work that is; what is None stays."""
    before = row.content_hash
    address = row.deliverable_url if url is None else _address(url)
    if url is not None:
        own_addresses.pinned_bytes(tx, address)  # refuses what may change
    # Also of an address that stays from the version before.
    authors, employees = own_addresses.whose(tx, address)
    givers = [tx.actor.user_id, *authors]
    given = row.meta if meta is None else dict(meta)
    if address or blob or row.artifact_id:
        check_meta(row, given)
    if blob is not None:
        givers += _whose_file(tx, task, blob)
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
        row.artifact_id, row.sha256 = artifact.artifact_id, blob.sha256
    row.deliverable_url, row.meta = address, given
    is_new = row.version_number > 1 and not row.authors
    if row.content_hash != before or is_new:
        row.authors = list(dict.fromkeys([*row.authors, *filter(None, givers)]))
        if performers.keep(task, employees):  # handed over before anybody pressed "Start", or by an address
            tx.save(task)


def _whose_file(tx: Transaction, task: Task, blob: Blob) -> list[str]:
    """Return who brought these very bytes, or a version of what holds them, to the task before (APR-16)."""
    found = [item for item in artifacts.of_task(tx, task.task_id) if item.role is not ArtifactRole.EVIDENCE]
    return sorted(filter(None, files.makers(found, [item for item in found if item.sha256 == blob.sha256])))


def add(
    tx: Transaction,
    task_id: str,
    ref: str,
    *,
    type: str,  # noqa: A002 - the field's own name
    description: str | None = None,
    required: bool = False,
    visible_in_portal: bool = False,
) -> Deliverable:
    """Add a deliverable that the template does not have, marked ad hoc (DLV-19).

    Raises:
        BadRequestError: the ref is taken or no name, the type is empty, or one of them is too long.
    """
    task = _active(tx, task_id)
    if not re.fullmatch(NAME_PATTERN, ref) or not type.strip() or len(f"{ref}{type}") > _LONGEST_WORD:
        raise bad_field("ref", "give a short name of lower-case letters, digits and _, and a type")
    if len(description or "") > _LONGEST_DESCRIPTION:
        raise bad_field("description", f"at most {_LONGEST_DESCRIPTION} characters are kept")
    if any(row.ref == ref for row in tx.find(Deliverable, task_id=task.task_id)):
        raise bad_field("ref", f"task {task.name} has a deliverable {ref!r} already; choose another name")
    row = tx.add(
        Deliverable(
            deliverable_id=tx.new_id(Deliverable),
            workspace_id=tx.workspace_id,
            task_id=task.task_id,
            ref=ref,
            type=type.strip(),
            description=(description or "").strip() or None,
            required=required,
            visible_in_portal=visible_in_portal,
            source=ItemSource.AD_HOC,
            created_by=tx.actor.user_id,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    after = {"ref": row.ref, "type": row.type, "required": row.required}
    summary = f"Deliverable “{row.spoken_ref}” added to {task.name}"
    tx.record(Action.DELIVERABLE_CREATED, row, summary, after=after, bundle_id=task.bundle_id)
    return row


def check_meta(row: Deliverable, facts: Mapping[str, Any]) -> None:
    """Refuse facts about a deliverable that do not fit its definition's schema (DLV-08).

    Raises:
        BadRequestError: one detail per fact, or they are too long.
    """
    if len(str(facts)) > _LONGEST_FACTS:
        raise bad_field("meta", f"all facts together have at most {_LONGEST_FACTS} characters")
    schema = as_json_schema(row.meta_schema)
    faults = sorted(
        validator(schema).iter_errors(dict(facts)),
        key=lambda fault: [str(part) for part in fault.absolute_path],
    )
    if faults:
        found = [(".".join(["meta", *map(str, fault.absolute_path)]), fault.message) for fault in faults]
        raise bad_fields(found, f"The facts about “{row.spoken_ref}” do not fit. {lines_of(found)}")


def _active(tx: Transaction, task_id: str) -> Task:
    task = get_workable(tx, task_id)
    if not task.is_active:
        raise ConflictError(
            f"Task {task.name} is {task.status.said}: what it hands over cannot be changed any more."
        )
    return task


def _address(text: str) -> str | None:
    """Return an outside address, a path of this application (DLV-03), or None for an empty text."""
    return urls.check(text, own=True) if text.strip() else None
