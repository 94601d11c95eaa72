"""One field for everything, over the page: by keyboard alone, by mouse, and without the script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from engine.tasks.models import Task
from tests.browser.chromium import PHONE
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.factories import make_task

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def task(site: Site) -> Task:
    return make_task(site.workbench, title="Order the tent", assignee="ana")


def _field(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Words of it")


def _chosen(page: Page) -> Locator:
    return page.locator("#find-options [aria-selected=true]")


def _look_for(page: Page, text: str, first: str) -> None:
    """Open the field, type, and wait until the first result is what is said."""
    page.wait_for_load_state()
    page.keyboard.press("Control+k")
    expect(_field(page)).to_be_focused()
    page.keyboard.type(text)
    expect(page.locator(f"#find-options[data-for='{text}']")).to_be_attached()
    expect(_chosen(page)).to_contain_text(first)


def test_a_task_is_opened_from_anywhere_by_keyboard_alone(site: Site, open_window: OpenWindow, task: Task):
    page = open_window(site, "mara").page
    _look_for(page, "tent", "Order the tent")
    expect(_field(page)).to_be_focused()
    chosen = _chosen(page).get_attribute("id")
    expect(_field(page)).to_have_attribute("aria-activedescendant", chosen or "")
    page.keyboard.press("ArrowDown")
    expect(_chosen(page)).to_contain_text("New task: tent")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(_chosen(page)).to_contain_text("Order the tent")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.address}/tasks/{task.task_id}")


@pytest.mark.wide
def test_escape_gives_the_focus_back_and_what_was_half_typed_stays(
    site: Site, open_window: OpenWindow, task: Task
):
    page = open_window(site, "mara").go(f"/tasks/{task.task_id}")
    note = page.get_by_label("Write a note")
    note.fill("Half a sentence")
    page.keyboard.press("Control+k")
    expect(_field(page)).to_be_focused()
    page.keyboard.type("com")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(note).to_be_focused()
    expect(note).to_have_value("Half a sentence")
    page.keyboard.press("Control+k")
    expect(_field(page)).to_have_value("")


@pytest.mark.wide
def test_a_verb_that_decides_leads_to_its_button_and_presses_nothing(
    site: Site, open_window: OpenWindow, task: Task
):
    page = open_window(site, "mara").go(f"/tasks/{task.task_id}")
    page.get_by_label("Write a note").fill("Half a sentence")
    _look_for(page, "complete", "Complete")
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Complete", exact=True)
    expect(button).to_be_focused()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_label("Write a note")).to_have_value("Half a sentence")
    assert _now(site, task).status.value == "pending"
    page.keyboard.press("Enter")
    expect(page.locator(".just-said")).to_contain_text("Task completed.")


def test_assign_to_somebody_is_done_at_once_and_undone_with_z(
    site: Site, open_window: OpenWindow, task: Task
):
    page = open_window(site, "mara").go(f"/tasks/{task.task_id}")
    _look_for(page, "assign to ben", "Assign to Ben")
    page.keyboard.press("Enter")
    expect(page.locator(".just-said")).to_contain_text("Assigned.")
    page.wait_for_load_state()
    page.keyboard.press("z")
    expect(page.locator(".just-said")).to_contain_text("Undone")
    assert _now(site, task).assignee_id == task.assignee_id


@pytest.mark.wide
@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("text", "first", "place"),
    [
        ("wait", "Wait", "#do-wait textarea, #do-wait input:not([type=hidden])"),
        ("skip defer", "New task", ""),
        ("defer", "Defer", "#do-defer input:not([type=hidden])"),
        ("change due", "Change: due date", "#edit-due_date input:not([type=hidden])"),
        ("add a file", "Add a file", "#add-file input:not([type=hidden])"),
        ("note", "Write a note", "#note-body"),
    ],
)
def test_a_verb_with_a_form_opens_it_where_it_stands(
    site: Site, open_window: OpenWindow, task: Task, text: str, first: str, place: str
):
    page = open_window(site, "mara").go(f"/tasks/{task.task_id}")
    page.evaluate("window.isSamePage = true")
    _look_for(page, text, first)
    if place:
        page.keyboard.press("Enter")
        expect(page.locator(place).first).to_be_focused()
        assert page.evaluate("window.isSamePage")


@pytest.mark.wide
def test_enter_before_the_answer_leads_on_once_it_is_there(site: Site, open_window: OpenWindow, task: Task):
    page = open_window(site, "mara").page
    page.wait_for_load_state()
    page.keyboard.press("Control+k")
    expect(page.locator("#find-options [role=option]").first).to_be_visible()
    page.keyboard.type("reports")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/tasks/new|/reports"))


@pytest.mark.wide
def test_by_mouse_it_is_opened_and_a_result_is_pressed(site: Site, open_window: OpenWindow, task: Task):
    page = open_window(site, "mara").page
    page.get_by_role("link", name="Find", exact=False).first.click()
    expect(_field(page)).to_be_focused()
    page.keyboard.type("tent")
    page.get_by_role("option", name="Order the tent").click()
    expect(page).to_have_url(f"{site.address}/tasks/{task.task_id}")
    page.get_by_role("link", name="Find", exact=False).first.click()
    page.keyboard.type("due")
    page.get_by_role("option", name="Change: due date").click()
    expect(page.locator("#edit-due_date input:not([type=hidden])")).to_be_focused()
    page.get_by_role("link", name="Find", exact=False).first.click()
    page.mouse.click(5, 5)
    expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.wide
def test_without_the_script_it_is_a_page_with_the_same_results(
    site: Site, open_window: OpenWindow, task: Task
):
    page = open_window(site, "mara", java_script_enabled=False, viewport=PHONE).go(f"/tasks/{task.task_id}")
    page.get_by_role("link", name="Find", exact=False).first.click()
    page.get_by_role("searchbox", name="Words of it").fill("assign ben")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("button", name="Assign to Ben").click()
    expect(page.locator(".message")).to_contain_text("Assigned.")
    page.go_back()
    page.get_by_role("searchbox", name="Words of it").fill("complete")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("link", name="Complete", exact=True).click()
    expect(page.get_by_role("button", name="Complete", exact=True)).to_be_focused()
    assert _now(site, task).status.value == "pending"


def _now(site: Site, task: Task) -> Task:
    with site.workbench.reading(site.actor("mara")) as tx:
        return tx.get(Task, task.task_id)
