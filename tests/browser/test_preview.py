"""A preview of Markdown in the place of its field: nothing moves, and what is typed stays (issue 11)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import PHONE
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.factories import make_task

pytestmark = pytest.mark.xdist_group("browser")

_CONTROLS = """() => [...document.querySelectorAll("main :is(a, button, summary, input, select)")]
  .filter((one) => one.checkVisibility() && !one.matches("[data-preview]"))
  .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
  .map(([name, { left, top }]) => [name, left, top])"""


@pytest.fixture
def path(site: Site) -> str:
    return f"/tasks/{make_task(site.workbench, assignee='ana').task_id}"


def _write(page: Page) -> None:
    page.get_by_label("Write a note").fill("**Bold**\n\n- one\n- two\n- three\n- four")


@pytest.mark.few(1)
@pytest.mark.parametrize("is_phone", [False, True])
def test_it_shows_the_text_in_its_place_and_nothing_else_moves(
    site: Site, open_window: OpenWindow, path: str, is_phone: bool
):
    page = open_window(site, "ana", **({"viewport": PHONE} if is_phone else {})).go(path)
    _write(page)
    note, button = (
        page.get_by_label("Write a note"),
        page.locator("#notes form").get_by_role("button", name="Preview"),
    )
    button.scroll_into_view_if_needed()
    before, place = page.evaluate(_CONTROLS), note.bounding_box()
    button.click()
    pane = page.get_by_role("region", name="Preview")
    expect(pane.locator("strong")).to_have_text("Bold")
    assert pane.bounding_box() == place
    assert page.evaluate(_CONTROLS) == before
    expect(note).to_be_hidden()
    page.get_by_role("button", name="Write", exact=True).click()
    expect(pane).to_have_count(0)
    expect(note).to_be_focused()
    expect(note).to_have_value("**Bold**\n\n- one\n- two\n- three\n- four")


@pytest.mark.wide
def test_by_keyboard_it_is_shown_and_sent_from_there_and_the_draft_is_kept(
    site: Site, open_window: OpenWindow, path: str
):
    page = open_window(site, "ana").go(path)
    page.keyboard.press("c")
    page.keyboard.type("**Bold**")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Preview")).to_contain_text("Bold")
    page.reload()
    expect(page.get_by_label("Write a note")).to_have_value("**Bold**")
    page.locator("#notes form").get_by_role("button", name="Preview").click()
    expect(page.get_by_role("region", name="Preview")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#note-list strong").last).to_have_text("Bold")


def test_without_the_script_it_opens_a_tab_and_the_text_stays(site: Site, open_window: OpenWindow, path: str):
    page = open_window(site, "ana", java_script_enabled=False).go(path)
    _write(page)
    with page.context.expect_page() as opened:
        page.locator("#notes form").get_by_role("button", name="Preview").click()
    expect(opened.value.locator(".panel strong")).to_have_text("Bold")
    expect(page.get_by_label("Write a note")).to_have_value("**Bold**\n\n- one\n- two\n- three\n- four")
