"""The board: filters in the address, moves by menu and by drag, refusals that put the card back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from engine.tasks import lifecycle, proof
from engine.tasks.models import Task, TaskStatus
from tests.browser.chromium import window
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.factories import make_bundle, make_task


def _card(page: Page, column: str, title: str) -> Locator:
    return page.locator(f"#column-{column} .card").filter(has_text=title)


def _drag(page: Page, card: Locator, column: str) -> None:
    card.drag_to(page.locator(f"#column-{column}"), target_position={"x": 60, "y": 20})


def _status(site: Site, task: Task) -> TaskStatus:
    with site.workbench.reading(site.actor("mara")) as tx:
        return tx.get(Task, task.task_id).status


@pytest.mark.wide
def test_filters_are_chips_in_the_address_that_survive_a_reload(site: Site, open_window: OpenWindow):
    make_task(site.workbench, title="Call the printer", assignee="ana")
    make_task(site.workbench, title="Order the paper")
    page = open_window(site, "mara").page
    page.get_by_text("Add a filter").click()
    page.locator("#filter-assignee summary").click()
    page.get_by_role("link", name="Ana Alvarez", exact=True).click()
    expect(page).to_have_url(re.compile(r"assignee=ana"))
    expect(page.locator(".card")).to_have_count(1)
    page.reload()
    expect(page.locator(".term-chip")).to_have_text("Assignee: Ana Alvarez×")
    expect(page.get_by_label("Search tasks")).to_have_value("assignee:ana")
    expect(page.locator(".card")).to_have_count(1)
    page.get_by_role("link", name="List", exact=True).click()
    expect(page).to_have_url(re.compile(r"q=assignee%3Aana&view=list"))
    expect(page.locator("#list tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Take out Assignee: Ana Alvarez").click()
    expect(page).to_have_url(re.compile(r"/board\?view=list$"))
    expect(page.locator("#list tbody tr")).to_have_count(2)
    page.go_back()
    expect(page.locator("#list tbody tr")).to_have_count(1)


@pytest.mark.wide
def test_a_filter_is_added_by_keys_alone(site: Site, open_window: OpenWindow):
    make_task(site.workbench, title="Call the printer", assignee="ana")
    make_task(site.workbench, title="Order the paper")
    page = open_window(site, "mara").page
    page.get_by_text("Add a filter").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="everybody")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#filter-assignee")).not_to_have_attribute("open", "")
    page.keyboard.press("Enter")
    for _ in range(4):  # everybody, me, nobody, Ana
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/board\?assignee=ana$"))
    # What else the form says is added to it, and whoever chose can go on choosing.
    page.get_by_text("Add a filter").click()
    page.get_by_label("Due", exact=True).focus()
    page.get_by_label("Due", exact=True).select_option("late")
    expect(page).to_have_url(re.compile(r"q=assignee%3Aana&due=late"))
    expect(page.locator(".card")).to_have_count(0)
    expect(page.get_by_label("Due", exact=True)).to_be_focused()
    expect(page.get_by_label("Search tasks")).to_have_value("assignee:ana due:late")


@pytest.mark.wide
def test_a_field_that_somebody_went_to_at_once_keeps_the_focus_of_a_slow_page(
    site: Site, open_window: OpenWindow
):
    make_task(site.workbench, title="Call the printer", assignee="ana")
    page = open_window(site, "mara").page
    page.evaluate("window.held = []; window.setTimeout = (later) => held.push(later); true")
    page.get_by_text("Add a filter").click()
    page.get_by_label("Due", exact=True).focus()
    assert page.evaluate("held.splice(0).map((later) => later()).length")
    expect(page.get_by_label("Due", exact=True)).to_be_focused()


@pytest.mark.wide
def test_a_filter_is_chosen_and_taken_out_without_the_script(browser: Browser, site: Site):
    make_task(site.workbench, title="Call the printer", assignee="ana")
    make_task(site.workbench, title="Order the paper")
    with window(browser, site, java_script_enabled=False) as opened:
        page = opened.sign_in("mara")
        page.get_by_text("Add a filter").click()
        page.locator("#filter-assignee summary").click()
        page.get_by_role("link", name="Choose…").first.click()
        page.get_by_role("link", name="Ana Alvarez", exact=True).click()
        expect(page).to_have_url(re.compile(r"/board\?assignee=ana$"))
        expect(page.locator(".card")).to_have_count(1)
        page.get_by_role("link", name="Take out Assignee: Ana Alvarez").click()
        expect(page.locator(".card")).to_have_count(2)


@pytest.mark.wide
def test_the_search_box_takes_the_query_language(site: Site, open_window: OpenWindow):
    task = make_task(site.workbench, title="Call the printer", assignee="ana")
    make_task(site.workbench, title="Order the paper", assignee="ana")
    page = open_window(site, "ana").page
    page.get_by_label("Search tasks").fill("is:mine (call or ring) -paper stat:open")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"q=is"))
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator(".term.is-wrong")).to_contain_text("Did you mean status?")
    page.get_by_label("Search tasks").fill(f"#{task.task_number}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Call the printer")).to_be_visible()


@pytest.mark.wide
def test_the_search_is_completed_by_keys_and_by_mouse(site: Site, open_window: OpenWindow):
    make_task(site.workbench, title="Call the printer", assignee="ana")
    make_task(site.workbench, title="Order the paper")
    page = open_window(site, "mara").page
    search, offers = page.locator("#search"), page.get_by_role("listbox", name="Ways to go on")
    search.press_sequentially("-assi")
    expect(offers.get_by_role("option")).to_have_text(["assignee:"])
    expect(search).to_have_attribute("aria-expanded", "true")
    search.press("ArrowDown")
    expect(search).to_have_attribute("aria-activedescendant", "offer-1")
    search.press("Enter")
    expect(search).to_have_value("-assignee:")
    expect(offers.get_by_role("option").first).to_have_text("me")
    search.press("Escape")
    expect(offers).to_be_hidden()
    expect(search).to_be_focused()
    search.press_sequentially("alv")
    offers.get_by_role("option", name="Ana Alvarez ana").click()
    expect(search).to_have_value("-assignee:ana ")
    expect(offers).to_be_hidden()
    # Enter with nothing chosen searches.
    search.press_sequentially("order")
    search.press("Enter")
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator(".card")).to_contain_text("Order the paper")


def test_a_card_is_moved_by_its_menu(site: Site, open_window: OpenWindow):
    task = make_task(site.workbench)
    page = open_window(site, "mara").page
    _card(page, "todo", task.title).get_by_label(f"Actions for {task.title}").click()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(_card(page, "in_progress", task.title)).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Started.")
    assert _status(site, task) is TaskStatus.IN_PROGRESS


def test_a_card_is_moved_by_drag_without_a_reload(site: Site, open_window: OpenWindow):
    task = make_task(site.workbench)
    page = open_window(site, "mara").page
    page.evaluate("window.isSamePage = true")
    _drag(page, _card(page, "todo", task.title), "in_progress")
    moved = _card(page, "in_progress", task.title)
    expect(moved.get_by_label("Actions for")).to_have_count(1)
    expect(page.locator("#column-in_progress .total")).to_have_text("1")  # the server's own column by now
    assert _status(site, task) is TaskStatus.IN_PROGRESS
    assert page.evaluate("window.isSamePage")


def test_a_refused_drag_snaps_back_with_all_reasons(site: Site, open_window: OpenWindow):
    bundle = make_bundle(site.workbench)
    with site.workbench.transaction(site.actor("mara")) as tx:
        tasks = tx.find(Task, bundle_id=bundle.bundle_id)
        task = next(item for item in tasks if item.template_task_ref == "obtain_speaker_email")
        lifecycle.start(tx, task.task_id)
    page = open_window(site, "mara").page
    card = _card(page, "in_progress", task.title)
    _drag(page, card, "done")
    why = page.get_by_role("alert").filter(has_text="Not moved")
    expect(why).to_contain_text("Guest email")
    expect(card).to_be_visible()
    expect(_card(page, "done", task.title)).to_have_count(0)
    assert _status(site, task) is TaskStatus.IN_PROGRESS
    told, stood = why.bounding_box(), card.bounding_box()
    assert told is not None
    assert stood is not None
    assert 0 <= told["y"] - (stood["y"] + stood["height"]) <= 8, "it is said where the card stands"
    why.get_by_role("link", name="Guest email").click()
    expect(page).to_have_url(re.compile(rf"/tasks/{task.task_id}#proof-"))
    expect(page.locator(":target")).to_be_in_viewport()
    with site.workbench.transaction(site.actor("mara")) as tx:
        proof.give(tx, task.task_id, "Guest email", "mailto:guest@example.com")
    page.goto(f"{site.address}/board")
    _drag(page, _card(page, "in_progress", task.title), "done")
    expect(page.locator("#column-done .total")).to_have_text("1")
    assert _status(site, task) is TaskStatus.COMPLETED


@pytest.mark.wide
def test_a_card_that_waits_for_another_says_so_when_it_is_dragged_where_no_move_leads(
    site: Site, open_window: OpenWindow
):
    first = make_task(site.workbench, title="Draft")
    after = make_task(site.workbench, title="Publish", depends_on=[first.task_id])
    page = open_window(site, "mara").page
    held = page.locator(".card").filter(has_text="Publish")
    _drag(page, held, "in_progress")
    why = page.locator("#not-moved")
    expect(why.get_by_role("link", name="It comes after #1")).to_have_attribute(
        "href", f"/tasks/{first.task_id}"
    )
    assert _status(site, after) is TaskStatus.PENDING
    page.keyboard.press("Escape")
    expect(why).to_have_count(0)
    page.locator("#column-approval").evaluate("(one) => { one.hidden = false; }")
    _drag(page, held, "approval")
    expect(why).to_contain_text("Dragging does not lead to “Approval” from here.")
    expect(why.get_by_role("link", name="Open “Publish”")).to_have_attribute(
        "href", f"/tasks/{after.task_id}"
    )
    page.locator("h1").click()
    expect(why).to_have_count(0)


@pytest.mark.wide
def test_a_drag_of_a_card_that_somebody_else_has_moved_is_refused(site: Site, open_window: OpenWindow):
    task = make_task(site.workbench)
    page = open_window(site, "mara").page
    page.route(
        re.compile("/board"), lambda route: route.fulfill(status=304)
    )  # this board has not heard of it yet
    with site.workbench.transaction(site.workbench.operator()) as tx:
        lifecycle.wait(tx, task.task_id, "the printer's answer")
    _drag(page, _card(page, "todo", task.title), "in_progress")
    expect(page.locator("#not-moved")).to_contain_text("changed")
    expect(_card(page, "todo", task.title)).to_be_visible()
    assert _status(site, task) is TaskStatus.WAITING


@pytest.mark.wide
def test_a_drag_to_a_column_that_asks_leads_to_the_open_form(site: Site, open_window: OpenWindow):
    task = make_task(site.workbench)
    page = open_window(site, "mara").page
    _drag(page, _card(page, "todo", task.title), "waiting")
    expect(page).to_have_url(re.compile(f"/tasks/{task.task_id}"))
    page.get_by_label("Waiting for whom or what?").fill("the printer's answer")
    page.get_by_role("button", name="Wait", exact=True).last.click()
    expect(page.locator("#blockers")).to_contain_text("the printer's answer")
    assert _status(site, task) is TaskStatus.WAITING
