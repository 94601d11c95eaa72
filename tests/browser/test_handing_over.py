"""An article's way: handed over, requested, rejected, resubmitted, approved; two people, two windows."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from engine.deliverables.models import Deliverable
from engine.tasks.models import Task
from tests.browser.chromium import PHONE
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.factories import make_task
from tests.told import added, saved

FEEDBACK = "The lead buries the answer. Put it into the first two sentences."


@pytest.fixture
def path(site: Site) -> str:
    """Return the address of a task of Ana's that hands over a draft."""
    object.__setattr__(site.workbench.settings, "copy_links", False)
    task_id = make_task(site.workbench, title="Write about tents", assignee="ana").task_id
    with site.workbench.transaction(site.workbench.operator()) as tx:
        task = tx.get(Task, task_id)
        task.approval = {"required": True, "sources": ["internal"]}
        saved(tx, task)
        added(
            tx,
            Deliverable(
                deliverable_id=tx.new_id(Deliverable),
                workspace_id=tx.workspace_id,
                task_id=task_id,
                ref="draft",
                type="text",
                created_by=tx.actor.user_id,
                created_at=tx.now,
                updated_at=tx.now,
            ),
        )
    return f"/tasks/{task_id}"


def test_a_draft_is_rejected_resubmitted_and_approved(site: Site, path: str, open_window: OpenWindow):
    ana, mara = open_window(site, "ana"), open_window(site, "mara")
    _hand_over(ana.go(path))
    _judge(mara.go(path), "Reject", FEEDBACK)
    expect(mara.page.get_by_role("status")).to_contain_text("Rejected.")
    # Her page is fresh by itself; the feedback stands on top of it.
    said = ana.page.get_by_role("region", name="What the approver said")
    expect(said).to_contain_text(FEEDBACK)
    _resubmit(ana.page)
    _judge(mara.go(path), "Approve", "Much better.")
    expect(mara.page.locator("#task-head")).to_contain_text("Done")
    deliverables = mara.page.get_by_role("region", name="Deliverables")
    deliverables.get_by_text("1 earlier version").click()
    expect(deliverables.get_by_text(FEEDBACK)).to_be_visible()
    expect(deliverables.locator("code").first).to_be_visible()


@pytest.mark.wide
def test_a_decision_form_is_never_made_fresher_under_the_hand(site: Site, path: str, open_window: OpenWindow):
    ana, mara = open_window(site, "ana"), open_window(site, "mara")
    _hand_over(ana.go(path))
    seen = mara.go(path).locator("#waiting input[name=seen]")
    before = seen.get_attribute("value")
    _edit(ana.page, "Change it", "https://docs.example/quite-different", "Save")
    changed = mara.page.get_by_role("region", name="Deliverables").get_by_role("link", name="quite-different")
    expect(changed).to_be_visible()
    assert seen.get_attribute("value") == before
    _judge(mara.page, "Approve", "")
    expect(mara.page.get_by_role("alert")).to_contain_text("changed since you looked at it")


@pytest.mark.wide
def test_a_phone_without_javascript_hands_over_and_requests(site: Site, path: str, open_window: OpenWindow):
    ana = open_window(site, "ana", java_script_enabled=False, viewport=PHONE)
    _hand_over(ana.go(path))
    ana.page.locator("#do-decide > summary").click()
    expect(ana.page.get_by_role("region", name="Waits for a decision")).to_contain_text("A manager decides")


@pytest.mark.wide
def test_the_number_of_a_line_opens_its_field_and_the_keys_go_there(
    site: Site, path: str, open_window: OpenWindow
):
    page = open_window(site, "ana").go(path)
    panel = page.get_by_role("region", name="Deliverables")
    panel.locator("summary", has_text="Hand over").first.click()
    text = {"name": "tents.md", "mimeType": "text/markdown", "buffer": b"Tents\nA tent that leaks"}
    panel.locator("input[type=file]").first.set_input_files(text)
    panel.get_by_role("button", name="Hand over", exact=True).first.click()
    panel.get_by_role("link", name="Look at it").click()
    page.get_by_text("The source, to comment on its lines").click()
    page.locator("#line-2 .line-number").click()
    expect(page.get_by_label("On line 2")).to_be_focused()
    page.keyboard.type("Which one?")
    page.locator("#line-2").get_by_role("button", name="Add the comment").click()
    expect(page.locator("#line-2")).to_contain_text("Which one?")


def _hand_over(page: Page) -> None:
    page.get_by_role("button", name="Start", exact=True).click()
    _edit(page, "Hand over", "https://docs.example/tents", "Hand over")
    page.get_by_role("button", name="Request approval").click()
    expect(page.get_by_role("status")).to_have_text("Approval requested.")


def _edit(page: Page, opening: str, address: str, button: str) -> None:
    panel = page.get_by_role("region", name="Deliverables")
    panel.locator("summary", has_text=opening).first.click()
    panel.get_by_label("Address").first.fill(address)
    panel.get_by_role("button", name=button, exact=True).first.click()


def _judge(page: Page, button: str, feedback: str) -> None:
    page.locator("#do-decide > summary").click()
    waiting = page.get_by_role("region", name="Waits for a decision")
    waiting.get_by_label("What you say").fill(feedback)
    waiting.get_by_role("button", name=button, exact=True).click()


def _resubmit(page: Page) -> None:
    page.get_by_role("link", name="Hand over version 2").first.click()
    panel = page.get_by_role("region", name="Deliverables")
    panel.get_by_label("Address").first.fill("https://docs.example/tents-2")
    panel.get_by_role("button", name="Resubmit for approval").click()
    expect(page.get_by_role("status")).to_contain_text("approval requested")
