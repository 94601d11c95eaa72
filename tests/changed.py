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


def reordered(document: dict[str, Any]) -> dict[str, Any]:
    """Turn the keys of nested objects round; the document's own stay as they are."""
    return {name: _turned(value) for name, value in document.items()}


def _turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _turned(value[name]) for name in reversed(value)}
    return [_turned(inner) for inner in value] if isinstance(value, list) else value
