"""What is on the page before and after a deed keeps its place (D2)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from engine.tasks import steps
from engine.tasks.models import Task
from tests.browser.chromium import DESK, PHONE
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.factories import make_task

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def task(site: Site) -> Task:
    """A task with three steps of which two must be done, so that they block its completion."""
    task = make_task(site.workbench, assignee="ana", description="The guest's page.")
    with site.workbench.transaction(site.actor("mara")) as tx:
        for title, required in (("Ask for a photo", True), ("Write the bio", True), ("Add the links", False)):
            steps.add_step(tx, task.task_id, title, required=required)
    return task


def _ticks(page: Page) -> Locator:
    return page.locator("#steps button.tick")


def _places(page: Page) -> dict[str, tuple[float, float]]:
    """Say where each control that one sees stands in the window, by the words or the id that name it."""
    found: dict[str, tuple[float, float]] = page.evaluate(
        """() => Object.fromEntries(
          [...document.querySelectorAll("main :is(a, button, summary, input, textarea)")]
            .filter((one) => one.offsetParent && !one.closest(".just-said, #blockers, #timeline"))
            .map((one) => [one.id || `${one.tagName} ${one.textContent.trim()}`, one.getBoundingClientRect()])
            .map(([name, box]) => [name, [box.left, box.top]]))"""
    )
    return found


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_three_presses_where_the_steps_stood_tick_these_three(
    site: Site, open_window: OpenWindow, task: Task, size
):
    page = open_window(site, "ana", viewport=size).go(f"/tasks/{task.task_id}")
    _ticks(page).nth(1).evaluate("tick => tick.scrollIntoView({ block: 'center' })")
    boxes = [_ticks(page).nth(place).bounding_box() for place in range(3)]
    for box in boxes:
        assert box is not None
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for place in range(3):
        expect(_ticks(page).nth(place)).to_have_attribute("aria-pressed", "true")
    assert [_ticks(page).nth(place).bounding_box() for place in range(3)] == boxes


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_tick_and_its_taking_back_leave_every_control_in_its_place(
    site: Site, open_window: OpenWindow, task: Task, size
):
    page = open_window(site, "ana", viewport=size).go(f"/tasks/{task.task_id}")
    _ticks(page).nth(1).evaluate("tick => tick.scrollIntoView({ block: 'center' })")
    before = _places(page)
    for is_done in ("true", "false"):
        for place in range(3):
            _ticks(page).nth(place).click()
            expect(_ticks(page).nth(place)).to_have_attribute("aria-pressed", is_done)
            after = _places(page)
            assert {name: after[name] for name in before if name in after} == before
