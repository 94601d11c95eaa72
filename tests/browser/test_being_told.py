"""Being told inside the product: at once, without a jump, and folded away by keys, mouse or forms alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from engine.access import Actor
from engine.tasks import assignment, notes
from engine.tasks.models import Task
from tests.browser.chromium import PHONE
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.browser.test_live import _WATCH_SHIFTS, _shifts
from tests.desk import Desk
from tests.factories import USERS, make_bundle

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def desk(site: Site) -> Desk:
    people: dict[str, Actor] = {name: site.actor(name) for name in [*USERS, "pat"]}
    return Desk.set_up(site.workbench, people)


def titles(page: Page) -> list[str]:
    return page.locator("[data-item] > a").all_text_contents()


@pytest.mark.wide
def test_whoever_gets_a_task_sees_it_in_the_badge_with_the_next_poll_and_nothing_jumps(
    desk: Desk, site: Site, open_window: OpenWindow
):
    task_id = desk.make("Write the brief", None)
    page = open_window(site, "ana").go("/bundles")
    expect(page.locator("#inbox-count")).to_be_hidden()
    page.evaluate(_WATCH_SHIFTS)
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        assignment.assign(tx, task_id, "ana")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # asks at once, as in ten seconds
    expect(page.locator("#inbox-count")).to_contain_text("1")
    assert _shifts(page) == []


@pytest.mark.wide  # a look at a corner, and a slow one
def test_news_are_folded_away_one_by_one_with_a_key(desk: Desk, site: Site, open_window: OpenWindow):
    for title in ("One", "Two", "Three"):
        desk.make(title)
    page = open_window(site, "ana").go("/my-work")
    page.keyboard.press("g")
    page.keyboard.press("i")
    expect(page.locator("#inbox-item h2")).to_have_text("One")
    page.wait_for_load_state()
    page.keyboard.press("j")
    expect(page.locator("#inbox-item h2")).to_have_text("Two")
    page.wait_for_load_state()
    page.keyboard.press("e")
    expect(page.locator("#inbox-item h2")).to_have_text("Three")
    assert titles(page) == ["One", "Three"]
    expect(page.locator("#inbox-count")).to_contain_text("2")
    page.wait_for_load_state()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Three")


@pytest.mark.wide
def test_e_opens_no_form_of_a_decision(desk: Desk, site: Site, open_window: OpenWindow):
    desk.hand_over("One")
    page = open_window(site, "mara").go("/inbox")
    expect(page.locator("#inbox-item h2")).to_have_text("One")
    page.keyboard.press("e")
    expect(page.locator("#do-rejected")).not_to_have_attribute("open", "")
    assert titles(page) == ["One"]


@pytest.mark.wide
@pytest.mark.few(1)
@pytest.mark.parametrize("java_script", [True, False], ids=["with", "without"])
def test_on_a_phone_the_news_of_a_bundle_are_folded_away_with_one_press(
    desk: Desk, site: Site, open_window: OpenWindow, *, java_script: bool
):
    bundle = make_bundle(site.workbench, actor=desk.people["max"])
    with desk.workbench.transaction(desk.people["max"]) as tx:
        for task in tx.find(Task, bundle_id=bundle.bundle_id)[:2]:
            assignment.assign(tx, task.task_id, "mara")
    desk.hand_over("Stays")
    window = open_window(site, "mara", viewport=PHONE, java_script_enabled=java_script)
    page = window.go("/inbox")
    assert len(titles(page)) == 3
    page.get_by_role("button", name=f"all 2 of {bundle.title}").click()
    expect(page.locator("[data-item] > a")).to_have_text(["Stays"])
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.few(1)
@pytest.mark.parametrize("java_script", [True, False], ids=["with", "without"])
def test_what_is_watched_tells_its_change_and_can_be_left_again(
    desk: Desk, site: Site, open_window: OpenWindow, *, java_script: bool
):
    task_id = desk.make("Write the brief")
    page = open_window(site, "mara", java_script_enabled=java_script).go(f"/tasks/{task_id}")
    page.get_by_role("button", name="Watch this task", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("You watch it")
    site.workbench.clock.advance(minutes=1)  # it stands still by itself
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        notes.add(tx, task_id, "The photo came.")
    page.goto(f"{site.address}/inbox")
    expect(page.locator("[data-item]")).to_contain_text("Ana changed what you watch")
    expect(page.locator("#inbox-item")).to_contain_text("The photo came.")
    page.get_by_role("link", name="Open the task").click()
    page.get_by_role("button", name="Stop watching this task").click()
    expect(page.get_by_role("button", name="Watch this task", exact=True)).to_be_visible()
    page.goto(f"{site.address}/inbox")
    expect(page.get_by_text("Your inbox is empty")).to_be_visible()
