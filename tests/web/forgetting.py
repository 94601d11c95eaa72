"""What a process keeps between requests, forgotten: the next request finds what a fresh one would."""

from __future__ import annotations

from flask import Flask

from web import frame as frames
from web import live, readers
from web.pages import choices


def forget(app: Flask) -> None:
    """Let the process of ``app`` know nobody, no count, no page and nothing that pages follow from."""
    frames._counts.clear()
    readers._known.clear()
    choices._first.clear()
    live.forget(app)
