"""What a process keeps between requests, forgotten: the next request finds what a fresh one would."""

from __future__ import annotations

from flask import Flask

from engine.inbox import service as inbox
from engine.reminders import resting, rules
from web import live, readers
from web.pages import choices


def forget(app: Flask) -> None:
    """Let the process of ``app`` know nobody, no count, no page and nothing that pages follow from."""
    inbox._kept.clear()
    rules._known.clear()
    resting._kept.clear()
    readers._known.clear()
    choices._first.clear()
    live.forget(app)
