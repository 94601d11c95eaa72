"""An automated task is followed in a browser: live whatever stands between, and whole without JavaScript."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from engine.app import Workbench
from engine.tasks.models import Task
from tests.browser import hostile_proxy
from tests.browser.chromium import DESK, PHONE
from tests.browser.conftest import OpenWindow
from tests.browser.hands import Way, in_ways
from tests.browser.hostile_proxy import Proxy
from tests.browser.serving import Site, serving
from tests.factories import do, make_people, make_task
from tests.halting import PATIENCE_SECONDS, Halting, installed
from web.serving import background

#: Notes every line and every cursor that the page ever shows, in the order in which it does.
_WATCH = """() => {
  window.isSamePage = true;
  window.seen = { cursors: [], lines: [] };
  const note = () => {
    window.seen.cursors.push(document.querySelector("#live").dataset.cursor);
    window.seen.lines.push([...document.querySelectorAll("#track-log li")].map((one) => one.id));
  };
  note();
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true });
}"""
_HIDE = """(isHidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def halting(monkeypatch: pytest.MonkeyPatch) -> Halting:
    return installed(monkeypatch)


@contextmanager
def working(workbench: Workbench) -> Iterator[None]:
    """Let a worker do one job while the block lasts."""
    thread = threading.Thread(target=background.engine_of(workbench).do_one, args=("worker",))  # type: ignore[attr-defined]
    thread.start()
    try:
        yield
    finally:
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


def make(workbench: Workbench, **given: Any) -> Task:
    """Make a task of Ana's that the halting executor does, and that is not tried again by itself."""
    config = {"executor": "halting", "url": "https://api.example.com/cards", "never_retry": ["DRIED_UP"]}
    fields = {"execution_type": "manual_trigger", "execution_config": config, **given}
    return make_task(
        workbench, actor=workbench.actor_by_email("ana@example.com"), title="Write the card", **fields
    )


def step(page: Page, name: str) -> Any:
    return page.locator("#track-steps li", has_text=name)


def numbers(cursor: str) -> tuple[int, ...]:
    return tuple(map(int, cursor.split(".")))


class Board:
    """A board behind the proxy that can be ended and begun again."""

    def __init__(self, workbench: Workbench, proxy: Proxy) -> None:
        self.workbench, self.proxy = workbench, proxy
        self._stack = ExitStack()

    def begin(self) -> Site:
        site = self._stack.enter_context(serving(self.workbench))
        self.proxy.behind = urlsplit(site.address).port
        return replace(site, address=self.proxy.address)

    def end(self) -> None:
        self.proxy.behind = None
        self._stack.close()


@pytest.fixture
def board(workbench: Workbench) -> Iterator[Board]:
    make_people(workbench)
    with hostile_proxy.opened() as proxy:
        one = Board(workbench, proxy)
        try:
            yield one
        finally:
            one.end()


def test_it_is_live_through_a_buffering_proxy_a_hidden_tab_and_a_restart(
    board: Board, open_window: OpenWindow, halting: Halting
):
    """D10, TRK-03, TRK-07, TRK-09: nothing is told twice, nothing goes back, nobody presses F5."""
    task, site = make(board.workbench), board.begin()
    do(board.workbench, site.actor("ana"), "task execute", task_id=task.task_id)
    window = open_window(site, "ana")
    page = window.go(f"/tasks/{task.task_id}/track")
    page.evaluate(_WATCH)
    expect(page.locator("#track-head")).to_contain_text("queued")
    with working(board.workbench):
        halting.wait()
        expect(step(page, "Read")).to_contain_text("being done")
        expect(page.locator("#track-said")).to_have_text("Attempt 1 is running: Read.")
        board.proxy.lets_through.clear()  # answers stick in the proxy while work goes on
        halting.let_go()
        halting.wait()
        expect(page.locator("#live-text")).to_contain_text("not live", timeout=2 * PATIENCE_SECONDS * 1000)
        board.proxy.lets_through.set()
        expect(step(page, "Think")).to_contain_text("being done")
        page.evaluate(_HIDE, True)
        halting.let_go()
        halting.wait()
        expect(step(page, "Write")).to_contain_text("being done")  # in a hidden tab, too: it is waited for
        board.end()
        halting.let_go()
    board.begin()
    page.evaluate(_HIDE, False)
    expect(page).to_have_title(
        "✓ completed: #1 Write the card · Workbench", timeout=2 * PATIENCE_SECONDS * 1000
    )
    expect(page.locator("#track-said")).to_have_text("Attempt 1 ended: completed.")
    expect(page.locator("#track-output")).to_contain_text("3")
    expect(page.locator("#track-log li")).to_have_text(
        [f"09:00:00 {name} comes next." for name in ("Read", "Think", "Write")]
    )
    assert page.evaluate("window.isSamePage"), "nobody loaded it again"
    seen = page.evaluate("window.seen")
    cursors = [numbers(one) for one in seen["cursors"]]
    assert cursors == sorted(cursors), "it never went back"
    assert {len(one) == len({*one}) for one in seen["lines"]} == {True}, "no line was shown twice"
    counts = [len(one) for one in seen["lines"]]
    assert counts == sorted(counts), "no line was taken away"
    window.complaints[:] = [one for one in window.complaints if "502" not in one]


def test_an_answer_from_before_the_last_line_is_never_shown(
    site: Site, open_window: OpenWindow, halting: Halting
):
    """D10: no event stands between the two, so it is the journal's own number that tells."""
    task = make(site.workbench)
    do(site.workbench, site.actor("ana"), "task execute", task_id=task.task_id)
    with working(site.workbench):
        halting.wait()
        page = open_window(site, "ana").go(f"/tasks/{task.task_id}/track")
        expect(step(page, "Read")).to_contain_text("being done")
        older = page.request.get(page.url, headers={"X-Live": "1"}).text()
        halting.let_go()
        halting.wait()
        expect(step(page, "Think")).to_contain_text("being done")
        cursor = page.locator("#live").get_attribute("data-cursor")
        with page.expect_request(page.url) as asked:
            page.route(page.url, lambda route: route.fulfill(status=200, body=older), times=1)
        asked.value.response()
        page.wait_for_function("document.querySelector('#live-text').textContent === 'live, now'")
        assert page.locator("#live").get_attribute("data-cursor") == cursor
        expect(step(page, "Think")).to_contain_text("being done")
        halting.let_go(2)


@in_ways("mouse", "keyboard", "no script")
def test_it_fails_where_i_can_see_it(site: Site, open_window: OpenWindow, halting: Halting, way: Way):
    """The story of that name: error, steps and retry on one page, another tab the same, the history stays."""
    task = make(site.workbench)
    window, other = (open_window(site, "ana", **way.options) for _ in range(2))
    page, hands = window.page, way.hands(window)
    window.go(f"/tasks/{task.task_id}")
    hands.use(page.get_by_role("button", name="Run it"))
    expect(page).to_have_url(f"{site.address}/tasks/{task.task_id}/track")
    second = other.go(f"/tasks/{task.task_id}/track")
    halting.fails_at = "Think"
    with working(site.workbench):
        halting.let_go(2)
    for tab in (page, second):
        if not way.has_script:
            tab.reload()
        expect(tab.locator("#track-error")).to_contain_text("Nothing came to its mind.")
        expect(tab.locator("#track-error")).to_contain_text("Try it again, or take it over")
        expect(step(tab, "Read")).to_contain_text("done")
        expect(tab.locator("#track-steps")).to_contain_text("1 further step was not begun")
    halting.fails_at = None
    hands.use(page.get_by_role("button", name="Try it again"))
    expect(page.locator("#track-head")).to_contain_text("Attempt 2")
    with working(site.workbench):
        halting.let_go(3)
    for tab in (page, second):
        if not way.has_script:
            tab.reload()
        expect(tab.locator("#track-head")).to_contain_text("completed")
        expect(tab.locator("#track-error")).to_have_text("")
        expect(tab.locator("#track-earlier")).to_contain_text("Nothing came to its mind.")


@pytest.mark.wide  # axe takes seconds
@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk", "phone"])
def test_the_page_passes_axe_while_it_runs_and_when_it_failed(
    site: Site, open_window: OpenWindow, halting: Halting, size: Any, scheme: str
):
    task = make(site.workbench)
    do(site.workbench, site.actor("ana"), "task execute", task_id=task.task_id)
    page = open_window(site, "ana", viewport=size, color_scheme=scheme).go(f"/tasks/{task.task_id}/track")
    halting.fails_at = "Read"
    with working(site.workbench):
        halting.wait()
        expect(step(page, "Read")).to_contain_text("being done")
        _check(page, size)
        halting.let_go()
    expect(page.locator("#track-error")).to_contain_text("Nothing came to its mind.")
    _check(page, size)


def _check(page: Page, size: Any) -> None:
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("() => axe.run().then((result) => result.violations)")
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
