"""The browser of the tests, and the eyes on every page that it opens."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.browser.serving import Site

#: Generous, because the machine of the tests may be busy; nothing waits for it in vain.
PATIENCE_MS = 10_000
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
#: The same engine, first without the frame around its windows, which nobody sees here and which costs most.
_PROGRAMS = ("chromium-headless-shell", "chromium")
_ARGUMENTS = (
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--in-process-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Debian's Chromium; fail with the one command to run where there is none."""
    path = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if path is None:
        raise RuntimeError(f"The browser tests need Chromium. Install it: apt-get install -y {_PROGRAMS[0]}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Window:
    """One person's browser window on a site; everything that its pages complain about is kept."""

    site: Site
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Open a page of the site."""
        self.page.goto(self.site.address + path)
        return self.page

    def sign_in(self, name: str) -> Page:
        """Be signed in, without the pages that lead there, and open the first page."""
        self.context.add_cookies([self.site.session_cookie(name)])
        return self.go("/")

    def listen(self) -> None:
        """Note every error that reaches the console, content policy violations included."""
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        # Chromium itself reports every 4xx answer of a page; the tests of refusals ask for them.
        is_refusal = "status of 4" in message.text and "/static/" not in message.location["url"]
        # Who types slowly has one preview replace another; one that fails is told as sendError.
        is_replaced = message.text.startswith(("htmx:sendAbort", "htmx:afterRequest"))
        if message.type in ("error", "warning") and not (is_refusal or is_replaced):
            self.complaints.append(f"{message.type}: {message.text} ({message.location['url']})")


@contextmanager
def window(browser: Browser, site: Site, **options: Any) -> Iterator[Window]:
    """Open a window with cookies of its own; on leaving, its pages must have had no complaints."""
    settings: dict[str, Any] = {"viewport": DESK, "color_scheme": "light", "locale": "en-GB", **options}
    context = browser.new_context(**settings)
    context.set_default_timeout(PATIENCE_MS)
    opened = Window(site, context, context.new_page())
    opened.listen()
    try:
        yield opened
    finally:
        context.close()
    assert opened.complaints == [], opened.complaints
