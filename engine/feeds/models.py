"""The Feed record: an address at which a calendar program reads somebody's work."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from engine.record import Moment, RecordSpec, Revised


class FeedKind(StrEnum):
    """Which tasks a feed has, of those that its person may see."""

    PERSON = "person"  #: what is assigned to them
    BUNDLE = "bundle"  #: the tasks of one bundle
    WORKSPACE = "workspace"  #: all that they see


class Feed(Revised):
    """An address at which a calendar program reads what one user sees; its token is kept as a hash alone."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="feeds",
        key=("feed_id",),
        prefix="fed",
        promoted=("workspace_id", "user_id", "token_hash", "revoked_at"),
        indexes=(("user_id",),),
        unique=(("token_hash",),),
        references={"workspace_id": "workspaces", "user_id": "users", "bundle_id": "bundles"},
        exported=False,
        secret=frozenset({"token_hash"}),
        forgotten=True,  # a restored store has none of them
    )

    #: The feed's id: `fed_`, then 26 digits and capitals that sort by the time of making.
    feed_id: str
    workspace_id: str
    #: Whose view of the work it is.
    user_id: str
    #: Which tasks it has.
    kind: FeedKind
    #: The bundle, where it is of one. Null where it is not.
    bundle_id: str | None = None
    #: Whether each task is an all-day event, too, for programs that show no to-dos.
    with_events: bool = False
    #: The SHA-256 of the token in its address, as hexadecimal digits. Never in events.
    token_hash: str
    #: When it was revoked. Null while it is read.
    revoked_at: Moment | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1
