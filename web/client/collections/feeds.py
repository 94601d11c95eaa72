"""The calls of feeds; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from typing import Literal

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import UNSET, Unset, in_path
from .ids import FeedId


class Feeds(Collection):
    """The calls of feeds."""

    def list(self, *, limit: int | None = None) -> Listing[models.Feed]:
        """List: Your calendar feeds, the newest first; the address of one was shown as it was made.

        Args:
            limit: How many are given at most, else all.
        """
        return self._list(models.Feed, "feeds", "/api/feeds", {}, limit)

    def make(
        self,
        *,
        bundle_id: str | Unset | None = UNSET,
        kind: Literal["person", "bundle", "workspace"] | Unset = UNSET,
        with_events: bool | Unset = UNSET,
    ) -> Answer[models.MadeFeed]:
        """Let your calendar program show your tasks, those of a bundle, or all that you see.

        Args:
            bundle_id: The id of the bundle, where it is of one.
            kind: Those of one bundle, those assigned to you, or all that you see.
            with_events: Each task as an all-day event, too: many calendars show no to-dos.
        """
        return self._change(
            models.MadeFeed,
            "POST",
            "/api/feeds",
            {"bundle_id": bundle_id, "kind": kind, "with_events": with_events},
            takes_key=False,
        )

    def get(self, feed_id: FeedId) -> models.Feed:
        """Get one: Your calendar feeds, the newest first; the address of one was shown as it was made.

        Args:
            feed_id: Its id, in any of its forms.
        """
        return self._get(models.Feed, f"/api/feeds/{in_path(feed_id, 'feed_id')}", {})

    def revoke(self, feed_id: FeedId, *, idempotency_key: str | None = None) -> Answer[models.Feed]:
        """Have nobody read a feed any more.

        Args:
            feed_id: Its id.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Feed, "POST", f"/api/feeds/{in_path(feed_id, 'feed_id')}/revoke", {}, key=idempotency_key
        )
