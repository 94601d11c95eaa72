"""Live views: what others do appears by itself; nothing jumps, is taken away or rewinds."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from engine.tasks import assignment, lifecycle, notes
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.factories import do, make_task

_WATCH_SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map((entry) =>
    [entry.value, ...entry.sources.map((source) => source.node?.outerHTML?.slice(0, 80))]
  ))).observe({ type: "layout-shift" });
}"""
#: Two frames: shifts are reported after the frame in which they happen.
_SETTLE = (
    "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
)


#: Asks as a tab does that is shown again; gives the status once the view has dealt with the answer.
_LOOK_AGAIN = """() => new Promise((done) => {
  const real = window.fetch;
  window.fetch = async (...given) => {
    window.fetch = real;
    const answer = await real(...given), text = answer.text.bind(answer);
    if (answer.status === 200) {
      answer.text = async () => { const body = await text(); setTimeout(() => done(200), 50); return body; };
    } else setTimeout(() => done(answer.status), 50);
    return answer;
  };
  document.dispatchEvent(new Event("visibilitychange"));
})"""


def _look_again(page: Page) -> int:
    """Make the page ask now, as it does when its tab is shown again; return the answer's status."""
    return page.evaluate(_LOOK_AGAIN)


#: The page's next question about itself hangs until release(), and is then answered with an older page.
_HOLD_NEXT_ANSWER = """(older) => {
  const real = window.fetch;
  window.fetch = (address, given) => {
    if (!given?.headers?.["X-Live"]) return real(address, given);
    window.fetch = real;
    return new Promise((answer) => { window.release = () => answer(new Response(older, { status: 200 })); });
  };
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def _shifts(page: Page) -> list[Any]:
    page.evaluate(_SETTLE)
    return page.evaluate("window.shifts")


def test_what_somebody_else_does_appears_on_an_open_board_by_itself(site: Site, open_window: OpenWindow):
    task = make_task(site.workbench)
    make_task(site.workbench, title="Stays where it is")
    page = open_window(site, "mara").page
    page.evaluate("window.isSamePage = true")
    page.evaluate(_WATCH_SHIFTS)
    page.locator(".card a", has_text="Stays where it is").focus()
    with site.workbench.transaction(site.workbench.operator()) as tx:
        lifecycle.start(tx, task.task_id)
    expect(page.locator("#column-in_progress .card")).to_contain_text(task.title)  # by itself, within seconds
    expect(page.locator("#column-todo .card")).to_have_count(1)
    expect(page.get_by_role("link", name="Stays where it is")).to_be_focused()
    assert page.evaluate("window.isSamePage")
    assert _shifts(page) == []


def test_an_open_board_hears_304_while_nothing_changes(site: Site, open_window: OpenWindow):
    make_task(site.workbench)
    page = open_window(site, "mara").page
    assert _look_again(page) == 200
    assert _look_again(page) == 304
    make_task(site.workbench, title="Another")
    assert _look_again(page) == 200
    expect(page.locator("#column-todo .card")).to_have_count(2)


@pytest.mark.wide
def test_a_half_typed_note_its_focus_and_its_place_survive_changes(site: Site, open_window: OpenWindow):
    task = make_task(site.workbench)
    window = open_window(site, "mara", viewport={"width": 1440, "height": 600})
    page = window.go(f"/tasks/{task.task_id}")
    note = page.get_by_label("Write a note")
    note.focus()
    page.keyboard.type("I think that we sho")
    page.evaluate("document.querySelector('#note-body, [name=body]').setSelectionRange(3, 8)")
    page.evaluate(_WATCH_SHIFTS)
    place = note.bounding_box()
    assert place is not None
    with site.workbench.transaction(site.workbench.operator()) as tx:
        lifecycle.start(tx, task.task_id)
        notes.add(tx, task.task_id, "The printer called back.\n\nIt is two lines long.")
    _look_again(page)
    expect(page.locator("#note-list")).to_contain_text("The printer called back.")
    expect(page.locator("#task-head")).to_contain_text("In progress")
    expect(note).to_have_value("I think that we sho")
    expect(note).to_be_focused()
    assert page.evaluate("[document.activeElement.selectionStart, document.activeElement.selectionEnd]") == [
        3,
        8,
    ]
    now = note.bounding_box()
    assert now is not None
    assert abs(now["y"] - place["y"]) < 1  # scrolling is by whole pixels
    assert _shifts(page) == []


@pytest.mark.wide
def test_the_view_never_rewinds_to_an_older_answer(site: Site, open_window: OpenWindow):
    task = make_task(site.workbench)
    page = open_window(site, "mara").page
    older: list[Any] = []

    def keep(route: Route) -> None:
        answer = route.fetch()
        older.append((answer, answer.text()))
        route.fulfill(response=answer)

    page.route(re.compile("/board"), keep)
    _look_again(page)
    page.unroute(re.compile("/board"), keep)
    with site.workbench.transaction(site.workbench.operator()) as tx:
        lifecycle.start(tx, task.task_id)
    _look_again(page)
    card = page.locator("#column-in_progress .card")
    expect(card).to_have_count(1)
    cursor = page.locator("#live").get_attribute("data-cursor")
    answer, text = older[0]
    page.route(
        re.compile("/board"), lambda route: route.fulfill(status=200, headers=answer.headers, body=text)
    )
    _look_again(page)
    page.evaluate(_SETTLE)
    expect(card).to_have_count(1)
    assert page.locator("#live").get_attribute("data-cursor") == cursor


@pytest.mark.wide
def test_a_dragged_card_stays_when_an_older_answer_comes_late(site: Site, open_window: OpenWindow):
    make_task(site.workbench)
    page = open_window(site, "mara").page
    older = page.evaluate("fetch('/board', {headers: {'X-Live': '1'}}).then((answer) => answer.text())")
    page.evaluate(_HOLD_NEXT_ANSWER, older)
    column = page.locator("#column-in_progress")
    with page.expect_response(re.compile("/start$")) as moved:
        page.locator("#column-todo .card").drag_to(column, target_position={"x": 60, "y": 20})
    assert moved.value.ok
    page.evaluate("window.release()")
    page.evaluate(_SETTLE)
    assert column.locator(".card").count() == 1
    assert page.locator("#column-todo .card").count() == 0


@pytest.mark.wide
def test_a_view_that_hears_nothing_says_how_old_it_is(site: Site, open_window: OpenWindow):
    window = open_window(site, "mara")
    page = window.page
    expect(page.locator("#live")).to_contain_text("live")
    page.route(re.compile("/board"), lambda route: route.fulfill(status=503, body=""))
    page.evaluate("(now => { Date.now = () => now() + 30_000 })(Date.now)")  # half a minute later
    _look_again(page)
    expect(page.locator("#live")).to_contain_text("not live, 3")
    page.unroute_all()
    _look_again(page)
    expect(page.locator("#live")).not_to_contain_text("not live")
    assert {"503" in complaint for complaint in window.complaints} == {True}
    window.complaints.clear()


@pytest.mark.wide
def test_an_open_page_says_that_its_reader_was_signed_out_and_keeps_what_they_typed(
    site: Site, open_window: OpenWindow
):
    task = make_task(site.workbench, assignee="ana")
    page = open_window(site, "ana").go(f"/tasks/{task.task_id}")
    page.get_by_label("Write a note").fill("The printer called")
    do(site.workbench, site.workbench.operator(), "session end-all", user_id=site.actor("ana").user_id)
    _look_again(page)
    expect(page.locator("#live")).to_have_text("signed out")
    expect(page.get_by_label("Write a note")).to_have_value("The printer called")
    page.reload()
    expect(page.get_by_role("heading", name="Sign in to Workbench")).to_be_visible()


@pytest.mark.wide
def test_two_people_who_change_one_task_are_told_and_lose_nothing(site: Site, open_window: OpenWindow):
    task = make_task(site.workbench)
    window = open_window(site, "mara")
    page = window.go(f"/tasks/{task.task_id}")
    page.locator("#do-wait > summary").click()
    page.get_by_label("Waiting for whom or what?").fill("the printer's answer")
    with site.workbench.transaction(site.workbench.operator()) as tx:
        assignment.assign(tx, task.task_id, "ana")
    _look_again(page)  # what is half-typed is left alone
    expect(page.get_by_label("Waiting for whom or what?")).to_have_value("the printer's answer")
    page.locator("#do-wait").get_by_role("button", name="Wait").click()
    expect(page.get_by_role("alert").filter(has_text="changed")).to_be_visible()
    expect(page.get_by_label("Waiting for whom or what?")).to_have_value("the printer's answer")
    page.locator("#do-wait").get_by_role("button", name="Wait").click()
    expect(page.get_by_role("status")).to_contain_text("Waiting.")
    expect(page.locator("#task-head")).to_contain_text("Ana Alvarez")


@pytest.mark.wide
def test_nothing_is_replaced_between_press_and_release_and_a_lost_release_holds_for_a_second(
    site: Site, open_window: OpenWindow
):
    make_task(site.workbench, title="Under the pointer")
    page = open_window(site, "mara").page
    cards = page.locator("#column-todo .card")
    page.clock.set_fixed_time("2026-11-21T09:00:00Z")
    page.locator("h1").hover()
    page.mouse.down()
    make_task(site.workbench, title="Comes meanwhile")
    assert _look_again(page) == 200
    expect(cards).to_have_count(1)
    page.mouse.up()
    assert _look_again(page) == 200
    expect(cards).to_have_count(2)
    page.mouse.down()
    make_task(site.workbench, title="Comes later")
    page.clock.set_fixed_time("2026-11-21T09:00:02Z")
    assert _look_again(page) == 200
    expect(cards).to_have_count(3)
