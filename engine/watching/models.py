"""The Watch record: what somebody watches or has muted."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from engine.record import Moment, RecordSpec, Revised


class WatchMode(StrEnum):
    """How much somebody hears of a thing."""

    WATCHING = "watching"  #: every change that others make
    MUTED = "muted"  #: only what others address to them
    NORMAL = "normal"  #: what their part in it brings, as without the record


class Watch(Revised):
    """How much one user hears of one task or bundle; a row per user and thing, kept when it ends."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="watches",
        key=("watch_id",),
        prefix="wch",
        promoted=("workspace_id", "user_id", "mode", "since", "watched_task_id", "watched_bundle_id"),
        indexes=(
            ("workspace_id", "user_id", "mode", "watched_task_id", "watched_bundle_id", "since"),
            ("watched_task_id",),
            ("watched_bundle_id",),
        ),
        unique=(("user_id", "watched_task_id"), ("user_id", "watched_bundle_id")),
        references={
            "workspace_id": "workspaces",
            "user_id": "users",
            "watched_task_id": "tasks",
            "watched_bundle_id": "bundles",
        },
    )

    #: The id of the row: `wch_`, then 26 digits and capitals that sort by the time of making.
    watch_id: str
    workspace_id: str
    #: The user who hears of it.
    user_id: str
    #: The task that it is about. Null where it is about a bundle.
    watched_task_id: str | None = None
    #: The bundle that it is about, with all its tasks. Null where it is about a task.
    watched_bundle_id: str | None = None
    #: How much they hear.
    mode: WatchMode
    #: Since when it is so: nothing before is told.
    since: Moment
    created_at: Moment
    updated_at: Moment
    revision: int = 1
