"""Ends what a benchmark has started when the benchmark itself is gone, however that happened.

A shell waits at a pipe whose other end this process alone holds, and the system closes that with the process.
A signal of the parent's death (``prctl``) would not do: it comes when the thread ends that started a child,
and what the child starts knows nothing of it.
"""

from __future__ import annotations

import subprocess


class Guard:
    """Watches over one process until it is let go."""

    def __init__(self, pid: int, *, with_group: bool = True, signal: str = "KILL") -> None:
        """Send ``signal`` to a process when this one is gone; ``with_group``, to all of the group it leads.

        A process that is stopped goes on first, so that it hears of it.
        """
        # One that has ended by itself has a number that may be somebody else's by now: end the guard first.
        target = f"-- {'-' if with_group else ''}{pid}"
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", f"read -r _; kill -s {signal} {target}; kill -s CONT {target}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # what ends the group of the benchmark leaves it alone
        )

    def let_go(self) -> None:
        """End it before the process that it watches over is ended."""
        self._shell.kill()
        self._shell.communicate()
