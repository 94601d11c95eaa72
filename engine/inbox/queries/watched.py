"""What others changed about the things that a reader watches: one item per thing, the newest change told."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, func, or_, select

from engine.audit.models import Action, Event
from engine.bundles.models import Bundle
from engine.inbox.queries.reader import SINCE, USER, WORKSPACE, Shape
from engine.inbox.queries.source import Source, record_table
from engine.inbox.read_models import Kind
from engine.tasks.queries.conditions import text_of
from engine.tasks.queries.reading import task_table
from engine.transaction import Transaction
from engine.watching.models import Watch, WatchMode

#: What is worth telling whoever watches; ticks, proof and drafts on the way are not.
TOLD = (
    Action.TASK_CREATED,
    Action.TASK_UPDATED,
    Action.TASK_STATUS_CHANGED,
    Action.TASK_ASSIGNED,
    Action.TASK_CORRECTED,
    Action.CHANGE_UNDONE,
    Action.NOTE_ADDED,
    Action.DELIVERABLE_COMMENTED,
    Action.DELIVERABLE_DELIVERED,
    Action.APPROVAL_DECIDED,
    Action.BUNDLE_UPDATED,
    Action.BUNDLE_STAGE_CHANGED,
    Action.BUNDLE_REANCHORED,
    Action.BUNDLE_MIGRATED,
    Action.BUNDLE_COMPLETED,
    Action.BUNDLE_CANCELLED,
    Action.BUNDLE_HANDED_OVER,
)


def watched_tasks(tx: Transaction, shape: Shape) -> Source:
    """Give the tasks that the reader watches and others have changed."""
    watches, tasks = record_table(tx, Watch), task_table(tx)
    events = record_table(tx, Event)
    newest = _newest(tx, shape, lambda event: event.c.task_id == watches.c.watched_task_id)
    joined = watches.join(tasks, tasks.c.task_id == watches.c.watched_task_id)
    rows = _watching(watches, events, joined.join(events, events.c.doc_id == newest))
    return _source("tasks", watches, events, rows.where(*shape.sees(tx, tasks)))


def watched_bundles(tx: Transaction, shape: Shape) -> Source:
    """Give the bundles that the reader watches and in which others have changed something not muted."""
    watches, events = record_table(tx, Watch), record_table(tx, Event)
    bundles = record_table(tx, Bundle)
    muted = muted_ids(tx, "watched_task_id")
    newest = _newest(
        tx,
        shape,
        lambda event: and_(
            event.c.bundle_id == watches.c.watched_bundle_id,
            func.coalesce(event.c.task_id, "").not_in(muted),
        ),
    )
    joined = watches.join(bundles, bundles.c.bundle_id == watches.c.watched_bundle_id)
    rows = _watching(watches, events, joined.join(events, events.c.doc_id == newest))
    if not shape.sees_everything:
        rows = rows.where(sees_bundle(tx, shape, bundles))
    return _source("bundles", watches, events, rows)


def muted_ids(tx: Transaction, place: str) -> Select[Any]:
    """Return the read of the ids of what the reader has muted: tasks or bundles, as ``place`` says."""
    watches = record_table(tx, Watch).alias()
    return select(watches.c[place]).where(
        watches.c.workspace_id == WORKSPACE,
        watches.c.user_id == USER,
        watches.c.mode == WatchMode.MUTED.value,
        watches.c[place].is_not(None),
    )


def _watching(watches: FromClause, events: FromClause, joined: FromClause) -> Select[Any]:
    return (
        select()
        .select_from(joined)
        .where(
            watches.c.workspace_id == WORKSPACE,
            watches.c.user_id == USER,
            watches.c.mode == WatchMode.WATCHING.value,
            events.c.occurred_at > SINCE,
            events.c.occurred_at > watches.c.since,
        )
    )


def _source(about: str, watches: FromClause, events: FromClause, rows: Select[Any]) -> Source:
    return Source(
        kind=Kind.CHANGED,
        rows=rows,
        record_type=Watch,
        table=watches,
        since=events.c.occurred_at,
        event_id=events.c.doc_id,
        about=about,
    )


def _newest(tx: Transaction, shape: Shape, is_about: Any) -> ColumnElement[Any]:
    """Return the row id of the newest event worth telling about a thing that is none of the reader's own."""
    events = record_table(tx, Event).alias()
    found = select(events.c.doc_id).where(
        events.c.workspace_id == WORKSPACE,
        is_about(events),
        events.c.action.in_([action.value for action in TOLD]),
        func.coalesce(text_of(tx, events, "actor_id"), "").not_in(select(shape.own_users(tx).c.user_id)),
    )
    return found.order_by(events.c.seq.desc()).limit(1).scalar_subquery()


def sees_bundle(tx: Transaction, shape: Shape, bundles: FromClause) -> ColumnElement[bool]:
    """Return that the reader sees a bundle: their own, or one in which they have a task."""
    tasks = task_table(tx).alias()
    inside = (tasks.c.workspace_id == WORKSPACE, tasks.c.bundle_id == bundles.c.bundle_id)
    ways = (exists().where(*inside, way) for way in shape.involvements(tx, tasks))
    return or_(bundles.c.owner_id == USER, *ways)
