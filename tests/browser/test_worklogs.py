"""A manager changes the words of a worklog and sends it, and the people of its partner read it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import DESK, PHONE
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.desk import PORTAL
from tests.engine.worklogs.house import House
from tests.factories import USERS

pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.few(1)
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_worklog_is_edited_sent_and_read(site: Site, open_window: OpenWindow, script: bool):
    house = House.set_up(site.workbench, {name: site.actor(name) for name in [*USERS, "pat"]})
    task_id = house.shown("Write: Tea", "draft", PORTAL, bundle_id=house.bundle("Tea in winter"))
    house.desk.decide(task_id, "approved", by="pat")
    house.make()
    theirs = open_window(site, "pat", viewport=PHONE, java_script_enabled=script)
    theirs.go("/worklogs")
    expect(theirs.page.get_by_text("No worklog yet")).to_be_visible()

    page = open_window(site, "mara", viewport=DESK, java_script_enabled=script).go("/worklogs")
    page.get_by_role("link", name="Acme spring, 16 to 22 November 2026").click()
    told = page.get_by_role("article")
    expect(told).to_contain_text("We finished “Write: Tea” and handed “Draft” over to you; you approved it.")
    page.get_by_text("Change the words").click()
    page.get_by_label("Text").fill("## Tea in winter\n\nThe article is **done**.")
    page.get_by_role("button", name="Save the words").click()
    expect(told.get_by_role("heading", level=2)).to_have_text("Tea in winter")
    expect(told).to_contain_text("The article is done.")
    page.get_by_role("button", name="Send it to Acme").click()
    expect(page.get_by_text("Sent: the partner's people read it from now on.")).to_be_visible()
    expect(page.get_by_role("button", name="Send it to Acme")).to_have_count(0)

    theirs.go("/worklogs").get_by_role("link", name="Acme spring, 16 to 22 November 2026").click()
    expect(theirs.page.get_by_role("article")).to_contain_text("The article is done.")
    with theirs.page.expect_download() as download:
        theirs.page.get_by_role("link", name="PDF").click()
    assert download.value.suggested_filename == "worklog-2026-11-16.pdf"
