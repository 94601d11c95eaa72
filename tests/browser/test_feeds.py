"""A feed as a calendar program in a browser reads it: ical.js 2.2.1 (npm, MPL-2.0), one file beside this."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.factories import make_task

pytestmark = pytest.mark.xdist_group("browser")

_ICAL = Path(__file__).parent / "ical-2.2.1.es5.min.cjs"
_READ = """([library, text]) => {
  const module = {exports: {}};
  new Function("module", "exports", library)(module, module.exports);
  const ical = module.exports.default || module.exports;
  const calendar = new ical.Component(ical.parse(text));
  const value = (part, name) => part.getFirstPropertyValue(name);
  return {
    todos: calendar.getAllSubcomponents("vtodo").map((part) => [
      value(part, "summary"), value(part, "due").toJSDate().toISOString()]),
    events: calendar.getAllSubcomponents("vevent").map((part) => [
      value(part, "summary"), value(part, "dtstart").isDate, value(part, "dtstart").toString()]),
  };
}"""


def test_somebody_makes_a_feed_and_a_calendar_reads_the_right_days_across_a_change_of_clocks(
    site: Site, open_window: OpenWindow
):
    mara = site.actor("mara")
    for day in ("2027-03-27", "2027-03-28", "2027-10-31"):
        make_task(site.workbench, actor=mara, title=f"Call; on {day}, please", assignee="ana", due_date=day)
    window = open_window(site, "ana", timezone_id="Europe/Berlin")
    page = window.go("/")
    page.locator("details.user summary").click()
    page.get_by_role("link", name="Calendar feeds").click()
    page.get_by_role("button", name="Make the feed").click()
    address = page.locator("code.address").inner_text()
    text = window.context.request.get(address).text()
    found = page.evaluate(_READ, [_ICAL.read_text(encoding="utf-8"), text])
    days = ["2027-03-27", "2027-03-28", "2027-10-31"]
    assert found["todos"] == [[f"Call; on {day}, please", f"{day}T23:59:59.000Z"] for day in days]
    assert found["events"] == [[f"Call; on {day}, please", True, day] for day in days]
    page = window.go("/feeds")
    expect(page.get_by_text(address)).to_have_count(0)
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("No feeds yet")).to_be_visible()
    assert window.complaints == []
