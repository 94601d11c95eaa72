"""The socket that the board listens on: opened, or handed over by whoever listened before."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import MutableMapping

from engine.errors import UnavailableError

#: Where a process finds sockets that it was given: systemd's protocol, sd_listen_fds(3).
_FIRST = 3
_COUNT, _FOR = "LISTEN_FDS", "LISTEN_PID"
#: Connections that wait to be accepted while workers are busy or start again.
_BACKLOG = 1024


def listen(host: str, port: int, environ: MutableMapping[str, str]) -> socket.socket:
    """Take the address, before anything is said about it; a socket that was handed over wins.

    Raises:
        UnavailableError: it is taken, or is none of this machine's.
    """
    given = _given(environ)
    if given is not None:
        return given
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise UnavailableError(f"The board cannot listen on {host}:{port}: {_why(error)}") from error


def _why(error: OSError) -> str:
    """Say what is in the way, and what to do; the system's own words where it is nothing usual."""
    if error.errno == errno.EADDRINUSE:
        return (
            "another program, perhaps another `workbench serve`, has this port. End that, or choose a --port."
        )
    if error.errno == errno.EACCES:
        return "ports below 1024 are for root. Choose a --port above, and let a proxy listen there."
    reason = (error.strerror or str(error)).partition(" (while")[0]  # Python says the address once more
    return f"{reason}. Choose another --host or --port."


def _given(environ: MutableMapping[str, str]) -> socket.socket | None:
    """Return the socket that systemd, or this process before it began anew, left open."""
    count, pid = environ.pop(_COUNT, ""), environ.pop(_FOR, "")
    if count != "1" or pid != str(os.getpid()):
        return None
    listener = socket.socket(fileno=_FIRST)
    listener.set_inheritable(False)
    return listener


def hand_over(listener: socket.socket, environ: MutableMapping[str, str]) -> None:
    """Leave the socket to the program that this process becomes next."""
    os.dup2(listener.fileno(), _FIRST)
    os.set_inheritable(_FIRST, True)  # ``dup2`` leaves it as it is where it has that number already
    environ.update({_COUNT: "1", _FOR: str(os.getpid())})


def address_of(listener: socket.socket, host: str) -> str:
    """Return where the board answers; ``host`` as it was asked for."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}"
