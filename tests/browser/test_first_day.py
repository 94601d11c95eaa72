"""A new user's first day: sign in, start an episode, complete its first task with proof, three ways."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from engine.accounts import passwords
from engine.accounts import service as accounts
from tests.browser.chromium import Window
from tests.browser.conftest import OpenWindow
from tests.browser.hands import Keyboard, Mouse
from tests.browser.serving import Site
from tests.factories import PASSWORD

FIRST_TASK = "Find an e-mail address for the guest Nora Ng"


@pytest.fixture
def newcomer(site: Site) -> str:
    """Somebody who was just let in; returns their address."""
    address = "nina@example.com"
    with site.workbench.transaction(site.workbench.operator()) as tx:
        accounts.add_user(
            tx, address, "Nina Novak", ["member"], password_hash=passwords.hash_password(PASSWORD)
        )
    return address


@pytest.mark.wide
def test_a_new_user_completes_the_first_task_by_mouse(site: Site, newcomer: str, open_window: OpenWindow):
    window = open_window(site, "nina")
    _live_the_day(window, Mouse(window))


@pytest.mark.wide
def test_a_new_user_completes_the_first_task_by_keyboard_alone(
    site: Site, newcomer: str, open_window: OpenWindow
):
    window = open_window(site)
    hands = Keyboard(window)
    _sign_in(window, hands, newcomer)
    _live_the_day(window, hands)


def test_a_new_user_completes_the_first_task_without_javascript(
    site: Site, newcomer: str, open_window: OpenWindow
):
    window = open_window(site, java_script_enabled=False)
    hands = Mouse(window)
    _sign_in(window, hands, newcomer)
    _live_the_day(window, hands, has_script=False)


def _sign_in(window: Window, hands: Mouse, address: str) -> None:
    page = window.go("/")
    expect(page.get_by_role("heading", name="Sign in to Workbench")).to_be_visible()
    hands.write("E-mail", address)
    hands.write("Password", PASSWORD)
    hands.send(page.get_by_role("button", name="Sign in"))


def _live_the_day(window: Window, hands: Mouse, *, has_script: bool = True) -> None:
    page = window.page
    expect(page.get_by_role("heading", name="Board", exact=True)).to_be_visible()
    hands.open_gallery()
    hands.choose_recipe("Podcast episode")
    hands.write("Guest's name", "Nora Ng")
    if not has_script:
        hands.use(page.get_by_role("button", name="Preview"))
    plan = page.get_by_role("region", name="Planned tasks")
    expect(plan.get_by_text(FIRST_TASK)).to_be_visible()
    expect(page.locator("#preview")).to_contain_text("42 tasks")
    hands.send(page.get_by_role("button", name="Start", exact=True))
    expect(page.get_by_role("status")).to_contain_text("is started")
    _open_first_task(window, hands)
    _complete_it_with_proof(window, hands)
    hands.use(page.get_by_label("Where this task belongs").get_by_role("link"))
    expect(_link_of_bundle(window)).to_contain_text("Filled")
    address = _link_of_bundle(window).get_by_role("link", name="guest@example.com")
    expect(address).to_have_attribute("href", "mailto:guest@example.com")


def _open_first_task(window: Window, hands: Mouse) -> None:
    expect(_link_of_bundle(window)).to_contain_text("Empty")
    hands.use(window.page.locator("#phase-guest_intake").get_by_role("link", name=FIRST_TASK))
    expect(window.page.get_by_role("heading", level=1)).to_have_text(FIRST_TASK)
    hands.use(window.page.get_by_role("button", name="Start", exact=True))
    expect(window.page.get_by_role("status")).to_have_text("Started.")


def _complete_it_with_proof(window: Window, hands: Mouse) -> None:
    page = window.page
    complete = page.get_by_role("button", name="Complete", exact=True)
    hands.use(complete)
    expect(page.get_by_role("alert").filter(has_text="Guest email")).to_be_visible()
    hands.use(page.locator("#blockers").get_by_role("link", name="Guest email"))
    proof = page.get_by_role("region", name="Proof")
    expect(proof.get_by_text("needed")).to_be_in_viewport()
    hands.fill_in(proof.get_by_label("Address"), "mailto:guest@example.com")
    hands.send(proof.get_by_role("button", name="Give proof"))
    expect(page.get_by_text("Nothing stands in the way")).to_be_visible()
    hands.use(complete)
    expect(page.get_by_role("status")).to_have_text("Task completed.")
    expect(page.locator("#task-head")).to_contain_text("Done")


def _link_of_bundle(window: Window) -> Locator:
    return window.page.locator("#links .links > li").filter(has_text="Guest email")
