"""The start form: what is typed while a fresh form is on its way is not lost with the old one."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site


def test_words_typed_while_the_form_changes_for_another_campaign_go_along_into_it(
    site: Site, open_window: OpenWindow
):
    page = open_window(site, "mara").go("/recipes/blog_post/new")
    held: list[Route] = []
    page.route("**/recipes/blog_post/form*", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks it
    topic = page.get_by_label("Topic")
    with page.expect_request("**/recipes/blog_post/form*"):
        page.get_by_label("For whom").select_option("campaign:acme_spring")
    topic.fill("How to dry a tent")
    held[0].continue_()
    expect(page.get_by_text("Acme's engineers check the figures")).to_be_visible()
    expect(topic).to_have_value("How to dry a tent")
    expect(page.get_by_text("Write: How to dry a tent")).to_be_visible()
