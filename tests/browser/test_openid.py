"""Signing in with an OpenID provider, and accepting an invitation, as a person sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import PHONE
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.factories import do
from tests.loopback_provider import LoopbackProvider, new_key, serving


@pytest.fixture
def provider(site: Site) -> Iterator[LoopbackProvider]:
    ana = {"sub": "a-1", "email": "ana@example.com", "email_verified": True, "name": "Nina Novak"}
    with serving(LoopbackProvider(now=site.workbench.clock.now, key=new_key("first"), claims=ana)) as made:
        asked = {**made.settings(), "public_url": site.address}
        site.workbench.settings = replace(site.workbench.settings, **asked)
        yield made


@pytest.mark.few(1)
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_person_goes_to_the_provider_and_comes_back_signed_in(
    site: Site, open_window: OpenWindow, provider: LoopbackProvider, scripts: bool
):
    opened = open_window(site, java_script_enabled=scripts)
    page = opened.go("/my-work?x=1")
    page.get_by_role("link", name="Sign in with Example ID").click()
    expect(page).to_have_url(f"{site.address}/my-work?x=1")
    opened.go("/password")
    expect(page.get_by_text("with OpenID")).to_be_visible()


def test_who_is_invited_accepts_on_a_phone(site: Site, open_window: OpenWindow, provider: LoopbackProvider):
    made = do(
        site.workbench, site.workbench.operator(), "user invite", email="nina@example.com", role=["member"]
    )
    opened = open_window(site, viewport=PHONE)
    page = opened.go(made.path)
    page.get_by_label("Your name").fill("Nina Novak")
    page.get_by_label("Password").fill("three green boats")
    page.get_by_role("button", name="Accept the invitation").click()
    expect(page.get_by_text("Welcome, Nina Novak.")).to_be_visible()


@pytest.mark.wide
def test_who_is_invited_accepts_with_the_provider(
    site: Site, open_window: OpenWindow, provider: LoopbackProvider
):
    provider.claims |= {"sub": "n-1", "email": "nina@elsewhere.example"}
    made = do(
        site.workbench, site.workbench.operator(), "user invite", email="nina@example.com", role=["member"]
    )
    page = open_window(site).go(made.path)
    page.get_by_role("link", name="Accept with Example ID").click()
    expect(page).to_have_url(f"{site.address}/board")
    expect(page.get_by_text("Nina Novak").first).to_be_visible()
