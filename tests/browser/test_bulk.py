"""Several tasks of the list at once: by mouse, by keyboard alone, without the script, on a phone (UPD-37)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from engine.tasks.models import Task
from tests.browser.chromium import DESK, PHONE, window
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.factories import make_task

pytestmark = pytest.mark.xdist_group("browser")

LIST = "/board?view=list&limit=100"
#: Chooses all of the list, and asks for what is done with them.
Way = Callable[[Page], None]


@pytest.fixture
def tasks(site: Site) -> list[Task]:
    return [make_task(site.workbench, assignee="ana", title=f"Call printer {n}") for n in range(30)]


def _by_mouse(page: Page) -> None:
    page.get_by_role("link", name="Choose all that are shown").click()
    page.locator("#bulk-assign > summary").click()
    page.get_by_label("Who does them?").select_option(label="Ben Brandt")
    page.get_by_role("button", name="Assign…").click()
    page.get_by_role("button", name="Change 30 tasks").click()


def _by_keyboard(page: Page) -> None:
    page.wait_for_load_state()
    page.keyboard.press("A")
    page.keyboard.press("b")
    expect(page.get_by_label("Who does them?")).to_be_focused()
    page.keyboard.type("Ben")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name="Change 30 tasks")).to_be_focused()
    page.keyboard.press("Enter")


def _on_a_phone(page: Page) -> None:
    page.locator(".tasks .box input").first.check()
    page.locator(".bulk").get_by_role("link", name="all", exact=True).click()
    page.locator("#bulk-assign > summary").click()
    page.get_by_label("Who does them?").select_option(label="Ben Brandt")
    page.get_by_role("button", name="Assign…").click()
    page.get_by_role("button", name="Change 30 tasks").click()


WAYS: dict[str, tuple[Way, dict[str, Any]]] = {
    "mouse": (_by_mouse, {}),
    "keyboard": (_by_keyboard, {}),
    "no script": (_by_mouse, {"java_script_enabled": False}),
    "phone": (_on_a_phone, {"viewport": PHONE}),
    "no script, on a phone": (_on_a_phone, {"java_script_enabled": False, "viewport": PHONE}),
}


def _whose(site: Site, tasks: list[Task]) -> set[str | None]:
    with site.workbench.reading(site.actor("mara")) as tx:
        return {tx.get(Task, task.task_id).assignee_id for task in tasks}


@pytest.mark.few(1)
@pytest.mark.parametrize(
    "name",
    [
        "mouse",
        "keyboard",
        "no script, on a phone",
        *(pytest.param(name, marks=pytest.mark.wide) for name in ("no script", "phone")),
    ],
)
def test_thirty_tasks_are_given_to_somebody_else_and_back(
    site: Site, browser: Browser, tasks: list[Task], name: str
):
    way, options = WAYS[name]
    with window(browser, site, **options) as opened:
        page = opened.sign_in("mara")
        opened.go(LIST)
        way(page)
        expect(page.get_by_role("status").filter(has_text="30 tasks assigned to Ben Brandt.")).to_be_visible()
        assert _whose(site, tasks) == {site.actor("ben").employee_id}
        if way is _by_keyboard:
            page.keyboard.press("z")
        else:
            page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("status").filter(has_text="and 29 more tasks")).to_be_visible()
        assert _whose(site, tasks) == {tasks[0].assignee_id}


REFUSED_WAYS = [
    pytest.param({}, id="mouse"),
    pytest.param({"java_script_enabled": False}, id="no script", marks=pytest.mark.wide),
    pytest.param({"viewport": PHONE}, id="phone", marks=pytest.mark.wide),
    pytest.param({"java_script_enabled": False, "viewport": PHONE}, id="no script, on a phone"),
]


@pytest.mark.wide
@pytest.mark.few(1)
@pytest.mark.parametrize("options", REFUSED_WAYS)
def test_what_is_refused_is_asked_again_where_it_was_asked(
    site: Site, browser: Browser, tasks: list[Task], options: dict[str, Any]
):
    with window(browser, site, **options) as opened:
        page = opened.sign_in("mara")
        opened.go(LIST)
        for place in (2, 3, 20):
            page.locator(".tasks .box input").nth(place).check()
        asked = page.locator("#bulk-defer")
        asked.locator("summary").click()
        asked.locator("[name=deferred_until]").fill("2026-12-20")
        asked.locator("[name=deferred_days]").fill("3")
        scrolled = page.evaluate("scrollY")
        asked.get_by_role("button").click()
        expect(page.locator("#bulk > .refusal")).to_contain_text("Say a day or a number of days, not both.")
        assert page.url == f"{site.address}{LIST}"
        assert _chosen(page) == [2, 3, 20]
        expect(asked.locator("[name=deferred_until]")).to_have_value("2026-12-20")
        expect(asked.locator("[name=deferred_days] ~ .error")).to_be_visible()
        if "java_script_enabled" not in options:
            assert page.evaluate("scrollY") == scrolled
        asked.locator("[name=deferred_until]").fill("")
        asked.get_by_role("button").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(
            re.compile("^3 tasks would be put off until .*")
        )


def _chosen(page: Page) -> list[int]:
    """Return the places of the tasks that are chosen."""
    boxes = page.locator(".tasks .box input").all()
    return [place for place, box in enumerate(boxes) if box.is_checked()]


@pytest.mark.wide
def test_a_range_is_chosen_by_keys_and_by_mouse(site: Site, open_window: OpenWindow, tasks: list[Task]):
    opened = open_window(site, "mara")
    page = opened.go(LIST)
    for key in ("j", "x", "j", "j", "j", "X"):
        page.keyboard.press(key)
    assert _chosen(page) == [0, 1, 2, 3]
    page.keyboard.press("x")
    assert _chosen(page) == [0, 1, 2]
    page.keyboard.press("Escape")
    assert _chosen(page) == []
    boxes = page.locator(".tasks .box input")
    boxes.nth(2).click()
    boxes.nth(5).click(modifiers=["Shift"])
    assert _chosen(page) == [2, 3, 4, 5]
    expect(page.locator(".bulk-count [role=status]")).to_have_text("4 tasks chosen")
    boxes.nth(3).click()
    boxes.nth(5).click(modifiers=["Shift"])
    assert _chosen(page) == [2]


def test_the_bar_lies_over_the_page_and_nothing_jumps(site: Site, open_window: OpenWindow, tasks: list[Task]):
    page = open_window(site, "mara").go(LIST)
    places = page.evaluate(
        "() => [...document.querySelectorAll('.tasks tr, h1')].map((one) => one.getBoundingClientRect().top)"
    )
    expect(page.locator("#bulk")).to_be_hidden()
    page.keyboard.press("b")  # means nothing while nothing is chosen
    page.locator(".tasks .box input").first.check()
    expect(page.locator("#bulk")).to_be_visible()
    expect(page.get_by_label("Who does them?")).to_be_hidden()
    now = page.evaluate(
        "() => [...document.querySelectorAll('.tasks tr, h1')].map((one) => one.getBoundingClientRect().top)"
    )
    assert now == places


@pytest.mark.wide
def test_enter_in_a_field_means_the_verb_beside_it(site: Site, browser: Browser, tasks: list[Task]):
    with window(browser, site) as opened:
        page = opened.sign_in("mara")
        opened.go(LIST)
        page.keyboard.press("A")
        page.locator("#bulk-tags > summary").click()
        page.get_by_label("Add", exact=False).first.fill("tax")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("30 tasks would be tagged tax.")
    with window(browser, site, java_script_enabled=False) as opened:
        page = opened.sign_in("mara")
        opened.go(f"{LIST}&chosen=all")
        page.locator("#bulk-tags > summary").click()
        page.locator("#bulk-tag").fill("tax")
        page.keyboard.press("Enter")  # of several verbs none is meant
        expect(page.get_by_role("heading", level=1)).to_have_text("Tasks")


@pytest.mark.wide
def test_a_live_page_takes_nothing_out_of_the_hands(site: Site, open_window: OpenWindow, tasks: list[Task]):
    page = open_window(site, "mara").go(LIST)
    page.locator(".tasks .box input").nth(1).check()
    make_task(site.workbench, assignee="ana", title="A new one", priority="critical")
    with page.expect_response(lambda answer: "view=list" in answer.url and answer.status == 200):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".tasks tbody tr")).to_have_count(30)
    assert _chosen(page) == [1]


@pytest.mark.wide
@pytest.mark.few(1)
@pytest.mark.parametrize("number", [1, 30])
def test_rows_are_of_one_line(site: Site, open_window: OpenWindow, number: int):
    for n in range(number):
        make_task(
            site.workbench, assignee="ana", title=f"{n} {'A long title of a task ' * 8}", priority="high",
            due_date="2026-01-05",
        )  # fmt: skip
    page = open_window(site, "mara", viewport=DESK).go(LIST)
    heights = page.evaluate(
        "[...document.querySelectorAll('.tasks tbody tr')].map((row) => row.getBoundingClientRect().height)"
    )
    assert len(heights) == number
    assert all(36 <= height <= 40 for height in heights), heights
    assert page.evaluate("document.documentElement.scrollWidth") <= DESK["width"]


@pytest.mark.wide
def test_a_field_is_changed_in_its_row(site: Site, open_window: OpenWindow, tasks: list[Task]):
    page = open_window(site, "mara").go(LIST)
    row = page.locator(f"#row-{tasks[0].task_id}")
    height = "(one) => one.getBoundingClientRect().height"
    before = row.evaluate(height)
    row.locator("a.cell[data-field=priority]").click()
    form = row.locator("form")
    expect(form).to_be_visible()
    assert row.evaluate(height) == before
    box = form.bounding_box()
    assert box is not None
    assert box["width"] > 100
    form.get_by_role("combobox").select_option("high")
    form.get_by_role("button").first.click()
    expect(page.locator(f"#row-{tasks[0].task_id}")).to_contain_text("high")


@pytest.mark.wide  # axe takes seconds
@pytest.mark.parametrize(
    ("size", "scheme"),
    [
        pytest.param(DESK, "light", id="desk-light"),
        pytest.param(PHONE, "dark", id="phone-dark"),
        pytest.param(DESK, "dark", id="desk-dark", marks=pytest.mark.wide),
        pytest.param(PHONE, "light", id="phone-light", marks=pytest.mark.wide),
    ],
)
def test_the_bar_and_what_it_asks_pass_axe(
    site: Site, open_window: OpenWindow, tasks: list[Task], scheme: str, size: dict[str, int]
):
    opened = open_window(site, "mara", viewport=size, color_scheme=scheme)
    page = opened.go(f"{LIST}&chosen=all")
    page.locator("#bulk-status > summary").click()
    _check(page, size)
    page.locator("#bulk-status").get_by_role("button").click()
    page.get_by_role("heading", level=1).wait_for()
    _check(page, size)
    opened.go(LIST)
    page.locator("#columns > summary").click()
    _check(page, size)


def _check(page: Page, size: dict[str, int]) -> None:
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("() => axe.run().then((result) => result.violations)")
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
