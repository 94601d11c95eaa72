"""Several tasks at once on a bundle's page, and across the pages of the list (UPD-37 to UPD-41, D11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from engine.bundles.models import Bundle
from engine.tasks import lifecycle
from engine.tasks.models import Task
from tests.browser.chromium import DESK, PHONE, window
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.factories import make_bundle, make_task

pytestmark = pytest.mark.xdist_group("browser")

LIST = "/board?view=list"
Way = Callable[[Page], None]
#: Brings a page to where it is looked at.
State = Callable[[Page, Site, Bundle], None]


@pytest.fixture
def bundle(site: Site) -> Bundle:
    return make_bundle(site.workbench, "podcast_episode", actor=site.actor("mara"))


def _tasks(site: Site, bundle: Bundle) -> list[Task]:
    with site.workbench.reading(site.actor("mara")) as tx:
        return tx.find(Task, bundle_id=bundle.bundle_id, order_by=("task_number",))


def _phases(site: Site, bundle: Bundle) -> list[str | None]:
    return list(dict.fromkeys(task.phase for task in _tasks(site, bundle)))


def _finish(site: Site, bundle: Bundle, phase: str | None) -> None:
    with site.workbench.transaction(site.actor("mara")) as tx:
        for task in tx.find(Task, bundle_id=bundle.bundle_id, phase=phase):
            lifecycle.cancel(tx, task.task_id)


def _by_keyboard(page: Page) -> None:
    page.wait_for_load_state()
    page.keyboard.press("A")
    page.keyboard.press("b")
    expect(page.get_by_label("Who does them?")).to_be_focused()
    page.keyboard.type("Ana")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name="Change 42 tasks")).to_be_focused()
    page.keyboard.press("Enter")


def _by_hand(page: Page) -> None:
    page.locator(".tasks .box input").first.check()
    all_of_them = page.get_by_role("link", name="choose all", exact=True)
    if not all_of_them.is_visible():  # a phone has the bar's own
        all_of_them = page.locator(".bulk").get_by_role("link", name="all", exact=True)
    all_of_them.click()
    page.locator("#bulk-assign > summary").click()
    page.get_by_label("Who does them?").select_option(label="Ana Alvarez")
    page.get_by_role("button", name="Assign…").click()
    page.get_by_role("button", name="Change 42 tasks").click()


WAYS: dict[str, tuple[Way, dict[str, Any]]] = {
    "mouse": (_by_hand, {}),
    "keyboard": (_by_keyboard, {}),
    "no script": (_by_hand, {"java_script_enabled": False}),
    "phone": (_by_hand, {"viewport": PHONE}),
    "no script, on a phone": (_by_hand, {"java_script_enabled": False, "viewport": PHONE}),
}


@pytest.mark.few(1)
@pytest.mark.parametrize("name", WAYS)
def test_all_tasks_of_a_bundle_are_given_to_somebody_and_back(
    site: Site, browser: Browser, bundle: Bundle, name: str
):
    way, options = WAYS[name]
    before, address = _tasks(site, bundle), f"/bundles/{bundle.bundle_id}"
    ana = site.actor("ana").employee_id
    with window(browser, site, **options) as opened:
        page = opened.sign_in("mara")
        opened.go(address)
        way(page)
        expect(
            page.get_by_role("status").filter(has_text="42 tasks assigned to Ana Alvarez.")
        ).to_be_visible()
        expect(page.locator("#bundle-head")).to_be_visible()  # where it was pressed
        assert {task.assignee_id for task in _tasks(site, bundle)} == {ana}
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("status").filter(has_text="and 41 more tasks")).to_be_visible()
    assert [task.assignee_id for task in _tasks(site, bundle)] == [task.assignee_id for task in before]


def _chosen(page: Page) -> list[int]:
    boxes = page.locator(".tasks .box input").all()
    return [place for place, box in enumerate(boxes) if box.is_checked()]


@pytest.mark.wide
def test_on_a_bundles_page_a_range_is_chosen_by_keys_and_by_mouse_and_nothing_jumps(
    site: Site, open_window: OpenWindow, bundle: Bundle
):
    page = open_window(site, "mara").go(f"/bundles/{bundle.bundle_id}")
    rows = "[...document.querySelectorAll('.phase-tasks li')].map((one) => one.getBoundingClientRect().top)"
    places = page.evaluate(rows)
    boxes = page.locator(".tasks .box input")
    boxes.nth(2).click()
    boxes.nth(5).click(modifiers=["Shift"])
    assert _chosen(page) == [2, 3, 4, 5]
    expect(page.locator(".bulk-count [role=status]")).to_have_text("4 tasks chosen")
    expect(page.locator("#bulk")).to_be_visible()
    assert page.evaluate(rows) == places
    page.keyboard.press("Escape")
    assert _chosen(page) == []
    expect(page.locator("#bulk")).to_be_hidden()
    for key in ("j", "x", "j", "j", "X"):
        page.keyboard.press(key)
    assert _chosen(page) == [6, 7, 8]  # from the one on, that was ticked last


@pytest.mark.wide
def test_what_is_folded_is_not_chosen_along(site: Site, open_window: OpenWindow, bundle: Bundle):
    first, second, *_ = _phases(site, bundle)
    page = open_window(site, "mara").go(f"/bundles/{bundle.bundle_id}")
    page.locator(f"#fold-{second} > summary").click()
    page.locator("body").click(position={"x": 5, "y": 5})
    page.keyboard.press("A")
    assert page.locator(f"#phase-{second} .box input:checked").count() == 0
    inside = page.locator(f"#phase-{second} .box input").count()
    assert len(_chosen(page)) == 42 - inside
    # a range over it leaves it out as well, and to let go lets go of all
    page.keyboard.press("Escape")
    page.locator(f"#phase-{first} .box input").last.click()
    page.locator(".phase-tasks .box input").last.click(modifiers=["Shift"])
    assert page.locator(f"#phase-{second} .box input:checked").count() == 0
    page.locator(f"#fold-{second} > summary").click()
    page.locator(f"#phase-{second} .box input").first.check()
    page.locator(f"#fold-{second} > summary").click()
    page.keyboard.press("Escape")
    assert _chosen(page) == []


@pytest.mark.wide
def test_what_was_chosen_before_it_was_folded_is_counted(site: Site, open_window: OpenWindow, bundle: Bundle):
    first, second, *_ = _phases(site, bundle)
    page = open_window(site, "mara").go(f"/bundles/{bundle.bundle_id}")
    page.locator(f"#phase-{first} .box input").first.check()
    page.locator(f"#phase-{second} .box input").first.check()
    page.locator(f"#fold-{second} > summary").click()
    expect(page.locator(".bulk-count [role=status]")).to_have_text("2 tasks chosen")
    said = page.locator(".bulk-count [role=status]").bounding_box()
    assert said is not None
    assert said["width"] > 50  # for the eyes, too
    page.locator("#bulk-priority > summary").click()
    page.locator("#bulk-priority").get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 tasks left out")


@pytest.mark.few(1)
@pytest.mark.parametrize(("size", "most"), [(DESK, 235), (PHONE, 480)], ids=["desk", "phone"])
def test_the_open_tasks_of_a_bundle_in_its_last_phases_begin_high_on_the_page(
    site: Site, open_window: OpenWindow, bundle: Bundle, size: dict[str, int], most: int
):
    phases = _phases(site, bundle)
    for phase in phases[:5]:
        _finish(site, bundle, phase)
    page = open_window(site, "mara", viewport=size).go(f"/bundles/{bundle.bundle_id}")
    expect(page.locator("#fold-finished > summary")).to_contain_text("5 finished phases")
    row = page.locator(f"#phase-{phases[5]} li").first
    box = row.bounding_box()
    assert box is not None
    assert box["y"] <= most
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.locator("#fold-finished > summary").click()
    expect(page.locator(f"#phase-{phases[0]} > details > summary")).to_be_visible()


@pytest.mark.wide
def test_all_that_match_are_chosen_across_the_pages_of_the_list(
    site: Site, open_window: OpenWindow, browser: Browser
):
    for n in range(30):
        make_task(site.workbench, assignee="ana", title=f"Call printer {n}")
    page = open_window(site, "mara").go(f"{LIST}&limit=10")
    page.locator(".tasks .box input").first.check()
    page.get_by_label("All 30 that match").check()
    assert len(_chosen(page)) == 10
    expect(page.locator(".bulk-count [role=status]")).to_have_text("All 30 that match chosen")
    page.locator(".tasks .box input").nth(3).uncheck()  # then it is not all
    expect(page.get_by_label("All 30 that match")).not_to_be_checked()
    expect(page.locator(".bulk-count [role=status]")).to_have_text("9 tasks chosen")
    with window(browser, site, java_script_enabled=False) as opened:
        bare = opened.sign_in("mara")
        opened.go(f"{LIST}&limit=10")
        bare.locator(".tasks .box input").first.check()
        bare.get_by_label("All 30 that match").check()
        bare.locator("#bulk-priority > summary").click()
        bare.locator("#bulk-priority select").select_option("high")
        bare.locator("#bulk-priority").get_by_role("button").click()
        expect(bare.get_by_role("heading", level=1)).to_have_text("30 tasks would be set to priority high.")


# -- axe, in every state -------------------------------------------------------------------------------


def _choosing_on_the_list(page: Page, site: Site, _: Bundle) -> None:
    page.goto(f"{site.address}{LIST}&limit=10&chosen=all")
    expect(page.locator("#bulk")).to_be_visible()


def _opened(verb: str) -> State:
    def show(page: Page, site: Site, bundle: Bundle) -> None:
        _choosing_on_the_list(page, site, bundle)
        page.locator(f"#bulk-{verb} > summary").click()

    return show


def _sent(verb: str, heading: str, **typed: str) -> State:
    def show(page: Page, site: Site, bundle: Bundle) -> None:
        _opened(verb)(page, site, bundle)
        for name, text in typed.items():
            field = page.locator(f"#bulk-{verb} #bulk-{name}")
            if field.evaluate("(one) => one.tagName") == "SELECT":
                field.select_option(text)
            else:
                field.fill(text)
        page.locator(f"#bulk-{verb}").get_by_role("button").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)

    return show


def _refused(page: Page, site: Site, bundle: Bundle) -> None:
    _opened("status")(page, site, bundle)
    page.locator("#bulk-status select").first.select_option("blocked")
    page.locator("#bulk-status").get_by_role("button").click()
    expect(page.locator("#bulk > .refusal")).to_be_visible()


def _done(page: Page, site: Site, bundle: Bundle) -> None:
    _sent("due", "would be due", working_days="2")(page, site, bundle)
    page.get_by_role("button", name="Change", exact=False).first.click()
    expect(page.locator(".just-said")).to_be_visible()


def _on_the_bundle(page: Page, site: Site, bundle: Bundle) -> None:
    _finish(site, bundle, _phases(site, bundle)[0])
    _finish(site, bundle, _phases(site, bundle)[1])
    page.goto(f"{site.address}/bundles/{bundle.bundle_id}?chosen=all")
    page.locator("#fold-finished > summary").click()
    page.locator("#bulk-due > summary").click()


def _asked_why(page: Page, site: Site, bundle: Bundle) -> None:
    _choosing_on_the_list(page, site, bundle)
    page.locator("#bulk").get_by_role("button", name="Skip…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Change 10 tasks")


#: What a person sees in turn of choosing and changing several tasks.
STATES: dict[str, State] = {
    "choosing on the list": _choosing_on_the_list,
    **{f"the fields of {verb}": _opened(verb) for verb in ("assign", "status", "due", "defer", "watch")},
    "a preview": _sent("due", "would be due", working_days="2"),
    "a preview without Undo": _sent("status", "would be moved", status="cancelled"),
    "refused": _refused,
    "asked why": _asked_why,
    "done": _done,
    "choosing on a bundle's page": _on_the_bundle,
}


@pytest.mark.wide  # axe takes seconds
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_state_of_choosing_passes_axe(
    site: Site, open_window: OpenWindow, bundle: Bundle, scheme: str, size: dict[str, int]
):
    for n in range(12):
        make_task(site.workbench, assignee="ana", title=f"Call printer {n}", due_date="2026-12-01")
    page = open_window(site, "mara", viewport=size, color_scheme=scheme).page
    found: dict[str, list[Any]] = {}
    for name, show in STATES.items():
        show(page, site, bundle)
        page.evaluate(AXE_SCRIPT)
        violations = page.evaluate("() => axe.run().then((result) => result.violations)")
        found[name] = [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations]
        if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
            found[name].append("wider than the window")
    assert found == {name: [] for name in STATES}
