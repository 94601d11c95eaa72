"""A manager looks at what would begin by itself, switches it on, deals with single days and pauses it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from engine.schedules.models import Schedule, ScheduleState
from tests.browser.chromium import PHONE
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site

pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.parametrize("script", [True, pytest.param(False, marks=pytest.mark.wide)])
def test_a_schedule_is_looked_at_switched_on_run_skipped_and_paused(
    site: Site, open_window: OpenWindow, script: bool
):
    window = open_window(site, "mara", viewport=PHONE, java_script_enabled=script)
    page = window.go("/schedules")
    expect(page.get_by_text("Nothing begins by itself yet")).to_be_visible()
    page.locator("a.button[href='/schedules/new/newsletter']").click()
    upcoming = page.locator(".upcoming > li")
    expect(upcoming).to_have_count(5)
    upcoming.first.locator("summary").click()
    expect(upcoming.first.get_by_text("Set up the sponsorship document for the sponsor")).to_be_visible()
    page.get_by_label("For whom").select_option("Acme")
    page.get_by_label("Whose the bundles are").select_option("Ana")
    page.get_by_role("button", name="Switch on").click()

    expect(page.get_by_role("heading", name="Weekly newsletter")).to_be_visible()
    expect(page.get_by_text("bundles of Ana")).to_be_visible()
    page.get_by_text("Leave a day out").click()
    page.get_by_label("Reason").fill("Nobody reads it then.")
    page.get_by_role("button", name="Leave it out").click()
    expect(page.locator("#days")).to_contain_text("Left out by Mara: Nobody reads it then.")

    page.get_by_text("Start a day now").click()
    page.get_by_role("button", name="Start it now").click()
    expect(page.get_by_role("heading", name="Newsletter: issue of")).to_be_visible()

    page = window.go("/schedules")
    expect(page.locator("tr[id^=schedule-]")).to_contain_text("Acme")
    page.get_by_role("link", name="Weekly newsletter").first.click()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("What would begin next")).to_be_visible()
    with site.workbench.reading(site.actor("mara")) as tx:
        [schedule] = tx.find(Schedule)
        assert schedule.state is ScheduleState.PAUSED
    page.get_by_role("button", name="Switch on again").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    assert window.complaints == []
