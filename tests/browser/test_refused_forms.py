"""After a refused form a page is loaded again without sending it again, with and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.factories import make_task


@pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without"])
def test_loading_the_page_again_after_a_refusal_sends_nothing(
    site: Site, open_window: OpenWindow, has_script: bool
):
    task = make_task(site.workbench, title="Call the printer", assignee="ana")
    page = open_window(site, "ana", java_script_enabled=has_script).go(f"/tasks/{task.task_id}?do=defer")
    form = page.locator("#do-defer form")
    form.locator("[name=until]").fill("2020-01-01")
    form.locator("[name=until]").evaluate("one => one.removeAttribute('min')")
    form.locator("[name=reason]").fill("They are closed.")
    form.get_by_role("button", name="Defer").click()
    expect(form).to_contain_text("is past")
    expect(form.locator("[name=reason]")).to_have_value("They are closed.")
    assert page.url.endswith(f"/tasks/{task.task_id}")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.reload()
    expect(page.locator("h1")).to_have_text("Call the printer")
    assert "POST" not in sent
    expect(page.locator("main")).not_to_contain_text("is past")
