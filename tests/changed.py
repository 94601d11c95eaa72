"""Another value in place of one, for tests that change what was written."""

from __future__ import annotations

from typing import Any


def edited(value: Any) -> Any:
    """Return another value that the field might hold."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, list):
        return [*value, "x"]
    if isinstance(value, dict):
        return {**value, "x": 1}
    return f"{value}x" if isinstance(value, str) else "x"
