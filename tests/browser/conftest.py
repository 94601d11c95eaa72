"""One browser for all tests here, a site for each, and windows on it that must stay without complaints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from engine.app import Workbench
from engine.clock import FixedClock
from engine.config import Settings
from tests.browser.chromium import PATIENCE_MS, Window, chromium, window
from tests.browser.serving import Site, serving
from tests.compiled import compiled_once  # noqa: F401 - a fixture
from tests.conftest import NOW
from tests.factories import make_people
from web.demo import story

OpenWindow = Callable[..., Window]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with chromium() as running:
        yield running


@pytest.fixture
def site(workbench: Workbench) -> Iterator[Site]:
    """A workspace with people and without work."""
    make_people(workbench)
    with serving(workbench) as running:
        yield running


@pytest.fixture(scope="package")
def demo(shipped_repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo workspace; tests only look at it."""
    folder = tmp_path_factory.mktemp("demo")
    settings = Settings(content=str(shipped_repository), database=f"sqlite:///{folder}/workbench.db")
    workbench = Workbench(settings, clock=FixedClock(NOW))
    try:
        story.tell(workbench)
        with serving(workbench) as running:
            yield running
    finally:
        workbench.close()


@pytest.fixture
def open_window(browser: Browser) -> Iterator[OpenWindow]:
    """Open windows that are closed after the test: ``open_window(site, "mara")`` is signed in."""
    with ExitStack() as stack:

        def open_one(at: Site, name: str | None = None, **options: Any) -> Window:
            opened = stack.enter_context(window(browser, at, **options))
            if name is not None:
                opened.sign_in(name)
            return opened

        yield open_one
