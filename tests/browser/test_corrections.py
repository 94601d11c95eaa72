"""A closing by mistake is corrected, closed work is reworked: in every way that people work."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from engine.deliverables import versions
from engine.tasks import lifecycle
from engine.tasks.models import Task, TaskStatus
from tests.browser.chromium import window
from tests.browser.conftest import OpenWindow
from tests.browser.hands import Way, in_ways
from tests.browser.serving import Site
from tests.factories import make_task

WAYS = in_ways("mouse")


@pytest.fixture
def task(site: Site) -> Task:
    """A task of Ana's that she has completed; Ben's comes after it."""
    made = make_task(site.workbench, assignee="ana")
    make_task(site.workbench, assignee="ben", title="Fetch the paper", depends_on=[made.task_id])
    with site.workbench.transaction(site.actor("ana")) as tx:
        row = versions.add(tx, made.task_id, "draft", type="text")
        versions.edit(tx, row.deliverable_id, url="https://docs.example/draft")
    with site.workbench.transaction(site.actor("ana")) as tx:
        lifecycle.complete(tx, made.task_id)
    return made


def _status(site: Site, task: Task) -> TaskStatus:
    with site.workbench.reading(site.actor("mara")) as tx:
        return tx.get(Task, task.task_id).status


def _actions(page: Page, name: str) -> Locator:
    return page.locator("#actions").get_by_text(name, exact=True)


@pytest.mark.wide
@WAYS
def test_a_completion_by_mistake_is_corrected(site: Site, open_window: OpenWindow, task: Task, way: Way):
    opened = open_window(site, "ana", **way.options)
    page, hand = opened.page, way.hands(opened)
    page.goto(f"{site.address}/tasks/{task.task_id}")
    expect(_actions(page, "Correct")).to_be_visible()
    hand.use(_actions(page, "Correct"))
    expect(page.get_by_role("heading", name="What is taken back")).to_be_visible()
    expect(page.get_by_text("#2 waits for #1 again.")).to_be_visible()
    hand.write("What was the mistake?", "It is half done.")
    hand.send(page.get_by_role("button", name="Correct it"))
    expect(page.get_by_role("status")).to_contain_text("is “To do” again.")
    expect(page).to_have_url(re.compile(rf"/tasks/{task.task_id}$"))
    assert _status(site, task) is TaskStatus.PENDING


@WAYS
def test_closed_work_is_reworked_from_where_it_stands(
    site: Site, open_window: OpenWindow, task: Task, way: Way
):
    opened = open_window(site, "ana", **way.options)
    page, hand = opened.page, way.hands(opened)
    page.goto(f"{site.address}/tasks/{task.task_id}")
    expect(_actions(page, "Rework")).to_be_visible()
    hand.use(_actions(page, "Rework"))
    hand.write("Why again, and what is to change?", "Another format.")
    hand.send(page.get_by_role("button", name="Make the rework"))
    expect(page.get_by_role("heading", name="What was handed over before")).to_be_visible()
    expect(page.locator("#before").get_by_role("link", name="draft, version 1")).to_be_visible()
    hand.use(page.locator("#facts").get_by_role("link", name=re.compile("^#1 ")))
    expect(page.locator("#facts")).to_contain_text("Reworked as")
    assert _status(site, task) is TaskStatus.COMPLETED


@pytest.mark.wide
def test_both_work_without_the_script(browser: Browser, site: Site, task: Task):
    with window(browser, site, java_script_enabled=False) as opened:
        page = opened.sign_in("ana")
        page.goto(f"{site.address}/tasks/{task.task_id}")
        _actions(page, "Rework").click()
        page.get_by_label("Why again, and what is to change?").fill("Another format.")
        page.get_by_role("button", name="Make the rework").click()
        page.locator("#before").get_by_role("link", name=re.compile("^All of it")).click()
        expect(_actions(page, "Correct")).to_have_count(0)
        opened.go(f"/tasks/{task.task_id}/correct")
        expect(page.get_by_role("heading", name="It cannot be corrected")).to_be_visible()
        expect(page.get_by_text("It is reworked as #3.")).to_be_visible()
        page.get_by_role("link", name="Go to its rework, #3").click()
        expect(page.locator("#facts")).to_contain_text("Rework of")
    assert _status(site, task) is TaskStatus.COMPLETED
