"""How many of something, in words."""

from __future__ import annotations


def plural(count: int, noun: str, several: str | None = None) -> str:
    """Return ``1 task`` or ``3 tasks``; ``several`` is the plural where it is not the noun and an s."""
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"
