"""Who would hear of a note is said while it is written, and nothing moves (R21)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.factories import make_task


@pytest.mark.wide
def test_a_call_that_reaches_nobody_is_said_while_it_is_written(site: Site, open_window: OpenWindow):
    task = make_task(site.workbench, actor=site.actor("mara"), assignee="ana")
    page = open_window(site, "mara").go(f"/tasks/{task.task_id}")
    note = page.get_by_role("region", name="Notes")
    button = note.get_by_role("button", name="Add the note")
    note.get_by_role("textbox").focus()
    before = button.bounding_box()
    note.get_by_role("textbox").fill("@ben, look")
    expect(note).to_contain_text("Ben Brandt does not see this task, and would not be told.")
    assert button.bounding_box() == before, "nothing jumps"
    note.get_by_role("textbox").fill("@ana, look")
    expect(note).to_contain_text("Goes to Ana Alvarez.")
    expect(note).not_to_contain_text("Ben Brandt")
    button.click()
    expect(page.get_by_role("status")).to_have_text("Note added.")


@pytest.mark.wide
def test_without_the_script_it_is_said_with_the_answer(site: Site, open_window: OpenWindow):
    task = make_task(site.workbench, actor=site.actor("mara"), assignee="ana")
    page = open_window(site, "mara", java_script_enabled=False).go(f"/tasks/{task.task_id}")
    note = page.get_by_role("region", name="Notes")
    note.get_by_role("textbox").fill("@ben, look")
    note.get_by_role("button", name="Add the note").click()
    expect(page.get_by_role("status").last).to_contain_text(
        "Ben Brandt does not see this task, and was not told."
    )
    expect(note).to_contain_text("@ben, look")
