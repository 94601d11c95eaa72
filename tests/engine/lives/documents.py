"""What the documents of a store say, read by hand: their hashes, their order, what may follow on what."""

from __future__ import annotations

import hashlib
import json
from typing import Any

Document = dict[str, Any]

#: The record tables that a life changes, and the field that names a record.
TABLES = {
    "tasks": "task_id",
    "task_steps": "task_step_id",
    "task_notes": "task_note_id",
    "task_proofs": "task_proof_id",
    "deliverables": "deliverable_id",
    "task_approvals": "task_approval_id",
    "deliverable_comments": "deliverable_comment_id",
    "task_qa_reviews": "task_qa_review_id",
    "employees": "employee_id",
    "users": "user_id",
    "bundles": "bundle_id",
    "artifacts": "artifact_id",
    "task_artifact_links": "artifact_link_id",
}
#: product.md, decision 5.
MOVES = {
    "pending": "queued in_progress waiting blocked deferred skipped cancelled",
    "queued": "pending in_progress blocked deferred failed cancelled",
    "deferred": "pending skipped cancelled",
    "in_progress": (
        "pending waiting blocked help_needed pending_approval completed failed deferred skipped cancelled"
    ),
    "waiting": "pending in_progress blocked deferred skipped failed cancelled",
    "blocked": "pending in_progress deferred skipped cancelled",
    "help_needed": "in_progress blocked cancelled",
    "pending_approval": "in_progress completed cancelled",
    "failed": "pending cancelled",
    "completed": "",
    "skipped": "",
    "cancelled": "",
}
#: As long as it is in one of these, what a task waits for can be changed.
NOT_BEGUN = {"pending", "queued", "deferred"}
#: What is in one of these is never met.
LOST = {"failed", "cancelled"}
#: What a task reaches only with the human review that it asks for.
REVIEWED_ONLY = {"queued", "in_progress", "help_needed", "pending_approval", "completed"}
#: The moments of a record that name when something was done, as the clock of that moment has it.
PAST = {
    "frozen_at",
    "delivered_at",
    "decided_at",
    "withdrawn_at",
    "requested_at",
    "completed_at",
    "closed_at",
}
POSITIVE = {"approved", "approved_pending_changes"}
OUTCOMES = {*POSITIVE, "rejected"}


def what_runs(task: Document) -> Document:
    """Return what a permission to run is for, as far as lives change it."""
    return {name: task[name] for name in ("title", "description", "execution_config", "assigned_to_bot")}


def content_hash(row: Document) -> str:
    """Return the hash over what an approver sees: address, bytes and facts (D5)."""
    seen = {name: row[name] for name in ("deliverable_url", "meta", "sha256")}
    return hashlib.sha256(_canonical(seen)).hexdigest()


def event_hash(event: Document) -> str:
    """Return the hash of an event over all its other fields, the later ones where they are given (D11)."""
    told = {name: event[name] for name in event if name != "hash"}
    if told["record_hashes"] is None:
        del told["record_hashes"]
    return hashlib.sha256(_canonical(told)).hexdigest()


def record_hash(document: Document) -> str:
    """Return the hash that an event gives a record: over what is neither empty nor a secret."""
    told = {name: value for name, value in document.items() if value is not None and name != "password_hash"}
    return hashlib.sha256(_canonical(told)).hexdigest()


def lineage_key(row: Document) -> tuple[str, ...]:
    """Give what all versions of one thing share."""
    return row["task_id"], row["task_step_id"] or "", row["ref"]


def is_submitted(row: Document) -> bool:
    """Whether there is something to look at."""
    return bool(row["deliverable_url"] or row["artifact_id"])


def _canonical(document: Document) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
