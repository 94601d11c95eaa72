"""The one way to a page: its data is read first, then it is rendered without asking the store (H9)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import render_template

from engine import left_out
from web import frame as frames
from web import snapshot
from web.context import current_workbench
from web.frame import Frame


def render(template: str, /, **facts: Any) -> str:
    """Render a page from facts that were read already; the request's snapshot ends with it.

    Raises:
        RuntimeError: something asks the store while the template renders, or a block is still open; it names
            the template.
    """
    return render_in(frames.load(), template, **facts)


def render_in(frame: Frame, template: str, /, **facts: Any) -> str:
    """Render a page as ``render`` does, in a frame that was read already."""
    snapshot.end()
    frame = replace(frame, left_out=left_out.collected())
    with current_workbench().database.sealed(f"The template {template} renders"):
        return render_template(template, frame=frame, **facts)
