"""A word that only a note has leads to its task: in every way that people work."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from engine.tasks import notes
from tests.browser.conftest import OpenWindow
from tests.browser.hands import Way, in_ways
from tests.browser.serving import Site
from tests.factories import do, make_task

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def noted(site: Site) -> str:
    """A title of a task among others, in whose note the word is."""
    for number in range(3):
        make_task(site.workbench, title=f"Other {number}")
    task = make_task(site.workbench, title="Call the printer")
    with site.workbench.transaction(site.workbench.operator()) as tx:
        notes.add(tx, task.task_id, "Größe A5, on *heavy* paper.")
    return task.title


def test_a_word_of_a_note_is_found_by_the_keyboard_alone(site: Site, open_window: OpenWindow, noted: str):
    page = open_window(site, "mara").go("/board?view=list")
    page.keyboard.press("/")
    page.keyboard.type("groess pap")
    page.keyboard.press("Enter")
    expect(page.locator("#list tr.hit")).to_have_text("note Größe A5, on *heavy* paper.")
    expect(page.locator("#list tr.hit mark")).to_have_text(["Größe", "paper"])
    page.get_by_role("link", name=noted).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=noted)).to_be_visible()


@pytest.mark.wide
@in_ways("phone without script")
def test_it_is_found_in_every_way(site: Site, open_window: OpenWindow, noted: str, way: Way):
    opened = open_window(site, "mara", **way.options)
    page, hands = opened.go("/board?view=list"), way.hands(opened)
    hands.fill_in(page.get_by_label("Search tasks"), "heavy")
    page.keyboard.press("Enter")
    expect(page.locator("#list tr.hit mark")).to_have_text(["heavy"])
    hands.use(page.get_by_role("link", name=noted))
    expect(page.get_by_role("heading", name=noted)).to_be_visible()


@pytest.mark.wide
def test_a_long_sentence_of_a_hit_stays_within_its_window(site: Site, open_window: OpenWindow):
    task = make_task(site.workbench, title="Call")
    with site.workbench.transaction(site.workbench.operator()) as tx:
        notes.add(
            tx, task.task_id, "Heavy paper was what the readers of the spring issue asked us about, " * 3
        )
    page = open_window(site, "mara", viewport={"width": 800, "height": 600}).go("/board?view=list&q=heavy")
    expect(page.locator("#list tr.hit")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 800


@pytest.mark.wide
def test_why_a_task_is_blocked_is_found_from_anywhere_and_its_sentence_leads_to_it(
    site: Site, open_window: OpenWindow
):
    task = make_task(site.workbench, title="Call", assignee="ana")
    mara = site.workbench.actor_by_email("mara@example.com")
    reason = "The printer moved to another street, and nobody told us where. " * 3
    do(site.workbench, mara, "task block", task_id=task.task_id, reason=reason)
    page = open_window(site, "mara", viewport={"width": 390, "height": 844}).go("/find?q=street")
    hit = page.get_by_role("link", name="Call")
    expect(hit.locator("mark")).to_have_text("street")
    expect(hit).to_contain_text("reason: The printer moved to another street, and nobody told us where.")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    hit.click()
    expect(page.get_by_role("heading", name="Call")).to_be_visible()
