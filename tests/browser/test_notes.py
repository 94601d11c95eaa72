"""Long talk on a task: earlier notes come in their place, and nothing typed meanwhile is lost (P6)."""

from __future__ import annotations

from playwright.sync_api import expect

from engine.app import Workbench
from engine.tasks import notes
from engine.tasks.queries.notes import PER_PAGE
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.factories import make_task


def _say(workbench: Workbench, task_id: str, count: int) -> list[str]:
    made = []
    for number in range(count):
        with workbench.transaction(workbench.operator()) as tx:
            made.append(notes.add(tx, task_id, f"Remark {number}.").task_note_id)
    return made


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


def test_an_address_that_names_an_old_note_alone_leads_to_it(site: Site, open_window: OpenWindow):
    task = make_task(site.workbench)
    made = _say(site.workbench, task.task_id, PER_PAGE + 5)
    page = open_window(site, "mara").go(f"/tasks/{task.task_id}#note-{made[2]}")
    expect(page.locator(f"#note-{made[2]}")).to_be_in_viewport()
    page.goto(f"{page.url.partition('?')[0]}#note-nte_nothing")
    expect(page.locator(f"#note-{made[-1]}")).to_be_attached()
