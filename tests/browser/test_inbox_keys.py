"""The inbox by keyboard alone, by mouse, on a phone and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from engine.access import Actor
from engine.deliverables import approvals
from engine.deliverables.models import Approval, ApprovalStatus
from engine.tasks.models import Note
from tests.browser.chromium import PHONE
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.desk import PORTAL, Desk
from tests.factories import USERS


@pytest.fixture
def desk(site: Site) -> Desk:
    people: dict[str, Actor] = {name: site.actor(name) for name in [*USERS, "pat"]}
    return Desk.set_up(site.workbench, people)


def decisions(desk: Desk, task_id: str) -> list[Approval]:
    with desk.workbench.reading(desk.people["mara"]) as tx:
        return approvals.of_task(tx, task_id)


def shown(page: Page, title: str) -> None:
    """Wait until the chosen item is this one, in the list and beside it."""
    expect(page.locator("#inbox-item h2")).to_have_text(title)
    expect(page.locator("[data-item].is-selected > a")).to_have_text(title)
    page.wait_for_load_state()  # only then are the keys heard


def test_a_manager_works_through_the_inbox_by_keyboard_alone(desk: Desk, site: Site, open_window: OpenWindow):
    one, two, three = (desk.hand_over(title) for title in ("One", "Two", "Three"))
    help_id = desk.ask_for_help("Fix the feed", "Which feed?")
    page = open_window(site, "mara").page
    expect(page.locator("#inbox-count")).to_contain_text("4")
    page.keyboard.press("g")
    page.keyboard.press("i")
    shown(page, "One")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    shown(page, "Two")
    expect(page).to_have_url(re.compile(r"/inbox\?item=apr_"))

    page.keyboard.press("a")  # shows the piece, and decides nothing yet
    expect(page.get_by_role("region", name="Your decision")).to_be_visible()
    assert decisions(desk, two)[0].is_open
    page.wait_for_load_state()
    page.keyboard.press("a")
    expect(page.get_by_role("status")).to_have_text("Approved.")
    shown(page, "Three")
    expect(page.locator("[data-item].is-selected > a")).to_be_focused()
    assert decisions(desk, two)[0].status is ApprovalStatus.APPROVED

    page.keyboard.press("r")
    expect(page.get_by_label("Why, and what to do")).to_be_focused()
    page.keyboard.type("a rejected draft, jack")  # keys of the page, which are words here
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status")).to_have_text("Rejected. Whoever made it will see why.")
    [rejected] = decisions(desk, three)
    assert (rejected.status, rejected.feedback) == (ApprovalStatus.REJECTED, "a rejected draft, jack")

    shown(page, "Fix the feed")
    page.keyboard.press("a")
    expect(page.get_by_label("Your answer")).to_be_focused()
    page.keyboard.type("The shop's.")
    page.keyboard.press("Control+Enter")
    shown(page, "One")
    with desk.workbench.reading(desk.people["mara"]) as tx:
        assert [note.body for note in tx.find(Note, task_id=help_id)][-1] == "The shop's."

    page.keyboard.press("a")
    decision = page.get_by_role("region", name="Your decision")
    expect(decision).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("r")
    expect(decision.get_by_role("textbox")).to_be_focused()
    page.keyboard.type("Name the source.")
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(decision.get_by_role("button", name="Approve, with this change")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your inbox is empty")).to_be_visible()
    expect(page.locator("#inbox-count")).to_be_hidden()
    assert decisions(desk, one)[0].status is ApprovalStatus.APPROVED_PENDING_CHANGES


@pytest.mark.wide
def test_enter_opens_what_is_judged(desk: Desk, site: Site, open_window: OpenWindow):
    desk.hand_over("One")
    row = desk.approval(desk.hand_over("Two")).deliverable_id
    page = open_window(site, "mara").go("/inbox")
    shown(page, "One")
    page.keyboard.press("j")
    shown(page, "Two")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.address}/deliverables/{row}/view")


@pytest.mark.wide
def test_a_key_never_decides_on_an_item_that_is_not_shown_yet(
    desk: Desk, site: Site, open_window: OpenWindow
):
    one, two = desk.hand_over("One"), desk.hand_over("Two")
    page = open_window(site, "mara").go("/inbox")
    shown(page, "One")
    # The next item's details never arrive, so its keys must do nothing.
    page.route("**/inbox?item=*", lambda route: route.fulfill(status=204))
    with page.expect_response("**/inbox?item=*"):
        page.keyboard.press("j")
    expect(page.locator("[data-item].is-selected > a")).to_have_text("Two")
    page.keyboard.press("a")
    expect(page.locator("#inbox-item h2")).to_have_text("One")
    assert [item.is_open for task in (one, two) for item in decisions(desk, task)] == [True, True]


@pytest.mark.wide
def test_a_refused_decision_says_why_at_the_item_and_keeps_the_text(
    desk: Desk, site: Site, open_window: OpenWindow
):
    task_id = desk.hand_over("One")
    page = open_window(site, "mara").go("/inbox")
    page.get_by_text("Reject", exact=False).first.click()
    page.get_by_label("Why, and what to do").fill("The logo is wrong.")
    page.evaluate("document.querySelectorAll('[name=seen]').forEach((field) => { field.value = 'old'; })")
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("changed since you looked at it")
    expect(page.get_by_label("Why, and what to do")).to_have_value("The logo is wrong.")
    assert decisions(desk, task_id)[0].is_open


@pytest.mark.wide
def test_what_arrives_appears_without_a_reload_and_keeps_half_typed_feedback(
    desk: Desk, site: Site, open_window: OpenWindow
):
    desk.hand_over("One")
    page = open_window(site, "mara").go("/inbox")
    page.keyboard.press("r")
    page.keyboard.type("Half a sen")
    desk.hand_over("Two")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("[data-item] > a")).to_have_text(["One", "Two"])
    expect(page.locator("#inbox-count")).to_contain_text("2")
    expect(page.get_by_label("Why, and what to do")).to_have_value("Half a sen")
    expect(page.get_by_label("Why, and what to do")).to_be_focused()


@pytest.mark.wide
def test_without_javascript_everything_is_decided_by_forms(desk: Desk, site: Site, open_window: OpenWindow):
    one, two = desk.hand_over("One"), desk.hand_over("Two")
    page = open_window(site, "mara", java_script_enabled=False).go("/inbox")
    page.get_by_role("link", name="Two").first.click()
    expect(page.locator("#inbox-item h2")).to_have_text("Two")
    page.get_by_role("link", name="Look and approve").click()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Approved.")
    page.locator("summary", has_text="Reject").click()
    page.get_by_label("Why, and what to do").fill("Too long.")
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page.get_by_text("Your inbox is empty")).to_be_visible()
    assert decisions(desk, two)[0].status is ApprovalStatus.APPROVED
    assert decisions(desk, one)[0].feedback == "Too long."


def test_a_partner_approves_on_a_phone(desk: Desk, site: Site, open_window: OpenWindow):
    task_id = desk.hand_over("Their article", policy=PORTAL)
    page = open_window(site, "pat", viewport=PHONE).page
    expect(page.get_by_role("heading", level=1)).to_have_text("For your approval")
    page.get_by_role("link", name="Draft, version 1").click()
    expect(page.locator("#inbox-list")).to_be_hidden()
    expect(page.locator("#inbox-item")).to_contain_text("Draft: Their article")
    page.get_by_role("link", name="Look and approve").click()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()
    assert decisions(desk, task_id)[0].status is ApprovalStatus.APPROVED
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
