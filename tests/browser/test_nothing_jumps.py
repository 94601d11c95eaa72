"""What is on the page before and after a deed keeps its place (D2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from engine.deliverables import approvals, versions
from engine.tasks import lifecycle, steps
from engine.tasks.models import Step, Task
from tests.browser.chromium import DESK, PHONE, Window
from tests.browser.conftest import OpenWindow
from tests.browser.hands import Keyboard
from tests.browser.places import expect_same, moved, places, top
from tests.browser.serving import Site
from tests.factories import make_bundle, make_task
from tests.told import saved


@pytest.fixture
def task(site: Site) -> Task:
    """A task with three steps of which two must be done, so that they block its completion."""
    task = make_task(site.workbench, assignee="ana", description="The guest's page.")
    with site.workbench.transaction(site.actor("mara")) as tx:
        for title, required in (("Ask for a photo", True), ("Write the bio", True), ("Add the links", False)):
            steps.add_step(tx, task.task_id, title, required=required)
    return task


def _ticks(page: Page) -> Locator:
    return page.locator("#steps button.tick")


def _say(page: Page, verb: str, **told: str) -> None:
    """Open the form of a verb, fill it in, send it."""
    if page.locator(f"#do-more #do-{verb}").count():
        page.locator("#do-more > summary").click()
    page.locator(f"#do-{verb} > summary").click()
    for name, value in told.items():
        page.locator(f"#do-{verb} [name={name}]").fill(value)
    page.locator(f"#do-{verb} form button[type=submit]").first.click()


def _press(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("button", name=name).first.click()


#: What one does with a task, in a row that leads from each to the next; each says so.
VERBS: dict[str, Callable[[Page], None]] = {
    "watch": _press("Watch"),
    "stop watching": _press("Stop watching"),
    "mute": _press("Mute"),
    "unmute": _press("Unmute"),
    "start": _press("Start"),
    "wait": lambda page: _say(page, "wait", waiting_for="the printer"),
    "resume": _press("Resume work"),
    "block": lambda page: _say(page, "block", reason="The site is read-only."),
    "undo the block": _press("Undo"),
    "ask for help": lambda page: _say(page, "help", question="Which photo is it?"),
    "answer": lambda page: _say(page, "answer", body="The newest."),
    "resume after it": _press("Resume work"),
    "defer": lambda page: _say(page, "defer", until="2026-12-20"),
    "undo it": _press("Undo"),
    "assign": lambda page: _say(page, "assign"),
    "put back": lambda page: _say(page, "put_back"),
}


@pytest.mark.wide  # measures after every press
@pytest.mark.parametrize("size", [DESK, pytest.param(PHONE, marks=pytest.mark.wide)], ids=["desk", "phone"])
def test_every_verb_of_an_open_task_leaves_every_control_in_its_place(
    site: Site, open_window: OpenWindow, task: Task, size
):
    page = open_window(site, "mara", viewport=size).go(f"/tasks/{task.task_id}")
    for verb, do in VERBS.items():
        before, notes = places(page), top(page.locator("#notes"))
        with page.expect_navigation():
            do(page)
        expect(page.locator(".just-said .message")).to_be_visible()
        after = places(page)
        # A step forward that is not the next one stands beside the others, and comes and goes.
        both = (before.keys() & after.keys()) - {"do-complete"}
        if verb == "answer":  # a second note stands above their form and what is below it
            both = {name for name in both if before[name][1] < notes}
        assert len(both) > 15
        assert moved(before, after, both) == {}, verb


#: What closes a task for good.
CLOSING: dict[str, Callable[[Page], None]] = {
    "complete": _press("Complete"),
    "skip": lambda page: _say(page, "skip"),
    "cancel": lambda page: _say(page, "cancel", reason="Nobody wants it."),
}


#: By mouse and by thumb, with the script and without it; one of each is not ``wide``.
WINDOWS = [
    pytest.param({"viewport": DESK}, id="desk"),
    pytest.param({"viewport": PHONE}, id="phone"),
    pytest.param(
        {"viewport": DESK, "java_script_enabled": False}, id="desk without script", marks=pytest.mark.wide
    ),
    pytest.param({"viewport": PHONE, "java_script_enabled": False}, id="phone without script"),
]


@pytest.mark.few(1)
@pytest.mark.parametrize("options", WINDOWS)
@pytest.mark.parametrize("verb", CLOSING)
def test_closing_a_task_leaves_every_control_in_its_place(
    site: Site, open_window: OpenWindow, task: Task, options, verb
):
    with site.workbench.transaction(site.actor("mara")) as tx:
        for step in tx.find(Step, task_id=task.task_id):
            steps.complete_step(tx, task.task_id, step.ref)
        row = tx.get(Task, task.task_id)
        row.skip = {"reasons": [{"text": "not needed"}], "comment_required": False}
        tx.save(row)
        lifecycle.start(tx, task.task_id)
    page = open_window(site, "mara", **options).go(f"/tasks/{task.task_id}")
    before = places(page)
    with page.expect_navigation():
        CLOSING[verb](page)
    expect(page.locator(".just-said .message")).to_be_visible()
    after = places(page)
    both = before.keys() & after.keys()
    assert {"note-body", " A Change: tags", " BUTTON Watch this task"} <= both, both
    assert moved(before, after, both) == {}


@pytest.mark.wide
@pytest.mark.few(1)
@pytest.mark.parametrize("options", WINDOWS[:2])
def test_asking_for_approval_and_deciding_leave_every_control_in_its_place(
    site: Site, open_window: OpenWindow, task: Task, options
):
    object.__setattr__(site.workbench.settings, "copy_links", False)
    with site.workbench.transaction(site.actor("ana")) as tx:
        lifecycle.start(tx, task.task_id)
        for step in tx.find(Step, task_id=task.task_id):
            steps.complete_step(tx, task.task_id, step.ref)
        row = tx.get(Task, task.task_id)
        row.approval = {"required": True, "sources": ["internal"]}
        tx.save(row)
        draft = versions.add(tx, task.task_id, ref="draft", type="text")
        versions.edit(tx, draft.deliverable_id, url="https://docs.example/draft")
    page = open_window(site, "ana", **options).go(f"/tasks/{task.task_id}")
    for deed in (_press("Request approval"), lambda page: _say(page, "withdraw")):
        before = places(page)
        with page.expect_navigation():
            deed(page)
        expect_same(page, before, "asking")
    with site.workbench.transaction(site.actor("ana")) as tx:
        approvals.request(tx, task.task_id)
    page = open_window(site, "mara", **options).go(f"/tasks/{task.task_id}")
    before = places(page)
    page.locator("#do-decide > summary").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Approve", exact=True).click()
    expect_same(page, before, "approving", at_least=7)


@pytest.mark.wide  # measures after every press
@pytest.mark.parametrize("size", [DESK, pytest.param(PHONE, marks=pytest.mark.wide)], ids=["desk", "phone"])
def test_changing_how_much_a_task_matters_leaves_every_control_in_its_place(
    site: Site, open_window: OpenWindow, task: Task, size
):
    page = open_window(site, "ana", viewport=size).go(f"/tasks/{task.task_id}")
    for priority in ("critical", "low", "high", "medium"):
        before = places(page)
        page.locator("#field-priority .change").click()
        page.locator("form[data-edit] select").select_option(priority)
        page.locator("form[data-edit]").get_by_role("button", name="Save").click()
        expect(page.locator("form[data-edit]")).to_have_count(0)
        expect(page.locator("#field-priority")).to_contain_text(f"{priority} priority")
        expect_same(page, before, priority)


@pytest.mark.wide
def test_a_verb_given_far_down_the_page_leaves_it_scrolled_as_it_was(
    site: Site, open_window: OpenWindow, task: Task
):
    page = open_window(site, "ana", viewport={**DESK, "height": 500}).go(f"/tasks/{task.task_id}")
    page.mouse.wheel(0, 300)
    page.wait_for_function("scrollY === 300")
    start = page.get_by_role("button", name="Start").first.bounding_box()
    assert start is not None
    with page.expect_navigation():
        page.mouse.click(start["x"] + 20, start["y"] + 10)  # the bar stays in view, so nothing scrolls to it
    expect(page.locator(".just-said .message")).to_be_visible()
    assert page.evaluate("scrollY") == 300


@pytest.mark.wide
@pytest.mark.few(1)
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_asking_for_a_rework_moves_nothing_and_its_page_has_its_head_where_the_original_has_it(
    site: Site, open_window: OpenWindow, task: Task, size
):
    with site.workbench.transaction(site.actor("mara")) as tx:
        lifecycle.cancel(tx, task.task_id)
    page = open_window(site, "mara", viewport=size).go(f"/tasks/{task.task_id}")
    before = places(page)
    page.locator("#do-rework > summary").click()
    after = places(page)
    assert {name: after[name] for name in before} == before
    page.get_by_label("Why again, and what is to change?").fill("Another photo.")
    with page.expect_navigation():
        page.get_by_role("button", name="Make the rework").click()
    made = places(page)
    head = [" BUTTON Watch this task", " BUTTON Mute this task"]
    assert [made[name] for name in head] == [before[name] for name in head]


@pytest.mark.wide
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_watching_a_bundle_and_changing_a_row_leave_every_control_in_its_place(
    site: Site, open_window: OpenWindow, task: Task, size
):
    bundle = make_bundle(site.workbench, "local_grid_scan")
    window = open_window(site, "mara", viewport=size)
    page = window.go(f"/bundles/{bundle.bundle_id}")
    for name in ("Watch", "Stop watching", "Mute", "Unmute"):
        before = places(page)
        with page.expect_navigation():
            page.get_by_role("button", name=name).click()
        expect_same(page, before, name)
    window.go("/board?view=list")
    cell = page.locator(f"#row-{task.task_id} a.cell[data-field=priority]")
    cell.evaluate("(one) => one.scrollIntoView({ block: 'center' })")
    before = places(page)
    cell.click()
    page.locator("form[data-edit] select").select_option("low")
    page.locator("form[data-edit]").get_by_role("button", name="Save").click()
    expect(page.locator("form[data-edit]")).to_have_count(0)
    expect(page.locator(f"#row-{task.task_id}")).to_contain_text("low")
    expect_same(page, before, "a row")


@pytest.mark.wide
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_three_presses_where_the_steps_stood_tick_these_three(
    site: Site, open_window: OpenWindow, task: Task, size
):
    page = open_window(site, "ana", viewport=size).go(f"/tasks/{task.task_id}")
    _ticks(page).nth(1).evaluate("tick => tick.scrollIntoView({ block: 'center' })")
    boxes = [_ticks(page).nth(place).bounding_box() for place in range(3)]
    for box in boxes:
        assert box is not None
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for place in range(3):
        expect(_ticks(page).nth(place)).to_have_attribute("aria-pressed", "true")
    assert [_ticks(page).nth(place).bounding_box() for place in range(3)] == boxes


@pytest.mark.wide  # a look at a corner, and a slow one
def test_a_page_that_comes_between_press_and_release_takes_nothing_from_under_the_pointer(
    site: Site, open_window: OpenWindow, task: Task
):
    page = open_window(site, "ana").go(f"/tasks/{task.task_id}")
    held: list[Route] = []
    page.route("**/steps/*", lambda route: held.append(route), times=1)  # noqa: PLW0108 - no method of a list
    _ticks(page).nth(0).click()
    _ticks(page).nth(1).hover()
    page.mouse.down()
    with page.expect_request_finished(lambda request: request.redirected_from is not None):
        held[0].continue_()
    page.wait_for_timeout(50)
    assert _ticks(page).nth(0).get_attribute("aria-pressed") == "false"  # it waits
    page.mouse.up()
    for place in range(2):
        expect(_ticks(page).nth(place)).to_have_attribute("aria-pressed", "true")


@pytest.mark.wide
def test_an_answer_is_put_in_place_once(site: Site, open_window: OpenWindow, task: Task):
    page = open_window(site, "ana").go(f"/tasks/{task.task_id}")
    page.evaluate(
        """() => {
          window.swaps = 0;
          new MutationObserver((changes) => {
            const added = changes.flatMap((one) => [...one.addedNodes]);
            swaps += added.filter((node) => node.id === "main").length;
          }).observe(document.body, { childList: true });
        }"""
    )
    for number in (1, 2):
        _ticks(page).nth(number).click()
        expect(_ticks(page).nth(number)).to_have_attribute("aria-pressed", "true")
        page.wait_for_timeout(50)
        assert page.evaluate("swaps") == number


@pytest.mark.parametrize(
    "size", [pytest.param(DESK, id="desk", marks=pytest.mark.wide), pytest.param(PHONE, id="phone")]
)
def test_a_tick_and_its_taking_back_leave_every_control_in_its_place(
    site: Site, open_window: OpenWindow, task: Task, size
):
    page = open_window(site, "ana", viewport=size).go(f"/tasks/{task.task_id}")
    _ticks(page).nth(1).evaluate("tick => tick.scrollIntoView({ block: 'center' })")
    before = places(page)
    for is_done in ("true", "false"):
        for place in range(3):
            _ticks(page).nth(place).click()
            expect(_ticks(page).nth(place)).to_have_attribute("aria-pressed", is_done)
            after = places(page)
            both = before.keys() & after.keys()
            assert moved(before, after, both) == {}


@pytest.mark.wide  # measures after every press
def test_a_step_is_left_out_by_keyboard_alone_and_taken_up_again_by_one_press(
    site: Site, open_window: OpenWindow, task: Task
):
    page = open_window(site, "ana").go(f"/tasks/{task.task_id}")
    hands = Keyboard(Window(site, page.context, page))
    hands.use(page.locator("#steps summary", has_text="More about the step: Write the bio"))
    page.keyboard.press("Tab")
    page.keyboard.type("The guest wrote it.")
    page.keyboard.press("Enter")
    expect(page.locator("#steps")).to_contain_text("Does not apply: The guest wrote it.")
    expect(page.locator("#blockers")).not_to_contain_text("Write the bio")
    hands.use(page.get_by_role("button", name="It applies after all: Write the bio"))
    expect(page.locator("#blockers")).to_contain_text("Write the bio")
    expect(page.locator("#steps")).not_to_contain_text("Does not apply")


@pytest.mark.wide
@pytest.mark.few(1)
@pytest.mark.parametrize("options", WINDOWS)
def test_on_my_work_a_press_leaves_every_control_in_its_place(site: Site, open_window: OpenWindow, options):
    tasks = [make_task(site.workbench, title=f"Call {number}", assignee="ana") for number in range(5)]
    free = [make_task(site.workbench, title=f"Write {number}") for number in range(2)]
    with site.workbench.transaction(site.workbench.operator()) as tx:
        for one in free:
            kept = tx.get(Task, one.task_id)
            kept.assignee_role = "writer"
            saved(tx, kept)
        for one in tasks[3:]:
            lifecycle.start(tx, one.task_id)
            lifecycle.wait(tx, one.task_id, waiting_for="the printer")
    page = open_window(site, "ana", **options).go("/my-work")
    deeds = [(tasks[0], "Start"), (tasks[1], "Start"), (tasks[0], "Complete"), (free[1], "Claim")]
    for task, verb in [*deeds, (tasks[4], "Resume work"), (tasks[4], "Complete"), (free[1], "Start")]:
        before = places(page)
        with page.expect_navigation():
            page.locator(f"#row-{task.task_id}").get_by_role("button", name=verb).click()
        expect(page.locator(".just-said .message")).to_be_visible()
        expect_same(page, before, verb)
    expect(page.locator(f"#row-{tasks[0].task_id}")).to_contain_text("Done")
    page.reload()  # what is closed stays where it is while somebody works here,
    expect(page.locator(f"#row-{tasks[0].task_id}")).to_be_visible()
    page.goto(f"{site.address}/my-work")  # and is gone when they come again
    expect(page.locator(f"#row-{tasks[1].task_id}")).to_be_visible()
    expect(page.locator(f"#row-{tasks[0].task_id}")).to_have_count(0)
