"""Every field is changed where it stands: in every way that people work (D4)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from engine.tasks.models import Task
from tests.browser.conftest import OpenWindow
from tests.browser.hands import Mouse, Way, in_ways
from tests.browser.serving import Site
from tests.factories import do, make_task
from web.pages import task_edit

#: Field -> what is chosen or typed, and what its place says then.
TYPED = {
    "title": ("Title", "Order badges", "Order badges"),
    "due_date": ("Due date", "2026-12-04", "4 Dec"),
    "priority": ("Priority", "critical", "critical priority"),
    "urgency": ("Urgency", "soon", "soon"),
    "assignee_id": ("Who does it?", "Ben Brandt", "Ben Brandt"),
    "description": ("Description", "For the *fair*", "For the fair"),
    "depends_on": ("Add by number", "1", "Before"),
    "deadline": ("Deadline", "2026-12-05T12:00", "5 Dec"),
    "tags": ("Add a tag", "fair", "fair"),
    "category": ("Category", "events", "events"),
    "task_type": ("Type", "Audit", "audit"),
    "campaign_id": ("Campaign", "Acme spring", "Acme spring"),
    "planned_minutes": ("Planned minutes", "90", "1 h 30 min"),
    "requires_human_review": ("Human review", "", "asked for"),
    "execution_type": ("Execution type", "automatic", "automatic"),
    "assigned_to_bot": ("", "", "yes"),
}


def made(site: Site) -> Task:
    """Make a task, and another that may come before it."""
    make_task(site.workbench, actor=site.actor("mara"), title="Before")
    return make_task(site.workbench, actor=site.actor("mara"), title="Old", due_date="2026-12-01")


def opener(page: Page, name: str):
    return page.locator(f"#field-{name} :is(a.change, .change > summary)")


def fill(page: Page, hands: Mouse, name: str) -> None:
    """Type or choose what is new into the open form."""
    label, value, _ = TYPED[name]
    form = page.locator(f"form[data-edit={name}]")
    if not label:
        return
    field = form.get_by_label(label)
    kind = field.evaluate("node => node.type")
    if kind == "checkbox":
        hands.tick(field)
    elif kind == "select-one":
        hands.choose(field, value)
    elif kind in ("date", "datetime-local"):
        field.fill(value)  # how a day is typed is the browser's own
    else:
        hands.fill_in(field, value)


def change_all(page: Page, hands: Mouse) -> None:
    for name, (_, _, said) in TYPED.items():
        hands.use(opener(page, name))
        expect(page.locator(f"form[data-edit={name}]")).to_be_visible()
        fill(page, hands, name)
        hands.send(page.locator(f"form[data-edit={name}]").get_by_role("button", name="Save"))
        expect(page.locator(f"form[data-edit={name}]")).to_have_count(0)
        expect(page.locator(f"#field-{name}")).to_contain_text(said)
        expect(page.locator("#main .message")).to_contain_text("Changed.")


def test_there_is_something_to_type_for_every_field():
    assert TYPED.keys() == set(task_edit.FIELDS)


@pytest.mark.wide  # one field after the other
@in_ways("mouse")
def test_every_field_is_changed_where_it_stands(site: Site, open_window: OpenWindow, way: Way):
    task = made(site)
    window = open_window(site, "mara", **way.options)
    window.go(f"/tasks/{task.task_id}")
    change_all(window.page, way.hands(window))
    with site.workbench.reading(site.workbench.operator()) as tx:
        now = tx.get(Task, task.task_id)
    assert (now.title, now.tags, now.priority, now.assigned_to_bot) == (
        "Order badges",
        ["fair"],
        "critical",
        True,
    )


@pytest.mark.wide
def test_escape_leaves_a_field_as_it_was_and_the_focus_on_it(site: Site, open_window: OpenWindow):
    task = made(site)
    window = open_window(site, "mara")
    window.go(f"/tasks/{task.task_id}")
    page = window.page
    page.keyboard.press("e")
    title = page.get_by_label("Title")
    expect(title).to_be_focused()
    expect(title).to_have_value("Old")
    title.fill("Half typed")
    page.keyboard.press("Escape")
    expect(title).to_be_hidden()
    expect(opener(page, "title")).to_be_focused()
    page.keyboard.press("Enter")
    expect(title).to_have_value("Old")


def test_after_saving_the_page_and_the_focus_stay_where_they_were(site: Site, open_window: OpenWindow):
    task = made(site)
    window = open_window(site, "mara", viewport={"width": 1280, "height": 420})
    window.go(f"/tasks/{task.task_id}")
    page = window.page
    opener(page, "urgency").scroll_into_view_if_needed()
    opener(page, "urgency").click()
    page.get_by_label("Urgency").select_option("soon")
    before = page.evaluate("scrollY")
    assert before > 0
    page.keyboard.press("Control+Enter")
    expect(page.locator("#field-urgency")).to_contain_text("soon")
    expect(opener(page, "urgency")).to_be_focused()
    assert abs(page.evaluate("scrollY") - before) < 80  # what is said takes a line above
    expect(page).to_have_url(re.compile(f"/tasks/{task.task_id}$"))


@pytest.mark.wide
def test_what_is_typed_survives_what_others_change(site: Site, open_window: OpenWindow):
    task = made(site)
    window = open_window(site, "mara")
    window.go(f"/tasks/{task.task_id}")
    page = window.page
    opener(page, "title").click()
    page.get_by_label("Title").fill("Mine")
    do(site.workbench, site.actor("mara"), "task update", task_id=task.task_id, title="Theirs")
    page.locator("form[data-edit=title]").get_by_role("button", name="Save").click()
    form = page.locator("form[data-edit=title]")
    expect(form).to_contain_text("Now: Theirs")
    expect(page.get_by_label("Title")).to_have_value("Mine")
    form.get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_have_text("Mine")


@pytest.mark.parametrize("has_script", [True, pytest.param(False, marks=pytest.mark.wide)])
def test_a_row_of_the_list_is_changed_in_place(site: Site, open_window: OpenWindow, has_script: bool):
    task = made(site)
    window = open_window(site, "mara", java_script_enabled=has_script)
    window.go("/board?view=list&sort=title")
    page = window.page
    row = page.locator(f"#row-{task.task_id}")
    for name, label, value, said in (
        ("priority", "Priority", "high", "high"),
        ("assignee_id", "Who does it?", "Ben Brandt", "Ben Brandt"),
    ):
        row.locator(f"a.cell[data-field={name}]").click()
        page.locator("form[data-edit]").get_by_label(label).select_option(label=value)
        page.locator("form[data-edit]").get_by_role("button", name="Save").click()
        expect(row.locator(f"a.cell[data-field={name}]")).to_contain_text(said)
        expect(page).to_have_url(re.compile(r"/board\?view=list&sort=title$"))
        if has_script:
            expect(row.locator(f"a.cell[data-field={name}]")).to_be_focused()


@pytest.mark.wide
def test_a_cell_is_left_with_escape(site: Site, open_window: OpenWindow):
    task = made(site)
    window = open_window(site, "mara")
    window.go("/board?view=list")
    page = window.page
    cell = page.locator(f"#row-{task.task_id} a.cell[data-field=due_date]")
    cell.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Due date")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("form[data-edit]")).to_have_count(0)
    expect(cell).to_be_focused()
