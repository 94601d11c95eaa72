"""Steps of a task: keys reach each, and one that is left out or taken back moves nothing (D2, D21, R19)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from engine.tasks import steps
from tests.browser.chromium import DESK, PHONE, Window
from tests.browser.conftest import OpenWindow
from tests.browser.hands import Keyboard
from tests.browser.serving import Site
from tests.factories import make_task

TITLES = ("Ask for a photo", "Write the bio", "Add the links")


@pytest.fixture
def path(site: Site) -> str:
    task = make_task(site.workbench, assignee="ana", description="The guest's page.")
    with site.workbench.transaction(site.actor("ana")) as tx:
        for title in TITLES:
            steps.add_step(tx, task.task_id, title, required=True)
    return f"/tasks/{task.task_id}"


def _menu(page: Page, title: str) -> Locator:
    return page.locator("#steps summary", has_text=f"More about the step: {title}")


def _tops(page: Page) -> list[float]:
    """Say how far down the window the actions, the steps' panel and their titles are."""
    return page.evaluate(
        """() => [...document.querySelectorAll("#actions, #steps, .step-title")]
          .map((one) => one.getBoundingClientRect().top)"""
    )


def _press(page: Page, name: str) -> list[float]:
    """Press a button of the menu that is open; say where all was before."""
    button = page.get_by_role("button", name=name).locator("visible=true")
    button.evaluate("(one) => one.scrollIntoView({ block: 'center', behavior: 'instant' })")
    before = _tops(page)
    button.click()
    return before


@pytest.mark.parametrize("size", [pytest.param(DESK, marks=pytest.mark.wide), PHONE], ids=["desk", "phone"])
def test_what_stands_above_a_step_stays_while_it_is_left_out_or_taken_back(
    site: Site, open_window: OpenWindow, path: str, size: dict[str, int]
):
    page = open_window(site, "ana", viewport=size).go(path)
    _menu(page, "Write the bio").click()
    page.get_by_label("Why does it not apply here?").locator("visible=true").fill("The guest wrote it.")
    before = _press(page, "It does not apply")
    expect(page.locator("#steps")).to_contain_text("Does not apply: The guest wrote it.")
    assert _tops(page)[:4] == before[:4]
    _menu(page, "Add the links").click()
    before = _press(page, "Take it back")
    expect(page.locator(".step-title")).to_have_text(list(TITLES[:2]))
    assert _tops(page) == before[:4]


@pytest.mark.wide  # a look at a corner, and a slow one
def test_by_keyboard_the_keys_go_on_from_where_the_step_is(site: Site, open_window: OpenWindow, path: str):
    page = open_window(site, "ana").go(path)
    hands = Keyboard(Window(site, page.context, page))
    hands.use(_menu(page, "Write the bio"))
    page.keyboard.press("Tab")
    page.keyboard.type("The guest wrote it.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="It applies after all: Write the bio")).to_be_focused()
    hands.use(_menu(page, "Add the links"))
    hands.use(page.get_by_role("button", name="Take it back").locator("visible=true"))
    expect(page.locator(".step-title")).to_have_text(list(TITLES[:2]))
    expect(page.locator("#add-step > summary")).to_be_focused()


@pytest.mark.wide
def test_the_keys_go_from_step_to_step_and_open_what_can_be_done_with_one(
    site: Site, open_window: OpenWindow, path: str
):
    """D21: ``j`` passed the steps of a task over."""
    page = open_window(site, "ana").go(path)
    chosen = page.locator(".step.is-selected .step-title")
    for key, title in (("j", TITLES[0]), ("j", TITLES[1]), ("j", TITLES[2]), ("k", TITLES[1])):
        page.keyboard.press(key)
        expect(chosen).to_have_text(title)
    page.keyboard.press(".")
    expect(page.get_by_label("Why does it not apply here?").locator("visible=true")).to_have_count(1)
    expect(page.locator(".step.is-selected details")).to_have_attribute("open", "")


@pytest.mark.wide
def test_a_step_without_a_reason_stays_and_says_so_in_its_menu(
    site: Site, open_window: OpenWindow, path: str
):
    page = open_window(site, "ana").go(path)
    _menu(page, "Write the bio").click()
    reason = page.get_by_label("Why does it not apply here?").locator("visible=true")
    reason.fill("  ")
    page.get_by_role("button", name="It does not apply").locator("visible=true").click()
    expect(page.locator("#steps .error")).to_contain_text("say why")
    expect(reason).to_be_focused()
    expect(page.get_by_role("button", name="Done: Write the bio")).to_have_attribute("aria-pressed", "false")
