"""What was wrong in a day's work, looked at where a person would see it again."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from playwright.sync_api import expect

from engine.access import Actor
from engine.app import Workbench
from engine.deliverables import approvals, versions
from engine.deliverables.models import Deliverable
from engine.tasks import lifecycle, steps
from engine.tasks.models import Task
from tests.browser.chromium import DESK
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site, serving
from tests.desk import Desk
from tests.factories import USERS, do, make_bundle, make_task
from tests.told import saved


@pytest.fixture
def desk(site: Site) -> Desk:
    people: dict[str, Actor] = {name: site.actor(name) for name in [*USERS, "pat"]}
    return Desk.set_up(site.workbench, people)


@pytest.mark.wide
@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("status:blocked", []),
        ("status:open", ["Order the tent", "Pay the tent"]),
        ("assignee:nobody", ["Order the tent"]),
        ("tent pay", ["Pay the tent"]),
    ],
)
def test_the_search_above_the_board_takes_every_word(
    site: Site, open_window: OpenWindow, text: str, shown: list[str]
):
    """D1, D16: a status was an error of ours, ``nobody`` was refused, words counted in one order alone."""
    make_task(site.workbench, title="Order the tent")
    make_task(site.workbench, title="Pay the tent", assignee="ana")
    page = open_window(site, "mara").page
    page.get_by_label("Search tasks").fill(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Board")
    expect(page.locator(".card-title")).to_have_text(shown)


@pytest.mark.wide
@pytest.mark.few(1)
@pytest.mark.parametrize("has_script", [True, False], ids=["with", "without"])
def test_enter_in_the_address_bar_after_a_refused_form_shows_the_task(
    site: Site, open_window: OpenWindow, *, has_script: bool
):
    """D3."""
    task = make_task(site.workbench, assignee="ana")
    with site.workbench.transaction(site.actor("ana")) as tx:
        steps.add_step(tx, task.task_id, "Ask for a photo", required=True)
        lifecycle.start(tx, task.task_id)
    page = open_window(site, "ana", java_script_enabled=has_script).go(f"/tasks/{task.task_id}")
    page.get_by_role("button", name="Complete", exact=True).first.click()
    expect(page.get_by_role("alert").first).to_contain_text("Ask for a photo")
    page.goto(page.url)
    expect(page.get_by_role("heading", level=1)).to_have_text(task.title)
    expect(page).to_have_url(f"{site.address}/tasks/{task.task_id}")


@pytest.mark.wide
def test_a_task_that_comes_after_another_is_not_ready_wherever_one_looks(site: Site, open_window: OpenWindow):
    """D10: the board said that it is blocked, lists did not."""
    first = make_task(site.workbench, title="First", assignee="ana")
    second = make_task(site.workbench, title="Second", assignee="ana", depends_on=[first.task_id])
    window = open_window(site, "ana")
    for path, place in (
        ("/board", ".lane"),
        ("/board?view=list", f"#row-{second.task_id}"),
        ("/my-work", f"#row-{second.task_id}"),
        (f"/tasks/{second.task_id}", ".task-facts"),
    ):
        page = window.go(path)
        expect(page.locator(place).filter(has_text=re.compile("Not ready")).first).to_be_visible()
        said = page.locator("main :is(.chip, h2, h3)")
        expect(said.filter(has_text=re.compile(r"^\W*Blocked$"))).to_have_count(0)


@pytest.mark.wide  # a look at a corner, and a slow one
def test_bundles_that_were_given_no_title_are_told_apart_on_their_cards(site: Site, open_window: OpenWindow):
    """D12."""
    for topic in ("Tents", "Stoves"):
        make_bundle(site.workbench, "blog_post", parameters={"topic": topic})
    page = open_window(site, "mara").page
    named = set(page.locator(".card-bundle").all_inner_texts())
    assert named == {"Article: Tents", "Article: Stoves"}


@pytest.mark.wide
def test_after_complete_a_key_leads_to_the_next_task_of_the_bundle(site: Site, open_window: OpenWindow):
    """D14."""
    bundle = make_bundle(site.workbench, "blog_post", parameters={"topic": "Tents"})
    first, second = (make_task(site.workbench, title=title, assignee="ana") for title in ("One", "Two"))
    with site.workbench.transaction(site.actor("mara")) as tx:
        for task in (first, second):
            kept = tx.get(Task, task.task_id)
            kept.bundle_id = bundle.bundle_id
            saved(tx, kept)
    page = open_window(site, "ana").go(f"/tasks/{first.task_id}")
    with page.expect_navigation():
        page.get_by_role("button", name="Complete", exact=True).first.click()
    expect(page.get_by_role("status").first).to_contain_text("Next: Two")
    page.wait_for_load_state()
    page.keyboard.press("g")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text("Two")


def _of_my_work(desk: Desk) -> None:
    """Give Ana one task of each sort, so that each row of her work has other chips, days and buttons."""
    back = desk.hand_over("Sent back")
    desk.decide(back, "rejected", "Name the source of each figure.")
    desk.make("Plain")
    title = "A pressing one with a title that is long enough for the width of its column"
    desk.make(title, priority="critical", urgency="immediate", due_date="2026-11-16")
    begun = desk.make("Begun", due_date="2026-11-21")
    waits = desk.make("Waits", due_date="2026-12-24")
    desk.make("To be taken", None, role="writer", due_date="2026-11-25")
    do(desk.workbench, desk.people["ana"], "task start", task_id=begun)
    do(desk.workbench, desk.people["ana"], "task wait", task_id=waits, waiting_for="the printer")


@pytest.mark.wide  # a look at a corner, and a slow one
def test_in_my_work_chips_days_and_next_steps_stand_below_one_another(
    desk: Desk, site: Site, open_window: OpenWindow
):
    """D15: they stood at other places in each row, and what was begun had nothing to press."""
    _of_my_work(desk)
    page = open_window(site, "ana", viewport=DESK).go("/my-work")
    rows = page.locator(".work-list > li")
    expect(rows).to_have_count(6)
    for part in (".chips", ".due-cell", ".next-step"):
        places = {
            round(row.locator(part).evaluate("(one) => one.getBoundingClientRect().left"))
            for row in rows.all()
        }
        assert len(places) == 1, (part, places)
    expect(rows.filter(has_text="Begun").locator(".next-step button")).to_have_text(re.compile("^Complete"))


def test_what_was_sent_back_is_the_first_of_my_work_and_leads_to_what_was_said(
    desk: Desk, site: Site, open_window: OpenWindow
):
    """D8: it looked like any work in progress, and sorted last."""
    _of_my_work(desk)
    page = open_window(site, "ana").go("/my-work")
    expect(page.locator("#my-work h2").first).to_have_text("Sent back")
    first = page.locator(".work-list > li").first
    expect(first).to_contain_text("sent back by Mara: Name the source of each figure.")
    first.locator(".next-step a").click()
    expect(page.locator("#said")).to_be_in_viewport()
    expect(page.locator("#said")).to_contain_text("Name the source of each figure.")


def _version(desk: Desk, task_id: str, text: bytes) -> Deliverable:
    """Let Ana hand over a text, and ask for its approval."""
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        row = max(tx.find(Deliverable, task_id=task_id), key=lambda one: one.version_number)
        if row.frozen_at is not None:
            row = versions.new_version(tx, row.deliverable_id, url="https://docs.example/next")
        blob = desk.workbench.blobs.put(BytesIO(text), 10_000)
        versions.edit(tx, row.deliverable_id, blob=blob, file_name="tents.md", content_type="text/markdown")
        approvals.request(tx, task_id)
        return row


def test_the_piece_and_what_changed_of_it_are_in_view_beside_the_decision(
    desk: Desk, site: Site, open_window: OpenWindow
):
    """D18."""
    task_id = desk.hand_over()
    desk.decide(task_id, "rejected", "Too thin.", by="max")
    _version(desk, task_id, b"# Tents\n\nThe first line.\n")
    page = open_window(site, "mara").go("/inbox")
    item = page.locator("#inbox-item")
    expect(item.get_by_text("The first line.")).to_be_in_viewport()
    expect(item.get_by_role("link", name="Look and approve")).to_be_in_viewport()
    desk.decide(task_id, "rejected", "Still too thin.", by="max")
    _version(desk, task_id, b"# Tents\n\nThe first sentence.\n")
    page.reload()
    expect(item.locator("del")).to_have_text("The first line.")
    expect(item.locator("ins")).to_have_text("The first sentence.")
    expect(item.locator("ins")).to_be_in_viewport()
    expect(item.get_by_role("link", name="Look and approve")).to_be_in_viewport()


def test_a_story_reads_as_what_people_said_until_its_details_are_opened(
    desk: Desk, site: Site, open_window: OpenWindow
):
    """D18."""
    task_id = desk.hand_over()
    desk.decide(task_id, "rejected", "Name the source.")
    page = open_window(site, "mara").go(f"/tasks/{task_id}/story")
    expect(page.locator(".story").get_by_text("Name the source.").first).to_be_visible()
    for technical in ("main .changes", "main .fingerprint"):
        assert page.locator(technical).count() > 0
        assert not any(one.is_visible() for one in page.locator(technical).all()), technical


@pytest.mark.wide
def test_an_empty_workspace_leads_to_its_first_bundle(workbench: Workbench, open_window: OpenWindow):
    """D18."""
    do(workbench, workbench.operator(), "user add", email="olga@example.com", name="Olga", role=["admin"])
    with serving(workbench) as site:
        page = open_window(site, "olga").go("/board")
        expect(page.get_by_role("link", name="Add people")).to_be_visible()
        page.get_by_role("link", name="Add people").click()
        expect(page.get_by_text("Add somebody who does the work")).to_be_visible()


@pytest.mark.wide
def test_a_step_of_ones_own_is_required_and_taken_back_by_mouse(site: Site, open_window: OpenWindow):
    """R19."""
    task = make_task(site.workbench, assignee="ana")
    page = open_window(site, "ana").go(f"/tasks/{task.task_id}")
    page.locator("#add-step > summary").click()
    page.locator("#add_step-title").fill("Ask the owner")
    page.locator("#add-step").get_by_role("checkbox").check()
    page.get_by_role("button", name="Add the step").click()
    expect(page.locator("#blockers")).to_contain_text("Ask the owner")
    page.locator("#steps summary", has_text="More about the step: Ask the owner").click()
    expect(page.get_by_role("button", name="Take it back")).to_be_visible()
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("#blockers")).not_to_contain_text("Ask the owner")
    expect(page.locator("#steps")).not_to_contain_text("Ask the owner")


@pytest.mark.wide
def test_an_address_is_added_to_the_files_by_mouse(site: Site, open_window: OpenWindow):
    """R26."""
    task = make_task(site.workbench, assignee="ana")
    page = open_window(site, "ana").go(f"/tasks/{task.task_id}")
    expect(page.locator("#add-link > summary")).to_be_visible()
    page.locator("#add-link > summary").click()
    page.locator("#add-link").get_by_label("Address").fill("https://acme.example/banner")
    page.locator("#add-link").get_by_label("What it is").fill("Banner")
    page.get_by_role("button", name="Add the link").click()
    expect(page.locator("#files").get_by_role("link", name="Banner")).to_have_attribute(
        "href", "https://acme.example/banner"
    )


@pytest.mark.wide
def test_the_writer_sees_how_long_the_text_of_this_campaign_is_to_be(site: Site, open_window: OpenWindow):
    """R27."""
    bundle = make_bundle(site.workbench, "blog_post", campaign="acme_spring", parameters={"topic": "Tents"})
    with site.workbench.reading(site.actor("mara")) as tx:
        task = next(one for one in tx.find(Task, bundle_id=bundle.bundle_id) if one.config)
    page = open_window(site, "mara").go(f"/tasks/{task.task_id}")
    settings = page.get_by_role("region", name="Settings")
    expect(settings).to_be_visible()
    expect(settings.locator("dt").first).to_have_text(re.compile("[Ww]ord"))
    expect(settings.locator("dd").first).to_have_text(re.compile("^1,200"))


@pytest.mark.few(1)
@pytest.mark.parametrize("name", ["pat", "mara"])
def test_the_menu_stands_at_the_end_of_the_header_without_the_script_too(
    site: Site, open_window: OpenWindow, name: str
):
    """D7: what says how fresh a page is takes no room there, and the menu had nothing to push it aside."""
    page = open_window(site, name, java_script_enabled=False).go("/inbox")
    bar, menu = (page.locator(one).bounding_box() for one in (".topbar", ".user"))
    assert bar is not None
    assert menu is not None
    assert 0 <= bar["x"] + bar["width"] - (menu["x"] + menu["width"]) <= 16
