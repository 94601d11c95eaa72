"""What a version that was handed over is called where a partner reads of it."""

from __future__ import annotations


def piece_name(ref: str, bundle_title: str | None) -> str:
    """Name what was handed over so that a partner tells it from others: ``Draft of “Spring guide”`` (D7)."""
    name = ref.replace("_", " ").capitalize()
    return f"{name} of “{bundle_title}”" if bundle_title else name
