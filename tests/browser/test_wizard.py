"""A strategist changes a template with the browser alone: by mouse, keys, touch, without script (EDT-01)."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page, expect

from engine.proposals import drafting
from engine.proposals.models import Proposal
from tests.browser.chromium import PHONE
from tests.browser.conftest import OpenWindow
from tests.browser.hands import Keyboard, Way, in_ways
from tests.browser.serving import Site

FILE = "content/task_templates/indexing_check.yaml"


def text_of(site: Site) -> str:
    with site.workbench.reading(site.actor("sam")) as tx:
        [draft] = tx.find(Proposal)
        text = drafting.texts_of(tx, draft)[FILE]
    assert text is not None
    return text


def step_named(page: Page, title: str) -> Locator:
    return page.locator("details > summary").filter(has_text=title)


@in_ways("phone without script")
def test_in_every_way_a_due_date_a_step_and_a_task_are_changed(site: Site, open_window: OpenWindow, way: Way):
    opened = open_window(site, "sam", **way.options)
    page, hands = opened.go("/templates/indexing_check"), way.hands(opened)
    hands.use(page.get_by_role("link", name="Change this template"))
    if isinstance(
        hands, Keyboard
    ):  # of a group of choices, Tab reaches the chosen one, and arrows the others
        hands.tick(page.locator("[type=radio]:checked"))
        page.keyboard.press("ArrowUp")
    else:
        hands.tick(page.get_by_label("For everybody"))
    hands.use(page.get_by_role("button", name="Begin"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Indexing check")
    hands.use(page.get_by_role("link", name="Check that the page is indexed"))
    hands.fill_in(page.get_by_label("How many"), "3")
    hands.choose(page.get_by_label("Before or after"), "after")
    hands.use(step_named(page, "Add one to Steps"))
    new = page.locator("li.is-new").filter(has_text="Add one to Steps")
    hands.fill_in(new.get_by_label("Title"), "Tell the partner")
    hands.use(page.get_by_role("button", name="Save", exact=True).last)
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_text("3 days after the anchor date").first).to_be_visible()
    expect(step_named(page, "Tell the partner")).to_be_visible()
    hands.fill_in(page.get_by_label("Add a task after this one"), "Look again")
    hands.use(page.get_by_role("button", name="Add", exact=True))
    expect(page.get_by_role("heading", level=2, name="Look again")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut off"
    text = text_of(site)
    assert "    offset_days: 3\n" in text
    assert "      - ref: tell_the_partner\n        title: Tell the partner\n" in text
    assert "  - ref: look_again\n    title: Look again\n" in text


@pytest.mark.wide
def test_what_a_due_date_means_is_said_while_it_is_typed(site: Site, open_window: OpenWindow):
    page = edited(site, open_window)
    expect(page.locator("#due-words")).to_have_text("on the anchor date")
    page.get_by_label("How many").fill("2")
    expect(page.locator("#due-words")).to_have_text("2 days after the anchor date")
    page.get_by_label("Of what").select_option("working days")
    expect(page.locator("#due-words")).to_have_text("2 working days after the anchor date")


@pytest.mark.wide
def test_what_is_half_typed_survives_a_reload_and_leaving_it_asks(site: Site, open_window: OpenWindow):
    page = edited(site, open_window)
    asked: list[str] = []

    def leave(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.get_by_label("Description").first.fill("Half a sentence")
    page.reload()
    expect(page.get_by_label("Description").first).to_have_value("Half a sentence")
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("link", name="What it is", exact=True).click()
    expect(page.get_by_role("heading", level=2, name="What it is")).to_be_visible()
    assert asked == ["beforeunload"], "what is saved is left without a question"
    page.go_back()
    expect(page.get_by_label("Description").first).to_have_value("Half a sentence")


@pytest.mark.wide
def test_a_page_that_was_saved_stands_where_it_stood(site: Site, open_window: OpenWindow):
    page = edited(site, open_window)
    page.get_by_label("Planned minutes").fill("20")
    page.get_by_label("Planned minutes").scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    assert before > 0
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert abs(page.evaluate("scrollY") - before) < 2


@pytest.mark.wide
def test_of_a_long_outline_the_task_that_is_open_is_in_view(site: Site, open_window: OpenWindow):
    page = open_window(site, "sam").go("/templates/newsletter/edit")
    page.get_by_label("For everybody").check()
    page.get_by_role("button", name="Begin").click()
    page.locator(".outline").get_by_role("link", name="Send {{ sponsor_name }} the figures").click()
    expect(page.get_by_role("heading", level=2)).to_have_text(
        ["Send {{ sponsor_name }} the figures", "Template", "Tasks"]
    )
    expect(page.locator(".outline [aria-current]")).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") == 0, "the page itself stands at its top"


@pytest.mark.wide
@pytest.mark.parametrize(
    "options", [{}, {"viewport": PHONE}, {"color_scheme": "dark"}], ids=["desk", "phone", "dark"]
)
def test_the_pages_of_the_editor_pass_axe(site: Site, open_window: OpenWindow, options: dict[str, Any]):
    page = edited(site, open_window, **options)
    address = page.url.split("?")[0]
    pages = [
        page.url, f"{address}?section=general", f"{address}?section=parameters", f"{address}?section=phases",
        f"{site.address}/templates/indexing_check/edit", f"{site.address}/templates/new",
    ]  # fmt: skip
    for each in pages:
        page.goto(each)
        page.evaluate(AXE_SCRIPT)
        found = page.evaluate("() => axe.run().then((result) => result.violations)")
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], each
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), each


def edited(site: Site, open_window: OpenWindow, **options: Any) -> Page:
    """Begin to change a template for everybody, and open its task."""
    page: Page = open_window(site, "sam", **options).go("/templates/indexing_check/edit")
    page.get_by_label("For everybody").check()
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("link", name="Check that the page is indexed").click()
    expect(page.get_by_role("heading", level=2, name="Check that the page is indexed")).to_be_visible()
    return page
