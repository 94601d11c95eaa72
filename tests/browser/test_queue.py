"""The queue in a browser: what others do shows while somebody types, and their words stay."""

from __future__ import annotations

from playwright.sync_api import expect

from engine.jobs.workers import Workers
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site


def test_a_stop_shows_beside_a_half_typed_reason_which_stays(site: Site, open_window: OpenWindow):
    Workers(site.workbench.database).enter("machine:1", "token", release="0.4.0", threads=2, does=[])
    typing, stopping = open_window(site, "mara"), open_window(site, "mara")
    page = typing.go("/queue")
    panel = page.locator("#executor-api_call")
    panel.get_by_text("Pause", exact=True).click()
    panel.get_by_label("Why?").fill("Their server is be")
    other = stopping.go("/queue")
    other.get_by_text("Stop everything", exact=True).first.click()
    other.locator("#queue-stop").get_by_label("Why?").fill("Cards are made twice.")
    other.get_by_role("button", name="Stop everything").click()
    expect(other.locator("#queue-stopped")).to_contain_text("Cards are made twice.")
    expect(page.locator("#queue-stopped")).to_contain_text("Cards are made twice.")
    expect(page.get_by_role("button", name="Let everything go on")).to_be_visible()
    expect(page.locator("#queue-stop")).not_to_contain_text("Stop everything")
    expect(panel.get_by_label("Why?")).to_have_value("Their server is be")
