"""How an item of an inbox is named: as it stands, so that what happens to the same thing later is another."""

from __future__ import annotations

from datetime import datetime

from engine.clock import to_text


def name_of(key: str, since: datetime) -> str:
    """Name an item as it stands: its key, and since when it is there."""
    return f"{key}@{to_text(since)}"
