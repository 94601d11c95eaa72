"""What is done with in the inbox leaves its place free: nothing moves up under the hand (D2)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

import pytest
from playwright.sync_api import Page, expect

from engine.access import Actor
from engine.tasks.models import Task
from tests.browser.chromium import DESK, PHONE
from tests.browser.conftest import OpenWindow
from tests.browser.places import expect_same, places
from tests.browser.serving import Site
from tests.desk import Desk
from tests.factories import USERS, do, make_bundle, make_task

#: All items are in view, so that none is scrolled to.
_HIGH = {**DESK, "height": 1800}
_BUT = ".just-said, #inbox-item"


@pytest.fixture
def desk(site: Site) -> Desk:
    people: dict[str, Actor] = {name: site.actor(name) for name in [*USERS, "pat"]}
    return Desk.set_up(site.workbench, people)


def _press(name: str) -> Callable[[Page], None]:
    return lambda page: page.locator("#inbox-item").get_by_role("button", name=name).first.click()


def _answer(page: Page) -> None:
    page.get_by_label("Your answer").fill("The shop's.")
    page.get_by_role("button", name="Answer").click()


def _refuse(page: Page) -> None:
    page.locator("#do-refuse > summary").click()
    page.locator("#do-refuse [name=reason]").fill("It costs too much.")
    page.get_by_role("button", name="Refuse for good").click()


def _reject(page: Page) -> None:
    page.locator("#do-rejected > summary").click()
    page.get_by_label("Why, and what to do").fill("Name the source.")
    page.locator("#do-rejected").get_by_role("button", name="Reject").click()


@pytest.mark.wide
def test_what_a_manager_decides_in_the_inbox_leaves_its_place_free(
    desk: Desk, site: Site, open_window: OpenWindow
):
    for title in ("One", "Two", "Three"):
        desk.hand_over(title)
        desk.ask_for_help(f"Fix {title}", "Which feed?")
        make_task(site.workbench, title=f"Run {title}", requires_human_review=True)
    for title in ("Call", "Ring"):
        make_task(site.workbench, actor=site.actor("ana"), title=title, assignee="mara")
    page = open_window(site, "mara", viewport=_HIGH).go("/inbox")
    deeds = {
        "Fix Two": _answer,
        "Run One": _press("Permit it to run"),
        "Run Three": _refuse,
        "Two": _reject,
        "Call": _press("Seen"),
    }
    for title, deed in deeds.items():
        page.locator(".inbox-items").get_by_role("link", name=title, exact=True).click()
        expect(page.locator("#inbox-item h2")).to_have_text(title)
        before = places(page, _BUT)
        with page.expect_navigation():
            deed(page)
        expect(page.locator(".just-said .message")).to_be_visible()
        expect_same(page, before, title, at_least=6, but=_BUT)
        expect(page.locator(".gap").get_by_text(f"✓ {title}", exact=True)).to_be_visible()
    before = places(page, _BUT)
    with page.expect_response(lambda answer: "x-live" in answer.request.headers and answer.ok):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(50)
    expect_same(page, before, "live", at_least=6, but=_BUT)
    page.reload()  # opened anew, the list closes up
    expect(page.locator(".gap")).to_have_count(0)
    expect(page.locator(".inbox-items > li")).to_have_count(6)


@pytest.mark.wide
@pytest.mark.few(1)
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_news_that_was_seen_leaves_its_place_free(site: Site, open_window: OpenWindow, size):
    mara = site.actor("mara")
    bundles = [make_bundle(site.workbench, title=title) for title in ("Fair", "Show")]
    with site.workbench.transaction(mara) as tx:
        tasks = [
            tx.find(Task, bundle_id=bundle.bundle_id, order_by=("task_number",))[:4] for bundle in bundles
        ]
    for task in chain.from_iterable(tasks):
        do(site.workbench, mara, "task assign", task_id=task.task_id, assignee="ana")
    for number in range(3):
        make_task(site.workbench, actor=mara, title=f"Call {number}", assignee="ana")
    page = open_window(site, "ana", viewport=size).go("/inbox")
    for bundle in bundles:
        before = places(page, _BUT)
        with page.expect_navigation():
            page.get_by_role("button", name=f"of {bundle.title}").evaluate("one => one.click()")  # unscrolled
        expect(page.locator(".just-said .message")).to_be_visible()
        expect_same(page, before, bundle.title, at_least=4, but=_BUT)


@pytest.mark.wide  # measures after every press
def test_what_is_claimed_in_the_inbox_leaves_its_place_free_and_leads_to_the_next(
    desk: Desk, site: Site, open_window: OpenWindow
):
    for title in ("Write", "Cut", "Send", "Print"):
        desk.make(title, None, role="writer")
        site.workbench.clock.advance(seconds=1)
    page = open_window(site, "ana", viewport=_HIGH).go("/inbox")
    for title, following in (("Cut", "Send"), ("Send", "Print"), ("Write", "Print")):
        page.locator(".inbox-items").get_by_role("link", name=title, exact=True).click()
        expect(page.locator("#inbox-item h2")).to_have_text(title)
        before = places(page, _BUT)
        with page.expect_navigation():
            _press("Claim")(page)
        expect(page.locator(".just-said .message")).to_be_visible()
        expect_same(page, before, title, at_least=3, but=_BUT)
        expect(page.locator(".gap").get_by_text(f"✓ {title}", exact=True)).to_be_visible()
        expect(page.locator("#inbox-item h2")).to_have_text(following)
