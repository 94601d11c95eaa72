"""Undo of what was just done: in every way, by ``z``, and in the toast after a drag (D5)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from engine.tasks import lifecycle
from engine.tasks.models import Task, TaskStatus
from tests.browser.conftest import OpenWindow
from tests.browser.hands import Way, in_ways
from tests.browser.serving import Site
from tests.factories import make_task


@pytest.fixture
def task(site: Site) -> Task:
    return make_task(site.workbench, assignee="ana")


def _status(site: Site, task: Task) -> TaskStatus:
    with site.workbench.reading(site.actor("mara")) as tx:
        return tx.get(Task, task.task_id).status


def _block(page: Page) -> None:
    page.locator("#do-more > summary").click()
    page.locator("#do-block > summary").click()
    page.get_by_label("What is in the way?").fill("The site is read-only.")
    page.get_by_role("button", name="Mark as blocked").click()
    expect(page.get_by_role("status").filter(has_text="Marked as blocked.")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()


@pytest.mark.wide
def test_a_block_is_undone_by_mouse(site: Site, open_window: OpenWindow, task: Task):
    page = open_window(site, "ana").page
    page.goto(f"{site.address}/tasks/{task.task_id}")
    _block(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").filter(has_text="Undone: #1")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert _status(site, task) is TaskStatus.PENDING


def test_a_block_is_undone_by_a_key_and_focus_is_left_alone(site: Site, open_window: OpenWindow, task: Task):
    page = open_window(site, "ana").page
    page.goto(f"{site.address}/tasks/{task.task_id}")
    _block(page)
    assert page.evaluate("document.activeElement === document.body")
    page.keyboard.press("z")
    expect(page.get_by_role("status").filter(has_text="Undone: #1")).to_be_visible()
    assert _status(site, task) is TaskStatus.PENDING


def test_undo_goes_after_ten_seconds_and_nothing_jumps(site: Site, open_window: OpenWindow, task: Task):
    page = open_window(site, "ana").page
    page.clock.install()
    page.goto(f"{site.address}/tasks/{task.task_id}")
    _block(page)
    button, heading = page.get_by_role("button", name="Undo"), page.get_by_role("heading", level=1)
    place = heading.bounding_box()
    page.clock.fast_forward(9_000)
    expect(button).to_be_visible()
    page.clock.fast_forward(2_000)
    expect(button).to_be_hidden()
    assert heading.bounding_box() == place
    page.keyboard.press("z")  # means nothing any more
    assert _status(site, task) is TaskStatus.BLOCKED


@pytest.mark.wide  # a look at a corner, and a slow one
def test_who_stands_on_undo_keeps_it(site: Site, open_window: OpenWindow, task: Task):
    page = open_window(site, "ana").page
    page.clock.install()
    page.goto(f"{site.address}/tasks/{task.task_id}")
    _block(page)
    button = page.get_by_role("button", name="Undo")
    button.focus()
    page.clock.fast_forward(20_000)
    expect(button).to_be_visible()
    page.keyboard.press("Tab")
    expect(button).to_be_hidden()


@pytest.mark.wide  # a look at a corner, and a slow one
@in_ways("phone")
def test_a_block_is_undone_in_every_way(site: Site, open_window: OpenWindow, task: Task, way: Way):
    opened = open_window(site, "ana", **way.options)
    page, hands = opened.go(f"/tasks/{task.task_id}"), way.hands(opened)
    hands.use(page.locator("#do-more > summary"))
    hands.use(page.locator("#do-block > summary"))
    hands.fill_in(page.get_by_label("What is in the way?"), "The site is read-only.")
    hands.use(page.get_by_role("button", name="Mark as blocked"))
    expect(page.get_by_role("status").filter(has_text="Marked as blocked.")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert _status(site, task) is TaskStatus.BLOCKED
    hands.use(page.get_by_role("button", name="Undo"))
    expect(page.get_by_role("status").filter(has_text="Undone: #1")).to_be_visible()
    assert _status(site, task) is TaskStatus.PENDING


@pytest.mark.wide
def test_a_drag_is_undone_in_the_toast(site: Site, open_window: OpenWindow, task: Task):
    with site.workbench.transaction(site.actor("mara")) as tx:
        lifecycle.start(tx, task.task_id)
    page = open_window(site, "mara").page
    card = page.locator("#column-in_progress .card").filter(has_text=task.title)
    card.drag_to(page.locator("#column-todo"), target_position={"x": 60, "y": 20})
    toast = page.locator("#toast")
    expect(toast).to_contain_text("Put back to do.")
    assert toast.get_attribute("role") == "status"
    page.keyboard.press("z")
    expect(toast).to_contain_text("Undone: #1")
    expect(page.locator("#column-in_progress .card")).to_contain_text(task.title)
    assert _status(site, task) is TaskStatus.IN_PROGRESS
