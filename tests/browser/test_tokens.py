"""API tokens as people make and take them: a secret is shown once, and copied with and without the script."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.factories import do

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def with_admin(site: Site) -> Site:
    """A site that Olga looks after."""
    given = {"email": "olga@example.com", "name": "Olga", "role": ["admin"]}
    do(site.workbench, site.workbench.operator(), "user add", **given)
    return site


def test_an_admin_makes_a_token_for_an_agent_and_copies_its_secret_once(
    with_admin: Site, open_window: OpenWindow
):
    window = open_window(with_admin, "olga", permissions=["clipboard-read", "clipboard-write"])
    page = window.go("/")
    page.locator("details.user summary").click()
    page.get_by_role("link", name="API tokens").click()
    page.get_by_label("Name").fill("Crawler")
    page.get_by_label("Acts for").fill("bot@example.com")
    page.get_by_label("work", exact=True).uncheck()
    page.get_by_role("button", name="Make the token").click()
    secret = page.get_by_role("textbox", name="The secret").input_value()
    assert secret.startswith("wbt_")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    page.reload()
    expect(page.get_by_role("textbox", name="The secret")).to_have_count(0)
    row = page.get_by_role("row", name="Crawler")
    expect(row).to_contain_text("bot@example.com")
    expect(row).to_contain_text("in 90 days")
    row.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Nobody else has an API token")).to_be_visible()
    assert window.complaints == []


@pytest.mark.wide
def test_without_the_script_the_secret_stands_in_a_field_that_can_be_read_and_chosen(
    with_admin: Site, open_window: OpenWindow
):
    given = {"name": "Sheet", "user_id": "ana@example.com"}
    do(with_admin.workbench, with_admin.workbench.operator(), "token make", **given)
    page = open_window(with_admin, "ana", java_script_enabled=False).go("/tokens")
    page.get_by_role("button", name="Take its secret").click()
    field = page.get_by_role("textbox", name="The secret")
    expect(field).to_have_attribute("readonly", "")
    assert field.input_value().startswith("wbt_")
    expect(page.get_by_role("button", name="Copy")).to_be_hidden()
    row = page.get_by_role("row", name="Sheet")
    row.get_by_text("Rotate").click()
    row.get_by_label("The present secret goes on for").select_option("a week")
    row.get_by_role("button", name="Make a new secret").click()
    expect(page.get_by_role("row", name="Sheet")).to_contain_text("the secret before goes on until")
