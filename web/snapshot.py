"""One snapshot for all that an answer reads: who asks, how far everything has come, the page itself (G16).

A page that somebody opens is read in one block: it begins before the view and ends before anything is
rendered. Whatever writes does so in a transaction of its own, so a request that may write has no such block.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack

from flask import Flask, g

from engine import left_out
from engine.errors import UnavailableError
from web.context import current_workbench

_log = logging.getLogger(__name__)


def begin() -> None:
    """Read everything that follows in this request from one snapshot, up to ``end``."""
    block = ExitStack()
    block.enter_context(current_workbench().database.read())
    g.snapshot, g.positions = block, None


def positions() -> dict[str, int] | None:
    """Give the positions that were read with this snapshot; None without one, when they are to be read."""
    found: dict[str, int] | None = g.get("positions")
    return found


def end() -> None:
    """Give the snapshot back, if this request has one; what is read later is read afresh."""
    block: ExitStack | None = g.pop("snapshot", None)
    g.pop("positions", None)
    if block is not None:
        block.close()


def register(app: Flask) -> None:
    """End each request's snapshot with it, whatever became of the request."""
    app.before_request(left_out.collect)
    app.teardown_request(_abandon)


def abandon() -> None:
    """Give the snapshot back where the store may not answer any more: what was read is not used."""
    try:
        end()
    except UnavailableError as error:
        _log.warning("the snapshot of a failed request was lost: %s", error.message)


def _abandon(_error: BaseException | None) -> None:
    abandon()
