"""The keyboard: every listed shortcut does what the list says, and none fires while somebody types."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from engine.reference import service
from engine.tasks import lifecycle
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.factories import make_bundle, make_task
from web.keys import SHORTCUTS
from web.pages.choices import MOST


def test_the_question_mark_lists_every_shortcut(site: Site, open_window: OpenWindow):
    page = open_window(site, "mara").page
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    assert dialog.locator("dt").all_inner_texts() == [
        shortcut.keys for shortcut in SHORTCUTS if shortcut.keys not in _OF_ADMINS
    ]
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page).to_have_url(re.compile("/board$"))


#: What a manager is not offered.
_OF_ADMINS = {"g j"}
#: The list of keys names the places in words; the navigation shows them.
_PLACES = {
    "g b": "/board",
    "g m": "/my-work",
    "g i": "/inbox",
    "g u": "/bundles",
    "g q": "/qa",
    "g s": "/stuck",
    "g y": "/queue",
    "g r": "/reports",
    "g t": "/templates",
    "g p": "/people",
    "g c": "/partners",
    "g e": "/reminders",
    "g w": "/worklogs",
    "g h": "/schedules",
    "g o": "/proposals",
    "g k": "/tickets",
    "n": "/recipes",
}


@pytest.mark.wide
def test_a_key_leads_to_each_place(demo: Site, open_window: OpenWindow):
    window = open_window(demo, "mara")
    window.go("/help/keys")
    for keys, path in _PLACES.items():
        for key in keys.split():
            window.page.keyboard.press(key)
        expect(window.page).to_have_url(demo.address + path)
        window.page.wait_for_load_state()  # only then are the next keys heard
    assert _PLACES.keys() <= {shortcut.keys for shortcut in SHORTCUTS}
    assert {keys for keys in (shortcut.keys for shortcut in SHORTCUTS) if keys[:2] == "g "} - {
        "g n",
        *_OF_ADMINS,
    } < _PLACES.keys()


@pytest.mark.wide
def test_j_and_k_move_enter_opens_and_the_dot_opens_the_actions(site: Site, open_window: OpenWindow):
    for title in ("First", "Second"):
        make_task(site.workbench, title=title)
    page = open_window(site, "mara").page
    chosen = page.locator(".card.is-selected .card-title")
    page.keyboard.press("j")
    expect(chosen).to_have_text("First")
    page.keyboard.press("j")
    expect(chosen).to_have_text("Second")
    page.keyboard.press("k")
    expect(chosen).to_have_text("First")
    page.keyboard.press(".")
    expect(page.locator(".card.is-selected .menu-panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".card.is-selected .menu-panel")).to_be_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Second")


@pytest.mark.wide
def test_on_a_task_the_keys_reach_search_note_edit_and_actions(site: Site, open_window: OpenWindow):
    task = make_task(site.workbench)
    window = open_window(site, "mara")
    page = window.go(f"/tasks/{task.task_id}")
    page.keyboard.press("/")
    expect(page.get_by_label("Search tasks")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Search tasks")).not_to_be_focused()
    page.keyboard.press(".")
    expect(page.locator("#do-more")).to_have_attribute("open", "")
    expect(page.locator("#do-more .action-panel summary").first).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    expect(page.get_by_label("Write a note")).to_be_focused()
    page.keyboard.type("Sent with Ctrl and Enter.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#note-list")).to_contain_text("Sent with Ctrl and Enter.")


@pytest.mark.wide  # a look at a corner, and a slow one
def test_e_opens_what_can_be_edited_on_the_page(site: Site, open_window: OpenWindow):
    bundle = make_bundle(site.workbench)
    window = open_window(site, "mara")
    page = window.go(f"/bundles/{bundle.bundle_id}")
    page.keyboard.press("e")
    address = page.get_by_label("Address", exact=True).first
    expect(address).to_be_focused()
    page.keyboard.type("https://example.com/guest")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#links")).to_contain_text("1 of 12 settled")


def test_no_shortcut_fires_while_typing(site: Site, open_window: OpenWindow):
    task = make_task(site.workbench)
    window = open_window(site, "mara")
    page = window.go(f"/tasks/{task.task_id}")
    typed = "?/ g b g m g u g t n j k e c . x"
    for field in (page.get_by_label("Search tasks"), page.get_by_label("Write a note")):
        field.focus()
        page.keyboard.type(typed)
        expect(field).to_have_value(typed)
        expect(field).to_be_focused()
    page.locator("#do-more > summary").click()
    page.get_by_text("Assign", exact=True).first.click()
    page.get_by_label("Who does it?").focus()
    page.keyboard.type("n")
    expect(page).to_have_url(re.compile(f"/tasks/{task.task_id}$"))
    expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.wide
def test_somebody_beyond_the_first_is_found_and_assigned_by_keys(site: Site, open_window: OpenWindow):
    with site.workbench.transaction(site.workbench.operator()) as tx:
        service.load(tx, {"employees": [{"key": f"k{n:02}", "name": f"Kim {n}"} for n in range(MOST + 5)]})
    task = make_task(site.workbench, title="Call the printer", assignee="ana")
    window = open_window(site, "mara")
    window.go(f"/tasks/{task.task_id}")
    page = window.page
    page.keyboard.press(".")
    page.keyboard.press("Enter")  # the first of the actions is to assign
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type(f"kim {MOST + 4}")
    page.keyboard.press("Enter")
    who = page.get_by_label("Who does it?")
    expect(who.locator("option")).to_have_text(["nobody", f"Kim {MOST + 4}", "Ana Alvarez"])
    expect(page.get_by_placeholder("Part of the name")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("Kim")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".task-facts")).to_contain_text(f"Kim {MOST + 4}")


def test_the_keys_reach_every_column_of_the_board_and_the_step_forward_of_a_task(
    site: Site, open_window: OpenWindow
):
    """D21."""
    first, second = (make_task(site.workbench, title=title) for title in ("First", "Second"))
    begun = make_task(site.workbench, title="Begun")
    with site.workbench.transaction(site.workbench.operator()) as tx:
        lifecycle.start(tx, begun.task_id)
    window = open_window(site, "mara")
    window.go("/board")
    chosen, press = window.page.locator(".is-selected .card-title"), window.page.keyboard.press
    for keys, title in (
        ("j", "First"),
        ("j", "Second"),
        ("l", "Begun"),
        ("ArrowLeft", "First"),
        ("ArrowRight", "Begun"),
        ("h", "First"),
    ):
        press(keys)
        expect(chosen).to_have_text(title)
    press(".")
    expect(window.page.locator(f"#menu-{first.task_id}")).to_have_attribute("open", "")
    window.go(f"/tasks/{second.task_id}")
    press("d")
    expect(window.page.get_by_role("button", name="Start", exact=True)).to_be_focused()


@pytest.mark.wide
def test_after_a_note_the_keys_go_on_from_it(site: Site, open_window: OpenWindow):
    """D21: the focus does not drop to the top of the page."""
    task = make_task(site.workbench)
    page = open_window(site, "mara").go(f"/tasks/{task.task_id}")
    page.keyboard.press("c")
    page.keyboard.type("The guest has answered.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[id^=note-]:focus")).to_contain_text("The guest has answered.")
