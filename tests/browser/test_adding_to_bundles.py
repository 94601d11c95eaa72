"""Adding to a running bundle: by mouse, by keys alone, without JavaScript, on a phone (D4)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from engine.bundles.models import Bundle
from engine.tasks.models import Task
from tests.browser.chromium import PHONE
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.factories import make_bundle


@pytest.fixture
def bundle(site: Site) -> Bundle:
    given = {"campaign": "acme_spring", "parameters": {"topic": "Tents"}}
    return make_bundle(site.workbench, "blog_post", actor=site.actor("mara"), **given)


def titles(site: Site, bundle: Bundle, ref: str | None) -> list[str]:
    with site.workbench.reading(site.workbench.operator()) as tx:
        found = tx.find(Task, bundle_id=bundle.bundle_id, order_by=("task_number",))
    return [task.title for task in found if task.template_task_ref == ref]


@pytest.mark.wide  # a look at a corner, and a slow one
@pytest.mark.parametrize(
    "options",
    [pytest.param({}, id="desk"), pytest.param({"viewport": PHONE}, id="phone", marks=pytest.mark.wide)],
)
def test_by_mouse_a_second_task_of_the_template_is_seen_before_it_is_made(
    site: Site, bundle: Bundle, open_window: OpenWindow, options
):
    page = open_window(site, "mara", **options).go(f"/bundles/{bundle.bundle_id}")
    expect(page.get_by_role("link", name="+ Task")).to_be_visible()
    page.get_by_role("link", name="+ Task").click()
    page.get_by_label("Which one, once more?").select_option("brief")
    topic = page.get_by_label("Topic")
    expect(topic).to_have_value("Tents")
    topic.fill("Stoves")
    expect(page.locator("#would-be strong")).to_contain_text("Stoves")
    expect(page.get_by_text("with the same steps, proof and deliverables")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut off"
    page.get_by_role("button", name="Add it").click()
    expect(page.locator(".message")).to_contain_text("Stoves")
    first, second = titles(site, bundle, "brief")
    assert second == first.replace("Tents", "Stoves") != first


@pytest.mark.wide
def test_by_keys_alone_a_line_joins_the_bundle(site: Site, bundle: Bundle, open_window: OpenWindow):
    page = open_window(site, "mara").go(f"/bundles/{bundle.bundle_id}")
    page.wait_for_load_state()
    page.keyboard.press("t")
    line = page.get_by_label("What is to be done?")
    expect(line).to_be_focused()
    page.keyboard.type("Call the printer fri")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message")).to_contain_text("Call the printer")
    expect(line).to_be_focused()
    page.keyboard.type("Call the editor")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=bundle.title)).to_be_visible()
    assert titles(site, bundle, None) == ["Call the printer", "Call the editor"]


def test_without_javascript_both_are_there(site: Site, bundle: Bundle, open_window: OpenWindow):
    page = open_window(site, "mara", java_script_enabled=False).go(f"/bundles/{bundle.bundle_id}")
    expect(page.get_by_role("link", name="+ Task")).to_be_visible()
    page.get_by_role("link", name="+ Task").click()
    page.get_by_label("Which one, once more?").select_option("brief")
    page.get_by_role("button", name="Show it").click()
    page.get_by_label("Topic").fill("Stoves")
    page.locator("#another-form").get_by_role("button", name="Preview").click()
    expect(page.locator("#would-be strong")).to_contain_text("Stoves")
    page.get_by_role("button", name="Add it").click()
    expect(page.locator(".message")).to_contain_text("Stoves")
    assert len(titles(site, bundle, "brief")) == 2


@pytest.mark.wide
def test_a_board_that_is_open_shows_what_somebody_else_added(
    site: Site, bundle: Bundle, open_window: OpenWindow
):
    board = open_window(site, "ana").go(f"/board?bundle={bundle.bundle_id}")
    board.wait_for_load_state()
    page = open_window(site, "mara").go(f"/bundles/{bundle.bundle_id}/add-task")
    page.get_by_label("What is to be done?").fill("Call the printer today")
    page.get_by_role("button", name="Make it", exact=True).click()
    expect(page.locator(".message")).to_contain_text("Call the printer")
    expect(board.get_by_role("link", name="Call the printer")).to_be_attached()
