"""Finds and kills what an automation leaves where its keeper does not end it: it was stopped, or killed."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_log = logging.getLogger(__name__)
_SECONDS, _LOOKS_EVERY = 5.0, 0.01


def kill_all(find: Callable[[], Iterator[int]]) -> None:
    """Kill what ``find`` yields, until it yields nothing, or five seconds have gone by.

    It yields handles of processes (``pidfd_open``), each of which is closed here: an id could be another
    process's by now.
    """
    until = time.monotonic() + _SECONDS
    while True:
        _send(find, signal.SIGSTOP)  # what cannot run makes no further ones
        if not _send(find, signal.SIGKILL):
            return
        if time.monotonic() >= until:
            _log.error("processes of an automation go on, and could not be killed")
            return
        time.sleep(_LOOKS_EVERY)


def marked(mark: bytes) -> Iterator[int]:
    """Yield the processes that were begun with ``mark`` among their environment, and run."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            yield from _opened(int(entry.name), mark)


def below(pid: int) -> Iterator[int]:
    """Yield the processes that there are below one, which is not among them, and that run."""
    waiting = [pid]
    while waiting:
        children = _children(waiting.pop())
        for child in children:
            yield from _opened(child)
        waiting += children


def _send(find: Callable[[], Iterator[int]], number: signal.Signals) -> int:
    """Send a signal to all that are found; return how many there are."""
    count = 0
    for handle in find():
        try:
            signal.pidfd_send_signal(handle, number)
            count += 1
        except (ProcessLookupError, PermissionError):  # it has ended, or is another user's by now
            continue
        finally:
            os.close(handle)
    return count


def _opened(pid: int, mark: bytes | None = None) -> Iterator[int]:
    """Yield the handle of a process, if it runs, and was begun with that mark."""
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return
    try:
        folder = Path(f"/proc/{pid}")
        is_over = folder.joinpath("stat").read_text(errors="replace").rpartition(")")[2].split()[0] in "ZX"
        is_meant = mark is None or mark in folder.joinpath("environ").read_bytes().split(b"\0")
    except (OSError, IndexError):  # it has ended meanwhile, or is another user's
        is_over = True
    if is_over or not is_meant:
        os.close(handle)
        return
    yield handle


def _children(pid: int) -> list[int]:
    found = list[int]()
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, thread.read_text().split())
        except OSError:  # it has ended meanwhile
            continue
    return found
