"""Each guide, followed in Chromium: only what it prints bold is pressed, filled in and looked for (N7)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from engine.access import Actor
from engine.deliverables.models import Approval, ApprovalStatus
from engine.tasks.models import Task
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.desk import PORTAL, Desk
from tests.factories import PASSWORD, USERS, do, make_bundle
from web.pages import guides

FIRST_TASK = "Find an e-mail address for the guest Nora Ng"


@dataclass
class Reader:
    """Somebody who has the guide beside them, and goes by nothing else."""

    guide: str
    page: Page

    def _word(self, word: str) -> str:
        text = re.sub(r"\s+", " ", (guides.FOLDER / f"{self.guide}.md").read_text(encoding="utf-8"))
        assert f"**{word}**" in text, f"the {self.guide}'s guide does not name “{word}”"
        return word

    def open(self, place: str) -> None:
        """Go to a place of the navigation."""
        self.page.get_by_label("Places").get_by_role("link", name=self._word(place)).click()
        self.page.wait_for_load_state()

    def press(self, word: str, within: Locator | None = None) -> None:
        """Press a button, follow a link or open what is folded; the first that has this name."""
        self._named(word, within or self.page.locator("body")).first.click()
        self.page.wait_for_load_state()

    def fill(self, label: str, text: str, within: Locator | None = None) -> None:
        """Fill in a field."""
        (within or self.page.locator("main")).get_by_label(self._word(label)).locator(
            "visible=true"
        ).first.fill(text)

    def part(self, title: str) -> Locator:
        """Find the part of the page with a heading."""
        found = self.page.get_by_role("region", name=self._word(title), exact=True)
        expect(found).to_be_visible()
        return found

    def sees(self, word: str, within: Locator | None = None) -> None:
        """See a text."""
        expect((within or self.page.locator("main")).get_by_text(self._word(word)).first).to_be_visible()

    def _named(self, word: str, within: Locator) -> Locator:
        name = re.compile(rf"^{re.escape(self._word(word))}(?:[ :].*)?$", re.DOTALL)
        by_role = within.get_by_role("button", name=name).or_(within.get_by_role("link", name=name))
        return by_role.or_(within.locator("summary").filter(has_text=name)).locator("visible=true")


@pytest.fixture
def desk(site: Site) -> Desk:
    object.__setattr__(site.workbench.settings, "copy_links", False)
    people: dict[str, Actor] = {name: site.actor(name) for name in [*USERS, "pat"]}
    return Desk.set_up(site.workbench, people)


def test_a_member_finds_their_work_does_it_and_hands_it_over(desk: Desk, site: Site, open_window: OpenWindow):
    bundle = make_bundle(site.workbench, parameters={"guest_name": "Nora Ng"})
    draft = desk.make("Write about tents")
    reader = Reader("member", open_window(site, "ana").page)
    _member_hands_over(reader)
    assert desk.task(draft).status.value == "pending_approval"
    with site.workbench.reading(desk.people["mara"]) as tx:
        first = next(task for task in tx.find(Task, bundle_id=bundle.bundle_id) if task.title == FIRST_TASK)
    do(site.workbench, desk.people["mara"], "task assign", task_id=first.task_id, assignee="ana")
    _member_does_a_task(reader)
    assert desk.task(first.task_id).status.value == "completed"
    _member_searches(reader)


def _member_does_a_task(reader: Reader) -> None:
    page = reader.page
    reader.open("My work")
    page.get_by_role("link", name=FIRST_TASK).click()
    reader.press("Start", page.locator("#actions"))
    reader.press("Wait", page.locator("#actions"))
    reader.fill("Waiting for whom or what?", "Nora's assistant")
    reader.fill("Comment", "She was asked by e-mail.", page.locator("#do-wait"))
    page.locator("#do-wait form").get_by_role("button", name="Wait").click()
    reader.press("Resume work")
    reader.fill("Write a note", "@mara she answers on Monday.")
    reader.press("Add the note")
    reader.press("Complete")
    blockers = page.locator("#blockers")
    expect(blockers).to_contain_text("What blocks me")
    for step in page.get_by_role("button", name=re.compile("^Done: ")).all():
        step.click()
    proof = reader.part("Proof")
    reader.sees("needed", proof)
    reader.fill("Address", "mailto:guest@example.com", proof)
    reader.press("Give proof", proof)
    expect(reader.part("Proof").locator("details:has-text('Replace it')")).to_have_js_property("open", False)
    reader.press("Replace it", reader.part("Proof"))
    reader.fill("Address", "mailto:nora@example.com", reader.part("Proof"))
    expect(page.get_by_text("Nothing stands in the way")).to_be_visible()
    reader.press("Complete")
    expect(page.get_by_role("status")).to_have_text("Task completed.")


def _member_hands_over(reader: Reader) -> None:
    page = reader.page
    reader.open("My work")
    page.get_by_role("link", name="Write about tents").click()
    reader.press("Start", page.locator("#actions"))
    reader.press("Add a deliverable")
    form = page.locator("#add-deliverable")
    form.get_by_label("Name").fill("draft")
    form.get_by_label("What kind").fill("text")
    form.get_by_role("button", name="Add the deliverable").click()
    expect(page.get_by_role("status")).to_contain_text("Deliverable added")
    panel = reader.part("Deliverables")
    reader.fill("Address", "https://docs.example/tents", panel)  # the form is open, as it was just added
    panel.get_by_role("button", name="Hand over", exact=True).click()
    expect(panel.get_by_text("Change it").first).to_be_visible()
    expect(panel.get_by_label("Address").first).to_be_hidden()
    reader.press("Request approval")
    reader.press("Request", page.locator("#actions"))
    expect(page.get_by_role("region", name="Waits for a decision")).to_be_visible()


def _member_searches(reader: Reader) -> None:
    page = reader.page
    page.keyboard.press("/")
    page.keyboard.type("assignee:me status:pending_approval tents")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/board\?q="))
    reader.press("List")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody")).to_contain_text("Write about tents")
    reader.press("Clear")


@pytest.mark.wide
def test_a_manager_decides_starts_work_moves_it_and_looks_at_it_again(
    desk: Desk, site: Site, open_window: OpenWindow
):
    judged = desk.hand_over("Write the article")
    asking = desk.ask_for_help("Fix the feed", "Which feed?")
    reader = Reader("manager", open_window(site, "mara").page)
    _manager_clears_the_inbox(reader)
    assert desk.task(asking).status.value == "help_needed"
    with site.workbench.reading(desk.people["mara"]) as tx:
        (decided,) = tx.find(Approval, task_id=judged)
    assert decided.status is ApprovalStatus.APPROVED_PENDING_CHANGES
    _manager_starts_and_moves_a_bundle(reader)
    _manager_gives_a_task_to_somebody(reader)
    done = desk.make("Send the invoice", assignee="ben")
    do(site.workbench, desk.people["ben"], "task complete", task_id=done)
    _manager_looks_again(reader, done)


def _manager_clears_the_inbox(reader: Reader) -> None:
    page = reader.page
    reader.open("Inbox")
    reader.sees("Waits for your decision")
    page.locator("#inbox-list").get_by_role("link", name="Write the article").click()
    expect(page.locator("#inbox-item h2")).to_have_text("Write the article")
    reader.press("Look and approve", page.locator("#inbox-item"))
    decision = page.get_by_role("region", name="Your decision")
    decision.get_by_role("textbox").fill("Shorten the title.")
    reader.press("Approve, with this change", decision)
    reader.sees("Needs your help")
    expect(page.locator("#inbox-item h2")).to_have_text("Fix the feed")
    reader.fill("Your answer", "The one of the shop.")
    reader.press("Answer", page.locator("#inbox-item"))
    expect(page.get_by_role("status")).to_be_visible()


def _manager_starts_and_moves_a_bundle(reader: Reader) -> None:
    page = reader.page
    reader.open("Start something")
    page.get_by_role("link", name="Blog post").click()
    page.get_by_label("Topic").fill("How to dry a tent")
    reader.sees("What it makes")
    reader.sees("dates are fine")
    reader.press("Start", page.locator("#start-form"))
    expect(page.get_by_role("status")).to_contain_text("is started")
    reader.sees("What keeps it open")
    reader.press("Move dates")
    reader.fill("Anchor date", "2027-02-01")
    reader.press("Show what moves")
    expect(page.get_by_text("nothing is changed yet")).to_be_visible()
    reader.press("Move to")
    expect(page.locator("#bundle-head")).to_contain_text("Mon 1 Feb 2027")
    reader.press("Show the picture")
    expect(page.get_by_role("region", name="Picture of what waits for what")).to_be_visible()


def _manager_gives_a_task_to_somebody(reader: Reader) -> None:
    page = reader.page
    page.locator("#tasks-title").locator("xpath=../..").get_by_role("link", name="Brief").first.click()
    reader.press("More", page.locator("#actions"))
    reader.press("Assign", page.locator("#do-more"))
    page.locator("#do-assign").get_by_label("Who does it?").select_option(label="Ben Brandt")
    page.locator("#do-assign").get_by_role("button", name="Assign").click()
    expect(page.locator("#task-head")).to_contain_text("Ben Brandt")


def _manager_looks_again(reader: Reader, task_id: str) -> None:
    page = reader.page
    page.goto(page.url.partition("/tasks/")[0] + f"/tasks/{task_id}")
    reader.press("Flag for QA")
    page.get_by_role("button", name="Flag it").click()
    reader.open("QA")
    reader.press("To score")
    page.get_by_role("link", name="Send the invoice").click()
    reader.sees("Why it is here")
    page.get_by_label("Passed", exact=True).check()
    reader.fill("Feedback", "Well done.")
    reader.press("Score it")
    page.goto(page.url.partition("/qa")[0] + f"/tasks/{task_id}")
    reader.press("The whole story")
    reader.sees("Everything that happened")


@pytest.mark.wide
def test_a_partner_signs_in_looks_comments_and_decides(desk: Desk, site: Site, open_window: OpenWindow):
    desk.hand_over("The garden fair", policy=PORTAL)
    reader = Reader("partner", open_window(site, "pat").page)
    page = reader.page
    page.locator("details.user summary").click()
    reader.press("Your account", page.locator("details.user"))
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    reader.sees("Where you are signed in")
    page.locator("details.user summary").click()
    reader.press("Sign out", page.locator("details.user"))
    reader.fill("E-mail", "pat@example.com")
    reader.fill("Password", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    reader.sees("Waits for your approval")
    reader.press("Look at it")
    reader.fill("Write a comment", "The date is missing.")
    reader.press("Add the comment")
    expect(page.get_by_text("The date is missing.")).to_be_visible()
    reader.part("Your decision")
    reader.open("Inbox")
    reader.press("Reject", page.locator("#inbox-item"))
    reader.fill("Why, and what to do", "Name the day.")
    page.locator("#do-rejected").get_by_role("button", name="Reject").click()
    reader.press("Decided before")
    expect(page.locator("#inbox-item")).to_contain_text("Name the day.")
