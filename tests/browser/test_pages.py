"""Every page, by eye of a checker: accessible, within its width, calm, light on the wire, well built."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, Request

from engine.bundles.models import Bundle
from engine.deliverables.models import Deliverable
from engine.reference.models import Campaign, Employee, Partner
from engine.reports import registry
from engine.tasks.models import Task, TaskStatus
from tests.browser import screenshot_board, screenshot_review
from tests.browser.chromium import DESK, PHONE, Window
from tests.browser.conftest import OpenWindow
from tests.browser.overfull import LONG_TITLE, UNBROKEN, fill
from tests.browser.serving import Site
from tests.conftest import git
from tests.factories import make_bundle, make_task
from web.pages.board import PER_COLUMN

#: Width, colour scheme, and what axe is asked for, None for nothing.
Looks = tuple[tuple[str, str, dict[str, Any] | None], ...]

_ALL_RULES: dict[str, Any] = {"resultTypes": ["violations"]}
_COLOUR_RULES = {**_ALL_RULES, "runOnly": ["color-contrast", "link-in-text-block"]}
_ALL_BUT_COLOURS = {**_ALL_RULES, "rules": {name: {"enabled": False} for name in _COLOUR_RULES["runOnly"]}}
_MOST_BYTES = 100_000

_PATHS = {
    "board": "/board",
    "list": "/board?view=list",
    "search with a mistake": "/board?view=list&q=assignee:bem+-tag:x+(is:late+or+due:%3C7d)",
    "search with hits": "/board?view=list&q=status:all+price",
    "list of a filter": "/board/choose/assignee?view=list&find=a",
    "find": "/find?q=a",
    "my work": "/my-work",
    "new task": "/tasks/new?line=call+Ana+tomorrow+15:00+!high+%23tax+@ben+@zyx",
    "bundles": "/bundles",
    "gallery": "/recipes",
    "start form": "/recipes/podcast_episode/new",
    "templates": "/templates",
    "template": "/templates/podcast_episode",
    "changes of a template": "/templates/podcast_episode/changes",
    "new template": "/templates/new",
    "changing a template": "/templates/podcast_episode/edit",
    "inbox": "/inbox",
    "QA": "/qa",
    "stuck": "/stuck",
    "queue": "/queue",
    "reports": "/reports",
    **{f"report {name}": f"/reports/{name}" for name in registry.REPORTS},
    "people": "/people",
    "partners": "/partners",
    "feeds": "/feeds",
    "tokens": "/tokens",
    "schedules": "/schedules",
    "switching a schedule on": "/schedules/new/newsletter?for=partner:acme",
    "keys": "/help/keys",
    "help": "/help/member",
    "messages": "/settings/messages",
    "password": "/password",
    "second_factor": "/password/second-factor",
    "not found": "/bundles/bnd_nothing",
}


def _one(site: Site, kind: type, **wanted: Any) -> Any:
    """Return the last matching record of the demo."""
    with site.workbench.reading(site.actor("mara")) as tx:
        return tx.find(kind, **wanted)[-1]


@pytest.fixture(scope="module")
def demo_paths(demo: Site) -> dict[str, str]:
    """Every page of the demo, by name; the sign-in page apart."""
    task = _one(demo, Task, status=TaskStatus.IN_PROGRESS)
    bundle = _one(demo, Bundle, template_id="podcast_episode")
    judged = _judged(demo)
    version = f"/deliverables/{judged.deliverable_id}"
    return {
        **_PATHS,
        "template of a partner": "/templates/indexing_check?partner=acme",
        "task": f"/tasks/{task.task_id}",
        **{
            f"changing {name}": f"/tasks/{task.task_id}?edit={name}&find=a"
            for name in ("title", "assignee_id", "depends_on", "tags", "description")
        },
        "task of a bundle": f"/tasks/{_one(demo, Task, bundle_id=bundle.bundle_id).task_id}",
        "bundle": f"/bundles/{bundle.bundle_id}",
        "moving dates": f"/bundles/{bundle.bundle_id}/reanchor?anchor_date=2026-12-24",
        "correcting": f"/tasks/{_one(demo, Task, status=TaskStatus.COMPLETED).task_id}/correct",
        "adding to a bundle": f"/bundles/{bundle.bundle_id}/add-task?ref=create_podcast_document",
        "cancelling": f"/bundles/{bundle.bundle_id}/cancel",
        "scoring": f"/qa/{_one(demo, Task, qa_state='open').task_id}",
        "task that is judged": f"/tasks/{judged.task_id}",
        "employee": f"/people/employees/{_one(demo, Employee, key='ana').employee_id}?to=ben",
        "partner": f"/partners/{_one(demo, Partner, key='acme').partner_id}",
        "campaign": f"/campaigns/{_one(demo, Campaign, key='acme_spring').campaign_id}",
        "story of a task": f"/tasks/{judged.task_id}/story",
        "story of a bundle": f"/bundles/{bundle.bundle_id}/story",
        "story of a deliverable": f"{version}/story",
        "version": f"{version}/view",
        "commenting on a line": f"{version}/view?line=3",
        "versions side by side": f"{version}/compare",
    }


def _judged(site: Site) -> Deliverable:
    """Return the second version of the article, which waits for the partner."""
    with site.workbench.reading(site.actor("mara")) as tx:
        return next(row for row in tx.find(Deliverable) if row.version_number == 2 and row.is_frozen)


#: Structure and names, and the width of a phone; the contrast of colours takes most of the time of all rules.
_SHORT: Looks = (("desk", "light", _ALL_BUT_COLOURS), ("phone", "light", None))
_COLOURS: Looks = (*_SHORT, ("phone", "light", _COLOUR_RULES), ("phone", "dark", _COLOUR_RULES))
#: Pages that show every kind of element between them.
_MOST_TELLING = (
    "start form",
    "inbox",
    "task that is judged",
    "list of a filter",
    "search with a mistake",
    "changing depends_on",
)
#: Whether anything is wider than its window.
_WIDTHS = (("desk", "light", None), ("phone", "light", None))
#: Every size in every scheme with every rule; `make test-long`.
_LONG = tuple((size, scheme, _ALL_RULES) for size in ("desk", "phone") for scheme in ("light", "dark"))


def _faults(page: Page, looks: Looks = _SHORT) -> list[str]:
    """List what is wrong with the page in any of its looks, a line per fault."""
    found = []
    page.evaluate(AXE_SCRIPT)
    for size, scheme, rules in looks:
        look = f"{size}, {scheme}"
        page.set_viewport_size(DESK if size == "desk" else PHONE)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        asked = "rules => rules ? axe.run(rules).then((result) => result.violations) : []"
        for violation in page.evaluate(asked, rules):
            places = [f"{node['target']} {node['html'][:150]}" for node in violation["nodes"][:3]]
            found.append(f"{look}: {violation['id']}: {violation['help']}: {places}")
        if overflow := _overflow(page):
            found.append(f"{look}: wider than the window: {overflow}")
    return found


def _overflow(page: Page) -> list[str]:
    """Return the elements that make the page wider than its window."""
    return page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= width) return [];
          return [...document.querySelectorAll("body *")]
            .filter((node) => node.getBoundingClientRect().right > width + 1)
            .map((node) => node.outerHTML.slice(0, 90)).slice(0, 6);
        }"""
    )


def _structure(page: Page) -> list[str]:
    """List what is wrong with the page's landmarks."""
    found = []
    for what, selector in (
        ("banner", "body > header"),
        ("navigation of places", "body > nav[aria-label=Places]"),
        ("main", "body > main#main"),
        ("heading of the page", "main h1"),
        ("skip link", "body > a[href='#main']:first-child"),
    ):
        count = page.locator(selector).count()
        if count != 1:
            found.append(f"{count} of {what}")
    return found


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("names", "looks"),
    [
        pytest.param(_MOST_TELLING, _SHORT, id="every kind of element"),
        pytest.param(("task that is judged",), _COLOURS, id="colours"),
        pytest.param(None, _COLOURS, id="every page", marks=pytest.mark.wide),
        pytest.param(None, _LONG, id="every page in every look", marks=pytest.mark.long),
    ],
)
def test_pages_pass_axe_and_stay_within_their_window(
    demo: Site,
    demo_paths: dict[str, str],
    open_window: OpenWindow,
    names: tuple[str, ...] | None,
    looks: Looks,
):
    # Colours in the middle of a transition are nobody's choice, so these windows ask for less motion.
    window = open_window(demo, reduced_motion="reduce")
    window.go("/sign-in")
    faults = {"sign in": _faults(window.page, looks)}
    window.sign_in("mara")
    for name in names or demo_paths:
        window.page.set_viewport_size(DESK)  # type: ignore[arg-type]
        window.go(demo_paths[name])
        faults[name] = _structure(window.page) + _faults(window.page, looks)
    assert not any(faults.values()), "\n".join(f"{name} {fault}" for name in faults for fault in faults[name])


@pytest.mark.wide
def test_pages_full_to_the_brim_stay_within_their_window(site: Site, open_window: OpenWindow):
    busy, bundle = fill(site.workbench)
    handed = _one(site, Deliverable, task_id=busy.task_id)
    window = open_window(site, "mara", reduced_motion="reduce")
    faults = {}
    for path in (
        "/board",
        "/board?view=list&status=all",
        "/my-work",
        "/bundles",
        f"/tasks/{busy.task_id}",
        f"/tasks/{busy.task_id}/story",
        f"/deliverables/{handed.deliverable_id}/view",
        f"/bundles/{bundle.bundle_id}",
        "/stuck",
        f"/recipes/blog_post/new?title={LONG_TITLE}",
        f"/tasks/new?line={UNBROKEN[:120]}",
        "/board?view=list&chosen=all",
        "/find?q=lake",
        "/inbox",
    ):
        window.go(path)
        faults[path] = _faults(window.page, _WIDTHS)
    faults["a refusal"] = _faults_of_a_refusal(window, site, bundle)
    window.go("/board")
    assert window.page.locator("#column-todo .card").count() == PER_COLUMN
    window.page.get_by_role("link", name="Show all").click()
    window.page.locator("#list tbody tr").first.wait_for()
    assert not any(faults.values()), "\n".join(f"{path} {fault}" for path in faults for fault in faults[path])


def _find(page: Page, text: str) -> None:
    page.wait_for_load_state()
    page.keyboard.press("Control+k")
    page.keyboard.type(text)
    page.locator(f"#find-options[data-for='{text}']").wait_for(state="attached")


def _preview(page: Page) -> None:
    page.get_by_label("Write a note").fill("**Bold**\n\n- one\n- [two](https://example.com)")
    page.get_by_role("button", name="Preview").last.click()
    page.get_by_role("region", name="Preview").wait_for()


def _cell(page: Page) -> None:
    page.wait_for_load_state()
    page.locator("a.cell[data-field=assignee_id]").nth(1).click()
    page.get_by_label("Who does it?").wait_for()


#: What is opened over a page, by where it stands: the page, and what is pressed or typed there.
_OPENED: dict[str, tuple[str, Callable[[Page], None]]] = {
    "more that one can do": ("task", lambda page: page.locator("#do-more > summary").click()),
    "a wait": ("task", lambda page: page.locator("#do-wait > summary").click()),
    "a step that does not apply": ("task", lambda page: page.locator(".step-menu > summary").first.click()),
    "find": ("task", lambda page: _find(page, "assign")),
    "nothing found": ("task", lambda page: _find(page, "zzqx")),
    "a preview": ("task", _preview),
    "a menu of a card": ("board", lambda page: page.locator(".card .menu > summary").first.click()),
    "the columns": ("list", lambda page: page.locator("#columns > summary").click()),
    "filters": ("list", lambda page: page.locator(".adding > summary").click()),
    "a cell": ("list", _cell),
    "a phase": ("bundle", lambda page: page.locator(".phase summary").first.click()),
    "whoever is signed in": ("my work", lambda page: page.locator(".menu.user > summary").click()),
}


@pytest.mark.wide
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_what_opens_over_a_page_passes_axe_and_lies_in_the_window(
    demo: Site, demo_paths: dict[str, str], open_window: OpenWindow, size: dict[str, int], scheme: str
):
    window = open_window(demo, "mara", viewport=size, color_scheme=scheme, reduced_motion="reduce")
    look: Looks = (("desk" if size is DESK else "phone", scheme, _ALL_RULES),)
    faults = {}
    for name, (path, deed) in _OPENED.items():
        deed(window.go(demo_paths[path]))
        faults[name] = _faults(window.page, look) + _cut_off(window.page)
    assert not any(faults.values()), "\n".join(f"{name} {fault}" for name in faults for fault in faults[name])


def _cut_off(page: Page) -> list[str]:
    """Return the panels of which a part is beside the window, or under something else."""
    return page.evaluate(
        """() => [...document.querySelectorAll("details[open] > :is(.menu-panel, .action-panel), .pane")]
          .filter((panel) => panel.checkVisibility())
          .filter((panel) => {
            const box = panel.getBoundingClientRect();
            if (box.left < 0 || box.right > innerWidth) return true;
            const x = box.left + box.width / 2, y = Math.min(box.bottom, innerHeight) - 4;
            const isFixed = getComputedStyle(panel).position === "fixed";
            return isFixed && !panel.contains(document.elementFromPoint(x, y));
          })
          .map((panel) => `cut off: ${panel.outerHTML.slice(0, 90)}`)"""
    )


@pytest.mark.wide
def test_pages_that_take_something_back_pass_axe_however_long_the_title(site: Site, open_window: OpenWindow):
    task = make_task(site.workbench, title=LONG_TITLE, assignee="ana")
    window = open_window(site, "mara", reduced_motion="reduce")
    page, address, faults = window.page, f"/tasks/{task.task_id}", {}
    window.go(f"{address}?do=block")
    page.get_by_label("What is in the way?").fill("Nothing.")
    page.get_by_role("button", name="Mark as blocked").click()
    page.get_by_role("button", name="Undo").wait_for()
    faults["undo"] = _faults(page, _COLOURS)
    page.get_by_role("button", name="Watch").click()
    page.get_by_text("You watch this").wait_for()
    faults["watched"] = _faults(page, _COLOURS)
    page.get_by_role("button", name="Complete", exact=True).click()
    page.locator("#actions").get_by_role("link", name="Correct").click()
    page.get_by_label("What was the mistake?").wait_for()
    faults["correcting"] = _faults(page, _COLOURS)
    window.go(address)
    page.locator("#do-rework > summary").click()
    page.get_by_label("Why again, and what is to change?").fill("Another format.")
    faults["reworking"] = _faults(page, _COLOURS)
    page.get_by_role("button", name="Make the rework").click()
    page.locator("#before").wait_for()
    faults["rework"] = _faults(page, _COLOURS)
    window.go(f"{address}/correct")
    faults["refused"] = _faults(page, _COLOURS)
    assert not any(faults.values()), "\n".join(f"{name} {fault}" for name in faults for fault in faults[name])


@pytest.mark.wide
def test_an_empty_board_a_refused_drag_and_a_scrolled_task_pass_axe(site: Site, open_window: OpenWindow):
    window = open_window(site, "mara", reduced_motion="reduce")
    page, faults = window.page, {}
    page.get_by_role("heading", name="Three steps to your first bundle").wait_for()
    faults["empty board"] = _structure(page) + _faults(page, _LONG)
    first = make_task(site.workbench, title=LONG_TITLE)
    make_task(site.workbench, title="Publish", depends_on=[first.task_id])
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    window.go("/board")
    card = page.locator(".card").filter(has_text="Publish")
    card.drag_to(page.locator("#column-in_progress"), target_position={"x": 60, "y": 20})
    page.locator("#not-moved").wait_for()
    faults["refused drag"] = _faults(page, (("desk", "light", _ALL_RULES), ("desk", "dark", _ALL_RULES)))
    window.go(f"/tasks/{first.task_id}")
    page.evaluate("scrollTo({ top: 600, behavior: 'instant' })")
    faults["scrolled task"] = _structure(page) + _faults(page, _LONG)
    assert not any(faults.values()), "\n".join(f"{name} {fault}" for name in faults for fault in faults[name])


def _faults_of_a_refusal(window: Window, site: Site, bundle: Bundle) -> list[str]:
    with site.workbench.reading(site.actor("mara")) as tx:
        task = next(item for item in tx.find(Task, bundle_id=bundle.bundle_id) if not item.is_blocked)
    window.go(f"/tasks/{task.task_id}")
    window.page.get_by_role("button", name="Complete", exact=True).click()
    window.page.get_by_role("alert").first.wait_for()
    return _faults(window.page, _COLOURS)


@pytest.mark.wide
def test_every_page_is_below_100_kb_on_the_wire_in_an_empty_workspace(site: Site, open_window: OpenWindow):
    window = open_window(site, "mara")
    task, bundle = make_task(site.workbench), make_bundle(site.workbench, "local_grid_scan")
    owned = {"task": f"/tasks/{task.task_id}", "bundle": f"/bundles/{bundle.bundle_id}"}
    cdp = window.context.new_cdp_session(window.page)
    cdp.send("Network.enable")
    cdp.send("Network.setCacheDisabled", {"cacheDisabled": True})
    weights = {name: _weight(window, path) for name, path in {**_PATHS, **owned}.items()}
    window.context.clear_cookies()
    weights["sign in"] = _weight(window, "/sign-in")
    assert all(weight > 10_000 for weight in weights.values()), weights  # the measurement itself
    assert {name: weight for name, weight in weights.items() if weight >= _MOST_BYTES} == {}


def _weight(window: Window, path: str) -> int:
    """Return the bytes that opening a page moves, headers included, as sent."""
    requests: list[Request] = []

    def note(request: Request) -> None:
        requests.append(request)

    window.page.on("requestfinished", note)
    window.go(path)
    window.page.wait_for_load_state("load")
    window.page.remove_listener("requestfinished", note)
    sizes = [request.sizes() for request in requests]
    return sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)


def test_motion_is_short_and_absent_for_who_asked_for_less(demo: Site, open_window: OpenWindow):
    page = open_window(demo, "mara").page
    assert 0 < _longest_motion(page) <= 0.15
    page.emulate_media(reduced_motion="reduce")
    assert _longest_motion(page) == 0


def _longest_motion(page: Page) -> float:
    """Return the longest transition or animation of any element, in seconds."""
    return page.evaluate(
        """() => Math.max(...[...document.querySelectorAll("*")].flatMap((node) => {
          const style = getComputedStyle(node);
          return `${style.transitionDuration}, ${style.animationDuration}`.split(", ").map(parseFloat);
        }))"""
    )


def test_a_printed_page_shows_the_work_without_the_frame(
    demo: Site, demo_paths: dict[str, str], open_window: OpenWindow
):
    window = open_window(demo, "mara")
    page = window.go(demo_paths["task of a bundle"])
    page.emulate_media(media="print")
    assert page.get_by_role("heading", level=1).is_visible()
    for frame in ("header", "nav[aria-label=Places]", "#actions"):
        assert not page.locator(frame).is_visible(), frame


@pytest.mark.parametrize("picture", [screenshot_board, screenshot_review])
def test_the_pictures_of_the_readme_are_there_and_small(picture: ModuleType):
    assert picture.TARGET.read_bytes().startswith(b"\x89PNG")
    assert picture.TARGET.stat().st_size < picture.MOST_BYTES
    shown = picture.TARGET.relative_to(screenshot_board.ROOT).as_posix()
    assert f"]({shown})" in (screenshot_board.ROOT / "README.md").read_text()


def test_the_pull_request_of_the_picture_can_be_made_of_the_content_as_it_is(tmp_path: Path):
    screenshot_review.change(tmp_path)
    changed = git(tmp_path, "diff", "--numstat", "main...figures").split()
    assert changed == ["2", "2", "content/task_templates/newsletter.yaml"]


@pytest.mark.wide
def test_what_the_search_offers_passes_axe_and_stays_within_the_window(demo: Site, open_window: OpenWindow):
    page = open_window(demo, "mara", reduced_motion="reduce").page
    page.locator("#search").press_sequentially("bundle:")
    page.get_by_role("option").nth(1).wait_for()
    page.locator("#search").press("ArrowDown")
    assert _faults(page, (("desk", "light", _ALL_RULES), ("phone", "dark", _ALL_RULES))) == []
