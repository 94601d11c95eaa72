"""What somebody has seen of their inbox: everything up to a moment, and single items.

Both are positions (``engine.ledger``), no records: they say how far somebody has come, not what happened. An
item is seen as it stands: by its key and the moment since which it is there, so what happens to the same
thing later is new again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.access import Actor
from engine.ledger import Ledger

#: How ``notifications.naming.name_of`` names an item.
NAME = r"[a-z]{3}_[0-9A-Z]{26}@\d{4}-\d\d-\d\dT[\d:.]+Z"
_NAME = re.compile(NAME)
#: The mark up to which a user has seen their news.
ALL = "inbox_seen"
#: The mark of when a user last said of single items that they have seen them: what they count follows it.
SOME = "inbox_items_seen"


def is_name(text: str) -> bool:
    """Whether a text is the name of an item."""
    return _NAME.fullmatch(text) is not None


def prefix_of(actor: Actor) -> str:
    """Give what stands before the name of an item among the positions of the workspaces."""
    return f"{actor.workspace_id}/inbox_item/{actor.user_id}/"


def mark_items(ledger: Ledger, names: Sequence[str]) -> None:
    """Mark items as seen, by their names, in one statement."""
    ledger.move_mark(SOME, [f"{prefix_of(ledger.actor)}{name}" for name in names])
