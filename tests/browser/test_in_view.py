"""What a day's work needs is in view where one looks, measured in the window (D9, D14)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from engine.bundles.models import Bundle
from engine.corrections import correct
from engine.tasks import lifecycle, steps
from engine.tasks.models import Step, Task
from tests.browser.chromium import DESK, PHONE
from tests.browser.conftest import OpenWindow
from tests.browser.overfull import LONG_TITLE, UNBROKEN, fill
from tests.browser.serving import Site
from tests.factories import make_bundle, make_task

pytestmark = pytest.mark.xdist_group("browser")


def _box(locator: Locator) -> dict[str, float]:
    """Return where something stands in the window."""
    found: dict[str, float] = locator.evaluate("(one) => one.getBoundingClientRect().toJSON()")
    return found


def _is_in_view(page: Page, locator: Locator) -> bool:
    """Say whether all of it is in the window and nothing lies over its middle."""
    return locator.evaluate(
        """(one) => {
          const { left, top, right, bottom } = one.getBoundingClientRect();
          const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
          return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && one.contains(there);
        }"""
    )


@pytest.fixture
def long_task(site: Site) -> Task:
    """A task of more than one window: forty steps and a title of two lines."""
    task = make_task(site.workbench, assignee="ana", title=UNBROKEN[:120])
    with site.workbench.transaction(site.actor("mara")) as tx:
        for number in range(40):
            steps.add_step(tx, task.task_id, f"{number} {LONG_TITLE}"[:120])
    return task


@pytest.mark.few(1)
@pytest.mark.parametrize("size", [DESK, PHONE, {"width": 800, "height": 600}], ids=["desk", "phone", "small"])
def test_the_primary_button_is_in_view_wherever_the_page_is_scrolled_to(
    site: Site, open_window: OpenWindow, long_task: Task, size
):
    page = open_window(site, "ana", viewport=size).go(f"/tasks/{long_task.task_id}")
    primary = page.locator("#actions > .thumb .primary")
    expect(primary).to_have_text("Start")
    for place in (0, 100, 1000, 100_000):
        page.evaluate("(place) => scrollTo({ top: place, behavior: 'instant' })", place)
        assert _is_in_view(page, primary), f"scrolled to {place}"
    page.locator("#steps button.tick").last.click()
    expect(page.locator("#steps button.tick").last).to_have_attribute("aria-pressed", "true")
    assert _is_in_view(page, primary), "after a step was ticked"


@pytest.mark.wide
def test_the_bar_of_a_scrolled_task_says_in_one_line_whose_it_is(
    site: Site, open_window: OpenWindow, long_task: Task
):
    page = open_window(site, "ana").go(f"/tasks/{long_task.task_id}")
    told = page.locator("#actions .in-bar")
    expect(told).to_have_css("opacity", "0")  # the heading says it
    page.evaluate("scrollTo({ top: 1000, behavior: 'instant' })")
    expect(told).to_have_css("opacity", "1")
    assert told.evaluate("(one) => getComputedStyle(one, '::before').content").startswith('"Donau')
    expect(told).to_have_text("○To do")
    assert _box(page.locator("#actions"))["height"] <= 56
    assert _box(told)["right"] <= 1440


@pytest.mark.wide
def test_a_step_that_an_address_names_is_not_hidden_by_the_bar(
    site: Site, open_window: OpenWindow, long_task: Task
):
    with site.workbench.reading(site.actor("mara")) as tx:
        step = tx.find(Step, task_id=long_task.task_id)[30]
    page = open_window(site, "ana").go(f"/tasks/{long_task.task_id}?whole=1#step-{step.task_step_id}")
    bar = _box(page.locator("#actions"))
    assert bar["top"] == 52
    assert _box(page.locator(f"#step-{step.task_step_id}"))["top"] >= bar["bottom"]


@pytest.mark.wide  # measures the cards of a full board
def test_every_card_is_of_90_to_100_px_and_says_once_that_it_is_late(
    demo: Site, site: Site, open_window: OpenWindow
):
    fill(site.workbench)
    for at, size in ((demo, DESK), (demo, PHONE), (site, DESK)):
        page = open_window(at, "mara", viewport=size).page
        cards = page.locator(".card").all()
        assert len(cards) >= 20
        heights = {card.evaluate("(one) => one.offsetHeight") for card in cards}
        assert all(90 <= height <= 100 for height in heights), heights
        for card in cards:
            words = card.inner_text()
            assert len(re.findall(r"\blate\b", words)) <= 1, words
            for part in (".card-foot", ".card-facts"):
                assert card.locator(part).evaluate("(one) => one.clientHeight") <= 22, words
                assert card.locator(part).evaluate("(one) => one.scrollWidth <= one.clientWidth"), words
        assert _cut_for_steps(page) == [], "where there is no room for both, the person is told"


def _cut_for_steps(page: Page) -> list[str]:
    """Return the names that are cut off though the number of steps stands beside them."""
    return page.evaluate(
        """() => [...document.querySelectorAll(".card-foot:has(.number)")]
          .map((foot) => [foot.querySelector(".card-who > span"), foot.querySelector(".number")])
          .filter(([name, steps]) => name.offsetTop === steps.offsetTop)
          .filter(([name]) => name.scrollWidth > name.clientWidth)
          .map(([name]) => name.textContent)"""
    )


@pytest.mark.wide
def test_six_columns_are_in_view_on_a_desk_and_keys_lead_to_the_last(demo: Site, open_window: OpenWindow):
    page = open_window(demo, "mara").page
    columns = [column for column in page.locator(".column").all() if column.is_visible()]
    assert len(columns) == 6
    assert all(_is_in_view_across(column) for column in columns)
    page.keyboard.press("l")
    for _ in columns[1:]:
        page.keyboard.press("ArrowRight")
    assert columns[-1].locator(".card.is-selected").count() == 1


def _is_in_view_across(one: Locator) -> bool:
    box = _box(one)
    return box["left"] >= 0 and box["right"] <= DESK["width"]


def _finish(site: Site, bundle: Bundle, phase: str) -> None:
    """Call off what a phase has left to do."""
    with site.workbench.transaction(site.workbench.operator()) as tx:
        for task in tx.find(Task, bundle_id=bundle.bundle_id, phase=phase):
            if not task.is_terminal:
                lifecycle.cancel(tx, task.task_id, "The guest has it already.")


@pytest.mark.wide
def test_the_tasks_of_a_bundle_begin_200_px_from_the_top(site: Site, open_window: OpenWindow):
    bundle = make_bundle(site.workbench, "podcast_episode", actor=site.actor("mara"))
    page = open_window(site, "mara").go(f"/bundles/{bundle.bundle_id}")
    assert _box(page.locator(".phase-tasks > li").first)["top"] <= 200
    for control in page.locator("#bundle-head :is(a, .button, h1)").all():
        assert _box(control)["bottom"] <= 200
    expect(page.locator("#blockers")).to_contain_text("What keeps it open")


@pytest.mark.wide  # measures a long page
def test_finished_phases_are_folded_with_their_counts_and_stay_as_they_are_put(
    site: Site, open_window: OpenWindow
):
    bundle = make_bundle(site.workbench, "podcast_episode", actor=site.actor("mara"))
    with site.workbench.reading(site.actor("mara")) as tx:
        phases = list(dict.fromkeys(task.phase for task in tx.find(Task, bundle_id=bundle.bundle_id)))
    first, second, third = (f"#phase-{phase}" for phase in phases[:3])
    _finish(site, bundle, phases[0])
    page = open_window(site, "mara").go(f"/bundles/{bundle.bundle_id}")
    expect(page.locator(f"{first} li").first).to_be_hidden()
    expect(page.locator(f"{first} summary")).to_have_text(re.compile(r"(\d+) of \1 closed"))
    expect(page.locator(f"{second} li").first).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator(f"{second} li").first).to_have_class(re.compile("is-selected"))
    # What somebody opens or folds stays so when others' work arrives, and nothing is folded under the hand.
    page.locator(f"{first} summary").click()
    page.locator(f"{third} summary").focus()
    page.keyboard.press("Enter")
    _finish(site, bundle, phases[1])
    with site.workbench.transaction(site.workbench.operator()) as tx:
        task = tx.find(Task, bundle_id=bundle.bundle_id, phase=phases[2])[0]
        lifecycle.cancel(tx, task.task_id)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(f"{second} summary")).to_have_text(re.compile(r"(\d+) of \1 closed"))
    expect(page.locator(f"{third} summary")).to_have_text(re.compile(r"1 of \d+ closed"))
    shown = [page.locator(f"{phase} li").first.is_visible() for phase in (first, second, third)]
    assert shown == [True, True, False]
    page.reload()
    shown = [page.locator(f"{phase} li").first.is_visible() for phase in (first, second, third)]
    assert shown == [False, False, True]


@pytest.mark.wide  # measures a long page
def test_a_finished_phase_with_work_again_opens_its_folds_by_itself(site: Site, open_window: OpenWindow):
    bundle = make_bundle(site.workbench, "podcast_episode", actor=site.actor("mara"))
    with site.workbench.reading(site.actor("mara")) as tx:
        phases = list(dict.fromkeys(task.phase for task in tx.find(Task, bundle_id=bundle.bundle_id)))
        tasks = tx.find(Task, bundle_id=bundle.bundle_id, phase=phases[1])
    _finish(site, bundle, phases[0])
    for task in tasks:  # one by one, so that one can be corrected
        with site.workbench.transaction(site.actor("mara")) as tx:
            lifecycle.cancel(tx, task.task_id, "The guest has it already.")
    page = open_window(site, "mara").go(f"/bundles/{bundle.bundle_id}")
    row = page.locator(f"#phase-{phases[1]} li").first
    expect(page.locator("#fold-finished > summary")).to_be_visible()
    expect(row).to_be_hidden()
    with site.workbench.transaction(site.actor("mara")) as tx:
        correct.correct(tx, tasks[0].task_id, "It was the other one.")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(row).to_be_visible()


@pytest.mark.wide  # measures a long page
def test_the_phone_page_of_a_bundle_with_42_tasks_is_shorter_than_7000_px(
    demo: Site, open_window: OpenWindow
):
    with demo.workbench.reading(demo.actor("mara")) as tx:
        bundles = tx.find(Bundle, template_id="podcast_episode")
    for bundle in bundles:
        page = open_window(demo, "mara", viewport=PHONE).go(f"/bundles/{bundle.bundle_id}")
        assert page.locator(".phase-tasks > li").count() == 42
        assert page.evaluate("document.documentElement.scrollHeight") < 7000


@pytest.mark.wide  # measures a long page
def test_on_a_phone_the_parts_of_a_bundles_head_stand_side_by_side(demo: Site, open_window: OpenWindow):
    page = open_window(demo, "mara", viewport=PHONE).go("/bundles")
    page.get_by_role("link", name="Podcast: repair cafés and old rucksacks").click()
    row = page.locator(".bundle-head > .spread > .row")
    expect(row).to_contain_text("late")
    texts = row.evaluate(
        """(row) => [...row.children].map((one) => {
             const range = document.createRange(); range.selectNodeContents(one);
             const box = range.getBoundingClientRect(); return [box.left, box.right];
           })"""
    )
    shown = [box for box in texts if box[0] < box[1]]
    assert len(shown) == 3
    edges = [edge for box in shown for edge in box]
    assert edges == sorted(edges)


@pytest.mark.wide
@pytest.mark.few(1)
@pytest.mark.parametrize("verb", ["help", "wait"])
def test_on_a_phone_nothing_lies_over_what_is_asked_for_at_a_verb(
    site: Site, open_window: OpenWindow, long_task: Task, verb: str
):
    """The bar with Start, where a thumb pressed what it did not mean, is below the form that was opened."""
    page = open_window(site, "ana", viewport=PHONE).go(f"/tasks/{long_task.task_id}")
    expect(page.locator("#actions > .thumb .primary")).to_have_text("Start")
    page.locator(f"#do-{verb} > summary").click()
    send = page.locator(f"#do-{verb} form button.primary")
    send.scroll_into_view_if_needed()
    assert _is_in_view(page, send)


@pytest.mark.wide
def test_what_is_typed_into_a_form_that_the_mouse_opened_goes_into_its_first_field(
    site: Site, open_window: OpenWindow, long_task: Task
):
    page = open_window(site, "ana").go(f"/tasks/{long_task.task_id}")
    place = page.evaluate("scrollY")
    for box, field in (("add-step", "add_step-title"), ("do-help", "help-question")):
        page.locator(f"#{box} > summary").click()
        expect(page.locator(f"#{field}")).to_be_focused()
        page.keyboard.type("Ask them to call")
        expect(page.locator(f"#{field}")).to_have_value("Ask them to call")
        page.locator(f"#{box} > summary").click()
        expect(page.locator(f"#{box} > summary")).to_be_focused()
    page.locator("#do-help > summary").press("Enter")
    expect(page.locator("#help-question")).to_be_visible()
    expect(page.locator("#do-help > summary")).to_be_focused()  # from there Tab leads on
    assert page.url.endswith(long_task.task_id), "no letter was a key"
    assert place == 0
