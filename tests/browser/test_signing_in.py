"""Signing in by a one-time link; all other tests here begin signed in."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site


def test_a_one_time_link_signs_in_with_one_press_and_leads_to_a_password(site: Site, open_window: OpenWindow):
    page = open_window(site).page
    page.goto(site.sign_in_link("ana"))
    page.get_by_role("main").get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("set a password")
    page.get_by_role("status").get_by_role("link").click()
    expect(page.get_by_role("button", name="Set the password")).to_be_visible()
