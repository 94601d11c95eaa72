"""What is half typed survives a reload and a sign-out, and is nobody else's (issue 11, part 1)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.factories import make_task

_KEPT = "Object.keys(localStorage).filter((key) => key.startsWith('draft '))"


@pytest.fixture
def path(site: Site) -> str:
    return f"/tasks/{make_task(site.workbench, assignee='ana').task_id}"


def _type(page: Page) -> None:
    page.get_by_label("Write a note").fill("Half a sentence")


def test_a_half_typed_note_is_back_after_a_reload_and_can_be_discarded(
    site: Site, open_window: OpenWindow, path: str
):
    page = open_window(site, "ana").go(path)
    _type(page)
    page.reload()
    expect(page.get_by_label("Write a note")).to_have_value("Half a sentence")
    expect(page.locator("#notes .draft")).to_contain_text("is back")
    page.get_by_role("button", name="Discard it").click()
    expect(page.get_by_label("Write a note")).to_have_value("")
    page.reload()
    expect(page.get_by_label("Write a note")).to_have_value("")


def test_it_survives_a_sign_out_and_goes_once_somebody_else_is_here(
    site: Site, open_window: OpenWindow, path: str
):
    window = open_window(site, "ana")
    page = window.go(path)
    _type(page)
    for name, shown in (("ana", "Half a sentence"), ("mara", ""), ("ana", "")):
        page.context.clear_cookies()
        window.sign_in(name)
        window.go(path)
        expect(page.get_by_label("Write a note")).to_have_value(shown)


@pytest.mark.wide
def test_what_was_sent_is_not_kept(site: Site, open_window: OpenWindow, path: str):
    page = open_window(site, "ana").go(path)
    _type(page)
    assert len(page.evaluate(_KEPT)) == 1
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator("#note-list")).to_contain_text("Half a sentence")
    assert page.evaluate(_KEPT) == []
    expect(page.get_by_label("Write a note")).to_have_value("")


@pytest.mark.wide
def test_what_is_old_or_too_much_is_forgotten_and_no_password_is_ever_kept(
    site: Site, open_window: OpenWindow, path: str
):
    window = open_window(site, "ana")
    page = window.go(path)
    page.evaluate(
        """() => {
          const put = (place, age) => localStorage.setItem(
            `draft ${document.body.dataset.user} ${place}#x`,
            JSON.stringify({ text: "x", was: "", at: Date.now() - age }),
          );
          put("/old", 8 * 864e5);
          for (let n = 0; n < 60; n += 1) put(`/new${n}`, n);
        }"""
    )
    page.reload()
    kept = page.evaluate(_KEPT)
    assert len(kept) == 40
    assert not any("/old" in key for key in kept)
    page.evaluate("localStorage.clear()")
    window.go("/password")
    secrets = [field for field in page.locator("main input[type=password]").all() if field.is_visible()]
    assert secrets
    for field in secrets:
        field.fill("a secret that is long")
    assert page.evaluate(_KEPT) == []
