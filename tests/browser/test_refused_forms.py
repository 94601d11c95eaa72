"""After a refused form a page is loaded again without sending it again, with and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.factories import do, make_bundle, make_task


@pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without"])
def _reloads_without_sending(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.reload()
    expect(page.locator("h1")).to_be_visible()
    assert "POST" not in sent


@pytest.mark.few(1)
@pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without"])
def test_a_refused_new_task_start_or_move_keeps_what_was_typed_and_can_be_loaded_again(
    site: Site, open_window: OpenWindow, has_script: bool
):
    bundle = make_bundle(site.workbench, actor=site.actor("mara"))
    window = open_window(site, "mara", java_script_enabled=has_script)
    page = window.go("/tasks/new?mine=true")
    page.locator("[name=line]").fill("Call the printer @nosuch")
    page.locator("details.more").evaluate("one => one.open = true")
    page.locator("[name=description]").fill("About the banner.")
    page.get_by_role("button", name="Make it", exact=True).click()
    expect(page.locator(".has-error").first).to_be_visible()
    expect(page.locator("[name=line]")).to_have_value("Call the printer @nosuch")
    expect(page.locator("[name=description]")).to_have_value("About the banner.")
    assert page.url.startswith(f"{site.address}/tasks/new?")
    _reloads_without_sending(page)
    expect(page.locator("[name=description]")).to_have_value("About the banner.")

    page = window.go("/recipes/podcast_episode/new")
    page.locator("#start-form [name=anchor_date]").evaluate(
        "one => { one.value = ''; one.form.noValidate = true; }"
    )
    page.locator("[name=title]").fill("Half a title")
    page.locator("#start-form button.primary").click()
    expect(page.locator(".has-error [name=anchor_date]")).to_be_visible()
    assert page.url.startswith(f"{site.address}/recipes/podcast_episode/new?")
    _reloads_without_sending(page)
    expect(page.locator("[name=title]")).to_have_value("Half a title")

    page = window.go(f"/bundles/{bundle.bundle_id}/reanchor?anchor_date=2026-11-30")
    page.locator("form.thumb [name=anchor_date]").evaluate("one => { one.value = '0001-01-01'; }")
    page.locator("form.thumb button.primary").click()
    expect(page.locator(".has-error [name=anchor_date]")).to_be_visible()
    assert page.url.startswith(f"{site.address}/bundles/{bundle.bundle_id}/reanchor?")
    _reloads_without_sending(page)


@pytest.mark.wide
@pytest.mark.few(1)
@pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without"])
def test_a_refused_answer_in_the_inbox_keeps_its_item_and_can_be_loaded_again(
    site: Site, open_window: OpenWindow, has_script: bool
):
    tasks = [make_task(site.workbench, title=f"Fix {number}", assignee="ana") for number in range(2)]
    for task in tasks:
        do(site.workbench, site.actor("ana"), "task help", task_id=task.task_id, question="Which feed?")
    page = open_window(site, "mara", java_script_enabled=has_script).go(f"/inbox?item={tasks[1].task_id}")
    field = page.get_by_label("Your answer")
    field.evaluate("one => { one.required = false; }")
    field.fill("  ")
    page.get_by_role("button", name="Answer").click()
    expect(page.locator("#inbox-item .has-error, #inbox-item .refusal").first).to_be_visible()
    expect(page.locator("#inbox-item h2")).to_have_text("Fix 1")
    assert page.url == f"{site.address}/inbox?item={tasks[1].task_id}"
    _reloads_without_sending(page)
    expect(page.locator("#inbox-item h2")).to_have_text("Fix 1")


@pytest.mark.wide
@pytest.mark.few(1)
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
    _reloads_without_sending(page)
    expect(page.locator("h1")).to_have_text("Call the printer")
    expect(page.locator("main")).not_to_contain_text("is past")
