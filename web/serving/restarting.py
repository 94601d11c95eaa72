"""How a running server becomes a new one, with new settings or of a new release, without a dropped request.

The process stays, and so do its socket and its workers; the program in it begins anew (``exec``). Before that
the same program begins beside it once, up to the point where it would answer: one that cannot start, because
the release or its settings are broken, changes nothing.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Collection

from web.serving.listening import hand_over

_log = logging.getLogger("workbench.serve")
_REHEARSAL = "_WORKBENCH_REHEARSAL"
_PREDECESSORS = "_WORKBENCH_PREDECESSORS"


def is_rehearsal() -> bool:
    """Whether this process only tries whether it could serve."""
    return _REHEARSAL in os.environ


def take_predecessors() -> list[int] | None:
    """Return the workers that this process had before it began anew; None where it has just been started."""
    given = os.environ.pop(_PREDECESSORS, None)
    return None if given is None else [int(pid) for pid in given.split(",") if pid]


def rehearse() -> subprocess.Popen[bytes]:
    """Begin the program beside this one; it ends with 0 if it could serve."""
    _log.info("beginning anew: trying whether the program starts")
    environment = {**os.environ, _REHEARSAL: "1"}
    return subprocess.Popen(_words(), env=environment, stdin=subprocess.DEVNULL)  # noqa: S603 - ourselves


def is_good(rehearsal: subprocess.Popen[bytes]) -> bool:
    """Wait for the end of a rehearsal; say whether the program may begin anew."""
    code = rehearsal.wait()
    if code:
        _log.error("the program does not start (exit code %d); this server goes on as it is", code)
    return code == 0


def begin_anew(listener: socket.socket, workers: Collection[int]) -> None:
    """Replace this program by itself as it is on the disk now; does not return.

    ``workers`` go on answering until the new program has its own.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as long as nobody is there to take it
    hand_over(listener, os.environ)
    os.environ[_PREDECESSORS] = ",".join(map(str, workers))
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os.execv(sys.executable, _words())  # noqa: S606 - ourselves


def _words() -> list[str]:
    """Give the words with which this process was started."""
    return [sys.executable, *sys.orig_argv[1:]]
