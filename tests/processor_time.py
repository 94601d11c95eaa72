"""Adds up the processor time of a test run: its own, that of xdist's workers, of servers and browsers.

`make test` has a limit, which is information and no timed test: machines differ, and a slow one is no fault
of a change.
"""

from __future__ import annotations

import resource
from contextlib import suppress
from typing import Any

import psutil
import pytest

LIMIT_SECONDS = 300
_KEY = "processor_seconds"
#: What the workers of this run said they used.
_workers: list[float] = []
#: What servers used that left this process, so that the system does not ascribe it to anybody here.
_servers: list[float] = []


def add_server(pid: int) -> None:
    """Count what a server used that is no child of this process; called just before it is ended."""
    server = psutil.Process(pid)
    used = server.cpu_times()
    seconds = used.user + used.system + used.children_user + used.children_system
    for child in server.children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it ended just now, and its time is lost
            of_child = child.cpu_times()
            seconds += of_child.user + of_child.system
    _servers.append(seconds)


def seconds() -> float:
    """Give user and system time of this process, of its workers or else of its ended children, of servers."""
    own, children = (
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )
    return own + (sum(_workers) if _workers else children) + sum(_servers)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell xdist's controller what this worker used, once its fixtures are torn down."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_KEY] = seconds()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take a worker's figure, which holds its servers and browsers too."""
    _workers.append(getattr(node, "workeroutput", {}).get(_KEY, 0.0))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the sum as the last word of a run."""
    terminalreporter.write_line(
        f"processor time of the tests: {seconds():.0f} s (`make test` aims at {LIMIT_SECONDS} s at most)"
    )
