"""Long talk on a task: earlier notes come in their place, and nothing typed meanwhile is lost (P6)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from engine.app import Workbench
from engine.tasks import notes
from engine.tasks.queries.notes import PER_PAGE
from tests.browser.chromium import DESK, PHONE
from tests.browser.conftest import OpenWindow
from tests.browser.places import top
from tests.browser.serving import Site
from tests.factories import make_task


def _say(workbench: Workbench, task_id: str, count: int) -> list[str]:
    made = []
    for number in range(count):
        with workbench.transaction(workbench.operator()) as tx:
            made.append(notes.add(tx, task_id, f"Remark {number}.").task_note_id)
    return made


@pytest.mark.wide  # needs many notes
def test_earlier_notes_come_in_place_while_a_note_is_half_typed(site: Site, open_window: OpenWindow):
    task = make_task(site.workbench)
    made = _say(site.workbench, task.task_id, PER_PAGE + 5)
    page = open_window(site, "mara").go(f"/tasks/{task.task_id}")
    page.get_by_label("Write a note").fill("Half a sentence")
    page.evaluate("window.isSamePage = true")
    page.get_by_role("link", name="Show earlier notes").click()
    expect(page.locator("#note-list .note")).to_have_count(5)
    expect(page.locator(f"#note-{made[0]}")).to_be_visible()
    expect(page.get_by_label("Write a note")).to_have_value("Half a sentence")
    _say(site.workbench, task.task_id, 1)
    expect(page.locator("#timeline")).to_contain_text("Remark 0.", timeout=15_000)  # the rest is kept fresh
    expect(page.locator("#note-list .note")).to_have_count(5)
    page.get_by_role("link", name="Show later notes").click()
    expect(page.locator("#note-list .note")).to_have_count(PER_PAGE)
    assert page.evaluate("window.isSamePage")


@pytest.mark.wide
def test_an_address_that_names_an_old_note_alone_leads_to_it(site: Site, open_window: OpenWindow):
    task = make_task(site.workbench)
    made = _say(site.workbench, task.task_id, PER_PAGE + 5)
    page = open_window(site, "mara").go(f"/tasks/{task.task_id}#note-{made[2]}")
    expect(page.locator(f"#note-{made[2]}")).to_be_in_viewport()
    page.goto(f"{page.url.partition('?')[0]}#note-nte_nothing")
    expect(page.locator(f"#note-{made[-1]}")).to_be_attached()


def _by_mouse(page: Page) -> None:
    page.get_by_role("button", name="Add the note").click()


def _by_keyboard(page: Page) -> None:
    page.get_by_label("Write a note").press("Control+Enter")


@pytest.mark.few(1)
@pytest.mark.parametrize("send", [_by_mouse, _by_keyboard], ids=["mouse", "keyboard"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_one_note_after_another_is_written_in_the_same_place(site: Site, open_window: OpenWindow, size, send):
    task = make_task(site.workbench, assignee="ana", description="The guest's page.")
    page = open_window(site, "ana", viewport=size).go(f"/tasks/{task.task_id}")
    field = page.get_by_label("Write a note")
    field.scroll_into_view_if_needed()
    for number in range(1, 4):
        field.fill(f"Remark {number}.\n\nOf two paragraphs.")
        before = _tops_of_the_form(page)
        send(page)
        expect(page.locator("#note-list .note")).to_have_count(number)
        expect(field).to_have_value("")
        # A browser scrolls by whole pixels, while what is written may be higher by a part of one.
        assert _tops_of_the_form(page) == pytest.approx(before, abs=1), f"note {number}"
        expect(page.locator("#note-list .note").last).to_be_focused()  # the keys go on from there
    expect(page.locator("#note-list .note").last).to_be_in_viewport()
    assert page.url == f"{site.address}/tasks/{task.task_id}"


def _tops_of_the_form(page: Page) -> list[float]:
    """Say how far down the window the controls of the notes' form stand."""
    form = page.locator("#notes form[action$='/notes']")
    return [top(one) for one in form.locator("textarea, button").all()]


@pytest.mark.wide
def test_a_note_on_an_earlier_page_of_notes_leads_to_the_latest_which_stays(
    site: Site, open_window: OpenWindow
):
    task = make_task(site.workbench)
    made = _say(site.workbench, task.task_id, PER_PAGE + 5)
    page = open_window(site, "mara").go(f"/tasks/{task.task_id}?note={made[0]}")
    page.get_by_label("Write a note").fill("The newest.")
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator("#note-list")).to_contain_text("The newest.")
    with page.expect_response(lambda answer: "x-live" in answer.request.headers):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(50)
    expect(page.locator("#note-list")).to_contain_text("The newest.")
