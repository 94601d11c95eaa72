"""Making a task: by mouse with the preview, by keys alone, without JavaScript, on a phone (D4)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from engine.tasks.models import Task
from tests.browser.chromium import PHONE
from tests.browser.conftest import OpenWindow
from tests.browser.hands import Way, in_ways
from tests.browser.serving import Site
from tests.factories import make_bundle, make_task

LINE = "call Ana tomorrow 15:00 !high #tax @ben"


def tasks(site: Site) -> list[Task]:
    with site.workbench.reading(site.workbench.operator()) as tx:
        return tx.find(Task, order_by=("task_number",))


def top_of(page: Page, name: str) -> float:
    box = page.get_by_role("button", name=name, exact=True).bounding_box()
    assert box is not None
    return box["y"]


@pytest.mark.parametrize(
    "options",
    [pytest.param({}, id="desk"), pytest.param({"viewport": PHONE}, id="phone", marks=pytest.mark.wide)],
)
def test_by_mouse_a_task_is_made_as_its_preview_says(site: Site, open_window: OpenWindow, options):
    page = open_window(site, "mara", **options).go("/board?view=list")
    expect(page.get_by_role("link", name="+ Task")).to_be_visible()
    page.get_by_role("link", name="+ Task").click()
    line = page.get_by_label("What is to be done?")
    expect(line).to_be_focused()
    before = top_of(page, "Make it")
    line.press_sequentially(LINE)
    expect(page.get_by_text("due Sun 22 Nov, 15:00")).to_be_visible()
    expect(page.get_by_text("for Ben Brandt")).to_be_visible()
    expect(line).to_be_focused()
    assert top_of(page, "Make it") == before, "the button keeps its place while the preview grows"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut off"
    page.get_by_role("button", name="Make it", exact=True).click()
    expect(page.get_by_role("link", name="#1 “call Ana”")).to_be_visible()
    assert page.url.endswith("/board?view=list")
    assert [(task.title, task.priority, task.tags) for task in tasks(site)] == [("call Ana", "high", ["tax"])]


@in_ways("phone without script")
def test_in_every_way_a_task_is_made(site: Site, open_window: OpenWindow, way: Way):
    opened = open_window(site, "mara", **way.options)
    page, hands = opened.go("/board"), way.hands(opened)
    expect(page.get_by_role("link", name="+ Task")).to_be_visible()
    hands.use(page.get_by_role("link", name="+ Task"))
    hands.fill_in(page.get_by_label("What is to be done?"), LINE)
    hands.use(page.get_by_role("button", name="Make it", exact=True))
    expect(page.get_by_role("link", name="#1 “call Ana”")).to_be_visible()
    assert [(task.title, task.priority, task.tags) for task in tasks(site)] == [("call Ana", "high", ["tax"])]


def test_by_keys_alone_one_task_after_the_other_is_made(site: Site, open_window: OpenWindow):
    page = open_window(site, "mara").go("/my-work")
    page.wait_for_load_state()
    page.keyboard.press("t")
    line = page.get_by_label("What is to be done?")
    expect(line).to_be_focused()
    page.keyboard.type("Order paper")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("link", name="#1 “Order paper”")).to_be_visible()
    expect(line).to_be_focused()
    expect(line).to_have_value("")
    page.keyboard.type("Order ink")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="My work")).to_be_visible()
    expect(page.get_by_role("link", name="#2 “Order ink”")).to_be_visible()
    assert [task.title for task in tasks(site)] == ["Order paper", "Order ink"]


@pytest.mark.wide
def test_by_the_key_on_my_work_a_task_is_mine_and_one_press_makes_it_nobody_s(
    site: Site, open_window: OpenWindow
):
    page = open_window(site, "ana").go("/my-work")
    page.wait_for_load_state()
    page.keyboard.press("t")
    expect(page.locator("#understood .whose")).to_contain_text("for you")
    page.keyboard.type("Order paper")
    page.keyboard.press("Enter")
    expect(page.locator("#my-work")).to_contain_text("assigned to you")
    page.keyboard.press("t")
    expect(page.get_by_label("What is to be done?")).to_be_focused()
    page.keyboard.type("Order ink")
    # While the preview of what was typed is on its way, what it takes the place of takes a press with it.
    expect(page.locator("#understood .title")).to_have_text("Order ink")
    page.get_by_role("button", name="Nobody’s").click()
    expect(page.locator("#understood .whose")).to_contain_text("for nobody yet")
    expect(page.get_by_label("What is to be done?")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#my-work")).to_contain_text("you made it, and nobody is assigned")
    assert [task.assignee_id is None for task in tasks(site)] == [False, True]


@pytest.mark.wide
@pytest.mark.few(1)
@pytest.mark.parametrize("path", ["/inbox", "/tasks/{task}", "/stuck", "/reports?days=7", "/help"])
def test_the_key_makes_a_task_of_mine_on_every_page_and_leads_back(
    site: Site, open_window: OpenWindow, path: str
):
    path = path.format(task=make_task(site.workbench).task_id)
    page = open_window(site, "mara").go(path)
    page.wait_for_load_state()
    page.keyboard.press("t")
    expect(page.get_by_label("What is to be done?")).to_be_focused()
    expect(page.locator("#understood .whose")).to_contain_text("for you")
    page.keyboard.type("Order paper")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="#2 “Order paper”")).to_be_visible()
    expect(page).to_have_url(site.address + path)


@pytest.mark.wide
def test_on_a_bundle_the_key_makes_a_task_of_the_bundle(site: Site, open_window: OpenWindow):
    bundle = make_bundle(site.workbench)
    page = open_window(site, "mara").go(f"/bundles/{bundle.bundle_id}")
    page.wait_for_load_state()
    page.keyboard.press("t")
    expect(page).to_have_url(re.compile("/add-task$"))
    expect(page.locator("#understood .whose")).to_contain_text("for nobody yet")


@pytest.mark.wide
def test_one_press_leads_to_whoever_else_does_it_and_the_preview_follows(site: Site, open_window: OpenWindow):
    page = open_window(site, "mara").go("/my-work")
    expect(page.get_by_role("link", name="+ Task")).to_be_visible()
    page.get_by_role("link", name="+ Task").click()
    page.get_by_label("What is to be done?").press_sequentially("Order paper")
    page.get_by_role("button", name="Somebody else’s").click()
    who = page.get_by_label("Who does it?")
    expect(who).to_be_focused()
    who.select_option(label="Ben Brandt")
    expect(page.locator("#understood .whose")).to_contain_text("for Ben Brandt")
    page.get_by_role("button", name="Make it", exact=True).click()
    expect(page.get_by_role("link", name="#1 “Order paper”")).to_be_visible()
    assert tasks(site)[0].assignee_id is not None


@pytest.mark.wide
def test_a_word_that_looks_like_a_day_is_kept_by_one_press(site: Site, open_window: OpenWindow):
    page = open_window(site, "mara").go("/tasks/new")
    expect(page.get_by_label("What is to be done?")).to_be_focused()
    page.keyboard.type("Watch Monday")
    page.get_by_role("button", name=re.compile("Take as text.*Monday")).click()
    line = page.get_by_label("What is to be done?")
    expect(line).to_have_value('Watch "Monday"')
    expect(line).to_be_focused()
    expect(page.locator("#understood strong")).to_have_text("Watch Monday")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="#1 “Watch Monday”")).to_be_visible()
    assert tasks(site)[0].due_date is None


@pytest.mark.wide
def test_a_mistake_stands_under_the_line_and_is_mended_there(site: Site, open_window: OpenWindow):
    page = open_window(site, "mara").go("/tasks/new")
    expect(page.get_by_label("What is to be done?")).to_be_focused()
    page.keyboard.type("Call @bem")
    expect(page.locator("#understood .has-error")).to_contain_text("nearest: @ben, Ben Brandt")
    page.keyboard.press("Enter")
    line = page.get_by_label("What is to be done?")
    expect(line).to_have_attribute("aria-invalid", "true")
    expect(line).to_have_value("Call @bem")
    expect(line).to_be_focused()
    assert tasks(site) == []
    line.fill("Call @ben")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="#1 “Call”")).to_be_visible()


@pytest.mark.wide
def test_a_preview_that_comes_between_press_and_release_takes_no_button_from_under_the_pointer(
    site: Site, open_window: OpenWindow
):
    page = open_window(site, "ana").go("/my-work")
    page.wait_for_load_state()
    page.keyboard.press("t")
    expect(page.locator("#understood .whose")).to_contain_text("for you")
    held: list[Route] = []
    page.route("**/preview", lambda route: held.append(route), times=1)  # noqa: PLW0108 - no method of a list
    with page.expect_request("**/preview"):
        page.keyboard.type("Order ink")
    page.get_by_role("button", name="Nobody’s").hover()
    page.mouse.down()
    with page.expect_response("**/preview"):
        held[0].continue_()
    page.wait_for_timeout(50)
    expect(page.locator("#understood .title")).to_have_count(0)  # it waits
    page.mouse.up()
    expect(page.locator("#understood .whose")).to_contain_text("for nobody yet")
    expect(page.locator("#understood .title")).to_have_text("Order ink")


@pytest.mark.wide
def test_without_javascript_a_button_shows_what_was_understood(site: Site, open_window: OpenWindow):
    page = open_window(site, "mara", java_script_enabled=False).go("/board")
    expect(page.get_by_role("link", name="+ Task")).to_be_visible()
    page.get_by_role("link", name="+ Task").click()
    page.get_by_label("What is to be done?").fill("Watch Monday tomorrow")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("due Sun 22 Nov, tomorrow")).to_be_visible()
    page.get_by_role("button", name=re.compile("Take as text.*tomorrow")).click()
    expect(page.get_by_text("due Mon 23 Nov")).to_be_visible()
    page.locator("details.more summary").click()
    page.get_by_label("Priority").select_option("low")
    page.get_by_label("Tags").fill("tv, evening")
    page.get_by_role("button", name="Make it", exact=True).click()
    expect(page.get_by_role("heading", name="Board")).to_be_visible()
    found = tasks(site)[0]
    assert (found.title, str(found.due_date), found.priority, found.tags) == (
        "Watch tomorrow",
        "2026-11-23",
        "low",
        ["tv", "evening"],
    )
