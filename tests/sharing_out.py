"""Shares the tests of a run out among its workers, file by file and in the order of the folders.

A test needs what its neighbours in the file need: modules, fixtures of the module, what is parsed once.
The groups of xdist (``--dist loadgroup``) stand in the names of tests, which pytest 9.2 lets nobody change.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

#: Folders whose tests stay with one worker: they share a browser, or servers that would slow each other down.
TOGETHER = ("tests/benchmarks", "tests/browser", "tests/install", "tests/web/demo", "tests/web/serving")


def unit_of(nodeid: str) -> str:
    """Return the folder or else the file with which a test is sent to a worker."""
    file = PurePosixPath(nodeid.partition("::")[0])
    return next((folder for folder in TOGETHER if file.is_relative_to(folder)), str(file))


class ByFile(LoadScopeScheduling):
    """Gives a worker the next file when it is nearly done with the last."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Go by the folders: the browser, the longest unit, comes early, and short ones are left for the end."""
    config.option.loadscopereorder = False
    return ByFile(config, log)
