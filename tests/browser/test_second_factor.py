"""The second factor as people meet it: an app, passkeys in a real browser, recovery codes, the lost phone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pyotp import TOTP

from engine.accounts import passwords
from engine.accounts.models import User
from engine.app import Workbench
from tests.browser.chromium import Window
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.browser.test_pages import _COLOURS, _faults
from tests.factories import PASSWORD, do
from tests.told import saved

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def named(site: Site) -> Site:
    """A site at a name, as passkeys need one; Ana and Mara have passwords."""
    workbench = site.workbench
    digest = passwords.hash_password(PASSWORD)
    for name in ("ana", "mara"):
        with workbench.transaction(site.actor(name)) as tx:
            user = tx.get(User, site.actor(name).user_id)
            user.password_hash = digest
            saved(tx, user)
    return replace(site, address=site.address.replace("127.0.0.1", "localhost"))


@dataclass
class Keys:
    """Authenticators that the browser of a window finds, over the protocol of its tools."""

    window: Window

    def __post_init__(self) -> None:
        self.tools = self.window.context.new_cdp_session(self.window.page)
        self.tools.send("WebAuthn.enable")

    def plug_in(self) -> str:
        options = {
            "protocol": "ctap2",
            "transport": "usb",
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        added = self.tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return str(added["authenticatorId"])

    def unplug(self, key: str) -> list[dict[str, Any]]:
        """Take one away; return what it held."""
        held: list[dict[str, Any]] = self.held(key)
        self.tools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})
        return held

    def held(self, key: str) -> list[dict[str, Any]]:
        found = self.tools.send("WebAuthn.getCredentials", {"authenticatorId": key})
        credentials: list[dict[str, Any]] = found["credentials"]
        return credentials

    def put(self, key: str, credential: dict[str, Any]) -> None:
        given = {"authenticatorId": key, "credential": credential}
        self.tools.send("WebAuthn.addCredential", given)


def give_password(page: Page, name: str) -> None:
    page.get_by_label("E-mail").fill(f"{name}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def sign_out(page: Page) -> None:
    page.locator("details.user summary").click()
    page.get_by_role("button", name="Sign out").click()


def begin(page: Page, title: str, name: str) -> None:
    """Begin to set one up on the page of one's own."""
    form = page.locator("form", has=page.get_by_role("heading", name=title))
    form.get_by_label("What you call it").fill(name)
    form.get_by_role("button", name="Begin").click()


def set_up_app(page: Page, workbench: Workbench) -> tuple[TOTP, list[str]]:
    begin(page, "An authenticator app", "Phone")
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    app = TOTP(page.get_by_label("Or type its secret into the app").input_value())
    page.get_by_label("The code that the app shows now").fill(app.at(workbench.clock.now()))
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    return app, page.locator("ul.codes code").all_inner_texts()


def own_page(page: Page) -> None:
    page.locator("details.user summary").click()
    page.get_by_role("link", name="Your account").click()
    page.get_by_role("link", name="Set one up").click()


@pytest.mark.few(1)
@pytest.mark.parametrize("java_script", [True, False], ids=["with script", "without script"])
def test_an_app_and_a_recovery_code_let_ana_in(named: Site, open_window: OpenWindow, java_script: bool):
    window = open_window(named, java_script_enabled=java_script)
    page = window.go("/sign-in")
    give_password(page, "ana")
    own_page(page)
    app, recovery = set_up_app(page, named.workbench)
    assert len(recovery) == 10
    sign_out(page)
    give_password(page, "ana")
    expect(page.get_by_role("heading", name="Is it you, Ana?")).to_be_visible()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("This code is wrong, too old, or was used already.")
    named.workbench.clock.advance(seconds=30)
    page.get_by_label("Code").fill(app.at(named.workbench.clock.now()))
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("details.user")).to_contain_text("Ana")
    sign_out(page)
    give_password(page, "ana")
    page.get_by_label("Code").fill(recovery[3])
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("details.user")).to_contain_text("Ana")


@pytest.mark.wide
def test_the_pages_of_it_pass_axe_and_stay_within_their_window(named: Site, open_window: OpenWindow):
    page = open_window(named, reduced_motion="reduce").go("/sign-in")
    give_password(page, "ana")
    own_page(page)
    begin(page, "A passkey", "Key")
    assert _faults(page, _COLOURS) == []
    page.get_by_role("link", name="Not now").click()
    begin(page, "An authenticator app", "Phone")
    assert _faults(page, _COLOURS) == []
    page.get_by_role("link", name="Not now").click()
    set_up_app(page, named.workbench)
    assert _faults(page, _COLOURS) == []
    page.context.clear_cookies()
    page.goto(f"{named.address}/sign-in")
    give_password(page, "ana")
    assert _faults(page, _COLOURS) == []


def test_passkeys_let_ana_in_from_two_devices_and_a_copy_of_one_does_not(
    named: Site, open_window: OpenWindow
):
    window = open_window(named)
    page, keys = window.go("/sign-in"), Keys(window)
    give_password(page, "ana")
    own_page(page)
    held: list[dict[str, Any]] = []
    for number, name in enumerate(("Laptop", "Blue key")):
        key = keys.plug_in()
        begin(page, "A passkey", name)
        page.get_by_role("button", name="Make the passkey").click()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        [credential] = keys.unplug(key)
        held.append(credential)
        assert page.get_by_role("heading", name="Your recovery codes").count() == (number == 0)
    for credential in (held[0], held[1]):
        sign_out(page)
        give_password(page, "ana")
        key = keys.plug_in()
        keys.put(key, credential)
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.locator("details.user")).to_contain_text("Ana")
        assert keys.unplug(key)[0]["signCount"] > credential["signCount"]
    sign_out(page)
    give_password(page, "ana")
    key = keys.plug_in()
    keys.put(key, {**held[0], "signCount": 0})  # a copy from before
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("That passkey was not taken.")
    keys.unplug(key)
    keys.plug_in()  # one that knows nobody
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("The browser made nothing of it")
    expect(page.locator("details.user")).to_have_count(0)


@pytest.mark.wide
def test_an_address_that_is_a_number_says_that_browsers_take_no_passkeys_there(
    named: Site, site: Site, open_window: OpenWindow
):
    window = open_window(site)
    page, keys = window.go("/sign-in"), Keys(window)
    keys.plug_in()
    give_password(page, "ana")
    page.goto(f"{site.address}/password/second-factor")
    begin(page, "A passkey", "Laptop")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("Browsers take no passkeys at this address.")


@pytest.mark.wide
def test_where_it_is_required_mara_sets_one_up_first_and_an_admin_helps_when_she_loses_it(
    named: Site, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
):
    workbench = named.workbench
    monkeypatch.setattr(workbench, "settings", replace(workbench.settings, second_factor="required"))
    page = open_window(named).go("/sign-in")
    give_password(page, "mara")
    expect(page.get_by_role("status")).to_contain_text("you need a second factor here")
    page.goto(f"{named.address}/people")
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    set_up_app(page, workbench)
    page.goto(f"{named.address}/people")
    expect(page.get_by_role("heading", name="People", exact=True)).to_be_visible()

    monkeypatch.setattr(workbench, "settings", replace(workbench.settings, second_factor="offered"))
    do(workbench, workbench.operator(), "user add", email="olga@example.com", name="Olga", role=["admin"])
    admin = open_window(named, "olga").go("/people")
    card = admin.locator("details.edit", has=admin.get_by_text("Change: Mara"))
    card.locator("summary").click()
    card.get_by_role("button", name="They lost it: take it away").click()
    expect(admin.get_by_text("Mara has no second factor any more")).to_be_visible()

    page.reload()
    expect(page.get_by_text("You were signed out here because how you sign in was changed.")).to_be_visible()
    give_password(page, "mara")
    page.goto(f"{named.address}/inbox")
    expect(page.get_by_text("Your second factors were taken away").first).to_be_visible()
