"""Somebody comes, changes and leaves: in every way that people work (R20)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from engine.accounts import service as accounts
from engine.reference.models import Employee
from engine.tasks.models import Task
from tests.browser.conftest import OpenWindow
from tests.browser.hands import Mouse, Way, in_ways
from tests.browser.serving import Site
from tests.factories import make_task

#: How many tasks somebody leaves behind.
MANY = 30


@pytest.fixture
def office(site: Site) -> Site:
    """People, an admin, and much that is Ana's."""
    with site.workbench.transaction(site.workbench.operator()) as tx:
        accounts.add_user(tx, "olga@example.com", "Olga", ["admin"])
    for number in range(MANY):
        make_task(site.workbench, title=f"Piece {number}", assignee="ana")
    return site


@in_ways("mouse")
def test_somebody_comes_changes_and_leaves_with_thirty_tasks(office: Site, open_window: OpenWindow, way: Way):
    window = open_window(office, "olga", **way.options)
    hands = way.hands(window)
    page = window.go("/people")
    _come(page, hands)
    _change(page, hands)
    _leave(window.go("/people"), hands, is_scripted=way.has_script)
    with office.workbench.reading(office.workbench.operator()) as tx:
        zoe, ana = (tx.find_one(Employee, key=key) for key in ("zoe", "ana"))
        assert zoe is not None
        assert ana is not None
        assert (zoe.name, zoe.roles, ana.is_active) == ("Zoe Zimmer", ["writer"], False)
        assert tx.count(Task, assignee_id=zoe.employee_id, is_open=1) == MANY
        assert tx.count(Task, assignee_id=ana.employee_id, is_open=1) == 0


def _come(page: Page, hands: Mouse) -> None:
    expect(page.get_by_text("Add somebody who does the work")).to_be_visible()
    hands.use(page.get_by_text("Add somebody who does the work"))
    form = page.locator("#add-employee")
    hands.fill_in(form.get_by_label("Name"), "Zoe")
    hands.fill_in(form.get_by_label("Key"), "zoe")
    hands.use(form.get_by_role("button", name="Add them"))
    expect(page.get_by_role("status")).to_contain_text("Zoe can be assigned work.")


def _change(page: Page, hands: Mouse) -> None:
    form = page.get_by_role("region", name="What is said of them")
    hands.fill_in(form.get_by_label("Name"), "Zoe Zimmer")
    hands.tick(form.get_by_label("writer"))
    hands.use(form.get_by_role("button", name="Save"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Zoe Zimmer")


def _leave(page: Page, hands: Mouse, *, is_scripted: bool) -> None:
    hands.use(page.get_by_role("link", name="Ana Alvarez").first)
    leaving = page.get_by_role("region", name="When they leave")
    expect(leaving).to_contain_text(f"{MANY} tasks go to nobody")
    hands.choose(leaving.get_by_label("Their work goes to"), "Zoe Zimmer")
    shown = page.get_by_role("button", name="Deactivate, and hand over to Zoe Zimmer")
    if not is_scripted:
        hands.use(page.get_by_role("button", name="Show what would happen"))
    expect(leaving).to_contain_text(f"{MANY} tasks go to Zoe Zimmer.")
    hands.use(shown)
    expect(page.get_by_role("status")).to_contain_text(
        f"{MANY} tasks and 1 campaign of Ana Alvarez went to Zoe Zimmer."
    )
    expect(page.get_by_role("region", name="What is open")).to_contain_text("Nothing: no open task is theirs")
    expect(page.get_by_role("button", name="May not sign in any more")).to_be_visible()


@pytest.mark.wide
@in_ways("phone without script")
def test_somebody_is_found_for_what_is_due_soon_and_the_way_leads_back_to_what_is_stuck(
    site: Site, open_window: OpenWindow, way: Way
):
    make_task(site.workbench, title="Order the tent", due_date="2026-11-22")
    make_task(site.workbench, title="Other", assignee="ben", due_date="2026-11-22")
    opened = open_window(site, "mara", **way.options)
    page, hands = opened.go("/stuck"), way.hands(opened)
    hands.use(page.get_by_role("link", name="Find somebody"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Find somebody")
    expect(page.get_by_role("row").filter(has_text="@ben")).to_contain_text("1 open task of Ben Brandt")
    hands.use(page.get_by_role("button", name="Assign to Ana Alvarez"))
    expect(page).to_have_url(f"{site.address}/stuck")
    expect(page.get_by_role("status").first).to_contain_text("Assigned. Ana Alvarez does it now.")
    expect(page.get_by_role("status").first.get_by_role("button", name="Undo")).to_be_visible()
    expect(page.get_by_role("link", name="Find somebody")).to_have_count(0)
