"""What the commands of feeds are told."""

from __future__ import annotations

from pydantic import Field

from engine.feeds.models import FeedKind
from engine.inputs import Input


class MakeFeed(Input):
    """Which tasks a calendar program is to show."""

    #: Those of one bundle, those assigned to you, or all that you see.
    kind: FeedKind = Field(default=FeedKind.PERSON, title="Which tasks")
    #: The id of the bundle, where it is of one.
    bundle_id: str | None = Field(default=None, title="Bundle")
    #: Each task as an all-day event, too: many calendars show no to-dos.
    with_events: bool = Field(default=True, title="As events, too")


class OnFeed(Input):
    """Which feed is meant."""

    #: Its id.
    feed_id: str = Field(title="Feed", min_length=1)
