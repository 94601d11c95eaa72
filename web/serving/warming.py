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
_MEBIBYTE = 1024 * 1024
#: ``M_ARENA_MAX``, ``M_TRIM_THRESHOLD`` and ``M_MMAP_THRESHOLD`` of glibc's malloc.h, each with its value.
#: A long read of SQLite takes and gives back six MiB for its tables in between: by default these go back to
#: the system each time, and are filled with zeros anew, which takes four times as long as the read itself.
_MEMORY = {-8: 1, -1: 16 * _MEBIBYTE, -3: 4 * _MEBIBYTE}


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
        for name, value in _MEMORY.items():
            limit(name, value)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
