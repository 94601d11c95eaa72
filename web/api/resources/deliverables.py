"""Versions of what is handed over, the decisions on them, and what is said about them.

A partner's user reads what was shown to their partner, and of it what the board tells them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from engine.artifacts.models import Artifact
from engine.audit import topics
from engine.deliverables import approvals, comments, describe, entitlement
from engine.deliverables.models import Approval, Deliverable, DeliverableComment
from engine.errors import NotFoundError
from engine.record import stored
from engine.tasks import lookup
from engine.tasks.models import Task
from engine.transaction import Transaction
from web.api import schemas
from web.api.paging import Asked, Listing, Page, cut
from web.api.resources.base import Resource
from web.api.resources.tasks import APPROVAL_SCHEMA, VERSION_SCHEMA


def _topics(record: Deliverable | Approval | DeliverableComment) -> Sequence[str]:
    return (topics.task(record.task_id),)


def _for_some(schema: Mapping[str, Any], told: frozenset[str]) -> schemas.Schema:
    """Return a schema of which a partner's user reads no more than these fields."""
    required = [name for name in schema["required"] if name in told]
    return {**schema, "required": required}


def _file(tx: Transaction, row: Deliverable) -> Artifact:
    """Return the file that a version hands over."""
    kept = tx.find_by_key(Artifact, row.artifact_id) if row.artifact_id else None
    if kept is None or row.sha256 is None:
        raise NotFoundError(f"{row.name} holds no file here. Its address is {row.deliverable_url}.")
    return kept


DELIVERABLES = Resource(
    name="deliverables",
    record=Deliverable,
    for_partners=True,
    help="One version of what a task hands over, for its team and for the partner whom it was shown to.",
    find=lambda tx, text: tx.get(Deliverable, text),
    describe=describe.versions,
    schema=_for_some(VERSION_SCHEMA, describe.OF_VERSION),
    file_of=_file,
    item_topics=_topics,
)


# -- approvals -----------------------------------------------------------------------------


class ApprovalList(Listing):
    """Which approvals are listed."""

    task: str | None = Field(None, description="The id of a task: all of its; else those that wait for you.")


def _approvals(tx: Transaction, asked: Asked) -> Page:
    """Return the approvals of a task, or those that the actor may decide."""
    if task := asked.filters.get("task"):
        found = approvals.of_task(tx, lookup.find(tx, task).task_id)
    else:
        found = approvals.waiting(tx)
    return cut(sorted(found, key=_place), asked, _place)


def _place(one: Approval) -> tuple[str, str]:
    return stored(one.requested_at), one.task_approval_id


APPROVALS = Resource(
    name="approvals",
    record=Approval,
    for_partners=True,
    help="The decisions that wait for you, or those on what a task hands over, oldest first.",
    find=lambda tx, text: tx.get(Approval, text),
    list=_approvals,
    describe=describe.approvals,
    schema=_for_some(APPROVAL_SCHEMA, describe.OF_APPROVAL),
    filters=ApprovalList,
    item_topics=_topics,
)


# -- remarks -------------------------------------------------------------------------------


def _readable(tx: Transaction, row: Deliverable) -> list[DeliverableComment]:
    task = tx.find_by_key(Task, row.task_id)
    is_team = task is not None and entitlement.judged_of(tx, task).is_team
    return comments.readable(tx, row, is_team=is_team)


def _comments(tx: Transaction, asked: Asked) -> Page:
    return cut(_readable(tx, asked.parent), asked, _comment_place)


def _comment_place(one: DeliverableComment) -> tuple[str, str]:
    return stored(one.created_at), one.deliverable_comment_id


def _find_comment(tx: Transaction, text: str) -> DeliverableComment:
    found = tx.find_by_key(DeliverableComment, text)
    row = tx.get(Deliverable, found.deliverable_id) if found is not None else None
    if found is None or row is None or found not in _readable(tx, row):
        raise NotFoundError(f"There is no comment {text} that you may see. Check the id.")
    return found


def _is_about(_: Transaction, parent: Deliverable, record: DeliverableComment) -> bool:
    return record.deliverable_id == parent.deliverable_id


COMMENTS = Resource(
    name="comments",
    record=DeliverableComment,
    for_partners=True,
    help="The remarks on one version that you may read, oldest first.",
    parent="deliverables",
    find=_find_comment,
    list=_comments,
    describe=describe.comments,
    schema=_for_some(schemas.of(DeliverableComment), describe.OF_COMMENT),
    belongs=_is_about,
    item_topics=_topics,
    list_topics=_topics,
)

RESOURCES: Mapping[str, Resource] = {one.path: one for one in (DELIVERABLES, APPROVALS, COMMENTS)}
