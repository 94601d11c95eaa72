"""From recipe to output: a form is filled in, its ticket is followed, and the list leads back to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from engine.app import Workbench
from engine.executions import running
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.port import Kinds
from tests.browser.conftest import OpenWindow
from tests.browser.hands import Keyboard, Mouse, Way, in_ways
from tests.browser.serving import Site
from tests.engine.recipes.conftest import asking_here
from tests.receiver import Receiver, opened, says

RATES = says({"date": "2026-11-20", "rates": {"CHF": 0.81}})
_TRACK = re.compile(r".*/tasks/tsk_\w+/track$")


@pytest.fixture
def program(workbench: Workbench) -> Iterator[Receiver]:
    """What the shipped recipe asks, on this machine."""
    with opened() as receiver:
        content = asking_here(workbench.content(), receiver.port)
        workbench.content = lambda: content  # type: ignore[method-assign]
        workbench.settings = replace(workbench.settings, private_calls=True, call_hosts="127.0.0.1")
        yield receiver


def work(workbench: Workbench) -> None:
    """Do what is queued."""
    kinds = Kinds([running.running(workbench)])
    engine = EmbeddedEngine(workbench.database, kinds, workbench.clock, workbench.ids)
    while engine.do_one("worker"):
        pass


@in_ways("mouse", "keyboard", "no script", "phone")
def test_a_recipe_is_started_followed_and_found_again(
    program: Receiver, site: Site, open_window: OpenWindow, way: Way
) -> None:
    window = open_window(site, "ana", **way.options)
    page, hand = window.page, way.hands(window)
    window.go("/recipes")
    expect(page.get_by_role("listitem").filter(has_text="Exchange rate of a day")).to_contain_text(
        "by itself"
    )
    hand.choose_recipe("Exchange rate of a day")
    _give_day(page, hand)
    hand.choose(page.get_by_label("Is how much in"), "CHF")
    hand.send(page.get_by_role("button", name="Start", exact=True))
    expect(page).to_have_url(_TRACK)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Look up what one USD was in CHF")
    assert program.got == [], "whoever starts it waits for nothing"
    program.usual = RATES
    work(site.workbench)
    _see_output(page, with_script=way.has_script)
    window.go("/tickets")
    ticket = page.get_by_role("row").filter(has_text="Look up what one USD was in CHF")
    expect(ticket).to_contain_text("2 values")
    expect(ticket).to_contain_text("Done")
    hand.use(ticket.get_by_role("link", name="Look up what one USD was in CHF on 2026-11-20", exact=True))
    expect(page).to_have_url(_TRACK)


def _give_day(page: Page, hand: Mouse) -> None:
    """Fill in the day, by keys as the browser's own field for days takes them."""
    field = page.get_by_label("Day", exact=True)
    if isinstance(hand, Keyboard):
        hand.tick(field)  # goes there; Space opens nothing that Escape does not close
        page.keyboard.press("Escape")
        page.keyboard.type("11202026")
    else:
        hand.fill_in(field, "2026-11-20")
    expect(field).to_have_value("2026-11-20")


def _see_output(page: Page, *, with_script: bool) -> None:
    """Look at what came out; without the script by loading the page again."""
    if not with_script:
        page.reload()
    expect(page.get_by_text("0.81")).to_be_visible()


def test_what_was_typed_stays_where_the_form_is_refused(
    program: Receiver, site: Site, open_window: OpenWindow
) -> None:
    window = open_window(site, "ana", java_script_enabled=False)
    page = window.go("/recipes/exchange_rate/new")
    page.get_by_label("Title").fill("For the books")
    page.locator("#start-form").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_label("Title")).to_have_value("For the books")
    expect(page.get_by_text("Day is missing.").first).to_be_visible()
    expect(page.locator('[id="start-param.day"]')).to_have_attribute("aria-invalid", "true")


def test_a_ticket_in_an_open_list_comes_along_by_itself(
    program: Receiver, site: Site, open_window: OpenWindow
) -> None:
    window = open_window(site, "ana")
    page = window.go("/recipes/exchange_rate/new")
    page.get_by_label("Day", exact=True).fill("2026-11-20")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page).to_have_url(_TRACK)
    window.go("/tickets")
    row = page.get_by_role("row").filter(has_text="Look up what one USD was in EUR")
    expect(row).to_contain_text("Queued")
    program.usual = 404
    work(site.workbench)
    expect(row).to_contain_text("answered with status 404")
    row.get_by_role("button", name=re.compile("Try again")).click()
    expect(page).to_have_url(re.compile(r".*/tickets$"))
    expect(row).to_contain_text("attempt 2")
