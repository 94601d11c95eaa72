"""Makes the board ready before anybody asks: workers begin warm and share what does not change (P1)."""

from __future__ import annotations

import ctypes
import gc
import logging

from flask import Flask

from engine.app import Workbench
from web import application, auth

_log = logging.getLogger("workbench.serve")
#: Objects made before the youngest are looked at, and how many such rounds before the older ones are: a
#: page makes tens of thousands that end with it by themselves, and no circles that would have to be found.
_THRESHOLDS = (50_000, 20, 50)
#: ``M_ARENA_MAX`` of glibc's malloc.h.
_MOST_ARENAS = -8


def warm(app: Flask, workbench: Workbench) -> None:
    """Do what the first request would wait for, and answer once as a person would be answered."""
    application.warm(app, workbench)
    as_operator = {auth.AS_ACTOR: workbench.operator()}
    answer = app.test_client().get("/board", environ_overrides=as_operator)
    if answer.status_code != 200:
        _log.warning("the first page that was made to begin warm was answered %s", answer.status)


def settle_memory() -> None:
    """Take what lives as long as the process out of the garbage collector's rounds, and make those rarer.

    Whoever forks after this shares that memory: no round writes to it any more. Threads begin after it: they
    share one heap, where glibc would give each its own, and none takes what another has given back. One runs
    at a time, so they do not wait for each other (P5).
    """
    if limit := getattr(ctypes.CDLL(None), "mallopt", None):  # other systems have one heap anyway
        limit(_MOST_ARENAS, 1)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
