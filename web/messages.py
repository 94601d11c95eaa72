"""What is said after a deed, on the page that it leads to: a message, with Undo where there is one (D5)."""

from __future__ import annotations

from typing import Any

from flask import flash

from engine.command import Done


def say(done: Done[Any], words: str | None = None) -> None:
    """Show a command's message, or ``words`` in its place, on the next page."""
    flash({"text": words or done.message, "act_id": done.act_id})  # type: ignore[arg-type]  # kept as it is


def tell(text: str) -> None:
    """Show words on the next page that are about no command."""
    flash({"text": text, "act_id": None})  # type: ignore[arg-type]  # as above


def warn(text: str) -> None:
    """Show words on the next page about what did not happen as somebody may expect."""
    flash({"text": text, "act_id": None, "warns": True})  # type: ignore[arg-type]  # as above


def as_json(done: Done[Any]) -> dict[str, str]:
    """Give the message and, where there is one, what Undo takes, for whoever reads JSON."""
    return {"said": done.message} | ({"act_id": done.act_id} if done.act_id is not None else {})
