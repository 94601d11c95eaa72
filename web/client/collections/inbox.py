"""The calls of inbox; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import UNSET, Unset


class Inbox(Collection):
    """The calls of inbox."""

    def list(
        self, *, seen: Literal["yes", "no"] | None = None, limit: int | None = None
    ) -> Listing[models.InboxItem]:
        """List: What waits for you and what is new to you, in the order of the page; counted up to 99 a
           section.

        Args:
            seen: `yes`: the latest, seen or not, without what waits.
            limit: How many are given at most, else all.
        """
        return self._list(models.InboxItem, "inbox", "/api/inbox", {"seen": seen}, limit)

    def seen(
        self,
        *,
        item: Sequence[str] | Unset = UNSET,
        until: datetime | str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.Message]:
        """Fold away what is new to you.

        Args:
            item: Only these items, as pages name them: key, @, and the moment since which it is there.
            until: Up to when: what came later stays new. Now, if it is left out.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Message, "POST", "/api/inbox/seen", {"item": item, "until": until}, key=idempotency_key
        )
