"""The editor of YAML as a person works it: with its script and without, in two windows, and by two people."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.browser.chromium import DESK, PHONE
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.web.drafts import FILE, drafted, live_text, texts

TEXT = ".cm-content"
#: An offer that has just appeared is not taken: it may not be what somebody meant.
PAUSE_MS = 150


def begun(site: Site, name: str = "sam") -> str:
    return drafted(site.workbench, site.actor(name))


def kept(site: Site, draft: str, name: str = "sam") -> str:
    return str(texts(site.workbench, site.actor(name), draft)[FILE])


def at_end(page: Page, words: str) -> None:
    """Type at the end of the text."""
    page.locator(TEXT).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(words)


def new_line(page: Page, words: str) -> None:
    """Type a new line, over the room that the editor gives it by itself."""
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Home")
    page.keyboard.type(words)


def over_line(page: Page, begins: str, words: str) -> None:
    """Type over a line that the editor shows."""
    page.locator(".cm-line", has_text=re.compile(f"^{begins}")).first.click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.type(words)


def test_what_is_typed_is_checked_completed_previewed_and_saved_by_keys(site: Site, open_window: OpenWindow):
    draft = begun(site)
    page = open_window(site, "sam").go(f"/proposals/{draft}/yaml")
    expect(page.get_by_text("Nothing is wrong with this file.")).to_be_visible()
    at_end(page, "")
    page.keyboard.press("Backspace")  # the last line end
    new_line(page, "    nonsense: 1")
    problem = page.locator("#text-problems li")
    expect(problem).to_contain_text("nonsense is not a field")
    expect(page.locator(".cm-lintRange-error")).to_have_text("nonsense:")
    expect(page.locator("#preview")).to_contain_text("nonsense is not a field")
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.type("urg")
    offer = page.locator(".cm-tooltip-autocomplete [aria-selected=true]")
    expect(offer).to_contain_text("urgency")
    page.wait_for_timeout(PAUSE_MS)
    page.keyboard.press("Enter")
    expect(offer).to_contain_text("immediate")
    page.keyboard.type("so")
    expect(offer).to_contain_text("soon")
    page.wait_for_timeout(PAUSE_MS)
    page.keyboard.press("Enter")
    expect(problem).to_have_count(0)
    expect(page.locator("#preview")).to_contain_text("same dates as now")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert kept(site, draft) == f"{live_text(site.workbench)}    urgency: soon"


#: What stands before the cursor -> some of what is offered there, and some of what is not.
OFFERS = {
    "    pri": (["priority"], ["recipe"]),
    "    priority: ": (["critical", "low"], ["title"]),
    "    depends_on: [": (["one", "two"], ["step"]),
    "    due: {from: ": (["anchor", "task_completed:two"], ["unit"]),
    "    proof: [{": (["kind", "label"], ["ref"]),
    "    proof:\n      - kind: ": (["comment", "url"], ["label"]),
    "    steps:\n      - ": (["ref", "required"], ["priority"]),
    "    phase: ": (["writing"], ["one"]),
    "    task_type: ": (["article"], ["one"]),
    "rec": (["recipe"], ["priority"]),
    "    description: |\n      pri": ([], ["priority"]),
    "    # pri": ([], ["priority"]),
}
BEGUN = """\
key: a
phases: [{key: writing, name: Writing}]
tasks:
  - ref: one
    title: One
    steps:
      - ref: step
        title: Step
  - ref: two
    title: Two
"""


@pytest.mark.wide
def test_what_may_stand_at_a_place_is_offered_there_and_nothing_else(site: Site, open_window: OpenWindow):
    page = open_window(site, "sam").go(f"/proposals/{begun(site)}/yaml")
    page.on("dialog", lambda dialog: dialog.accept())
    expect(page.get_by_text("Nothing is wrong with this file.")).to_be_visible()
    labels = page.locator(".cm-completionLabel")
    for typed, (offered, others) in OFFERS.items():
        page.locator(TEXT).fill(f"{BEGUN}{typed}")
        page.keyboard.press("Control+End")
        page.keyboard.press("Control+Space")
        for word in offered:
            expect(labels.get_by_text(word, exact=True)).to_be_visible()
        if not offered:
            page.wait_for_timeout(2 * PAUSE_MS)
        for word in others:
            expect(labels.get_by_text(word, exact=True)).to_have_count(0)
        page.keyboard.press("Escape")


@pytest.mark.wide
def test_the_preview_follows_what_is_typed_before_it_is_saved(site: Site, open_window: OpenWindow):
    draft = begun(site)
    page = open_window(site, "sam").go(f"/proposals/{draft}/yaml")
    page.get_by_text("Anchor date").first.click()
    page.get_by_label("Topic").fill("Tents")
    expect(page.locator("#preview")).to_contain_text("Write: Tents")
    at_end(page, "")
    new_line(page, "  - ref: thanks")
    new_line(page, "    title: Thank the guest")
    expect(page.locator("#preview")).to_contain_text("Thank the guest")
    expect(page.locator("#preview")).to_contain_text("1 new task")
    assert kept(site, draft) == live_text(site.workbench)


@pytest.mark.wide
def test_what_is_typed_over_a_whole_long_text_is_all_that_is_left(site: Site, open_window: OpenWindow):
    draft = begun(site)
    page = open_window(site, "sam").go(f"/proposals/{draft}/yaml")
    page.locator(TEXT).click()
    page.keyboard.press("Control+a")
    page.keyboard.type("key: blog_post")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert kept(site, draft) == "key: blog_post"


@pytest.mark.wide
def test_a_problem_leads_to_its_line_and_the_keys_lead_out_of_the_text(site: Site, open_window: OpenWindow):
    draft = begun(site)
    page = open_window(site, "sam").go(f"/proposals/{draft}/yaml")
    at_end(page, "\nnonsense: 1")
    page.get_by_role("heading", level=1).click()
    page.locator("#text-problems li a").click()
    expect(page.locator(TEXT)).to_be_focused()
    expect(page.locator(".cm-activeLine")).to_have_text("nonsense: 1")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Save")).to_be_focused()


@pytest.mark.wide
def test_what_is_half_typed_survives_a_reload(site: Site, open_window: OpenWindow):
    draft = begun(site)
    page = open_window(site, "sam").go(f"/proposals/{draft}/yaml")
    page.on("dialog", lambda dialog: dialog.accept())
    at_end(page, "\n# half a thought")
    page.reload()
    expect(page.get_by_text("is back.")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert kept(site, draft).endswith("\n# half a thought")


@pytest.mark.wide
def test_a_text_that_is_saved_untouched_is_the_same_with_the_script_too(site: Site, open_window: OpenWindow):
    odd = live_text(site.workbench).replace("\n", "\r\n") + "# \ta tab, and no line end"
    draft = drafted(site.workbench, site.actor("sam"), lambda _: odd)
    page = open_window(site, "sam").go(f"/proposals/{draft}/yaml")
    expect(page.locator(TEXT)).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert kept(site, draft) == odd


@pytest.mark.wide
@pytest.mark.parametrize("first_is", [0, 1])
def test_two_windows_of_one_draft_lose_no_word(site: Site, open_window: OpenWindow, first_is: int):
    draft = begun(site)
    window = open_window(site, "sam")
    pages = [window.go(f"/proposals/{draft}/yaml"), window.context.new_page()]
    pages[1].goto(pages[0].url)
    over_line(pages[0], "name:", "name: A long read")
    at_end(pages[1], "\n# a thought of the other window")
    for page in (pages[first_is], pages[1 - first_is]):
        page.bring_to_front()
        page.get_by_role("button", name="Save").click()
        page.wait_for_load_state()
    last = pages[1 - first_is]
    expect(last.get_by_text("Both go together: no line was changed in both.")).to_be_visible()
    last.get_by_role("button", name="Save both together").click()
    expect(last.get_by_text("Saved: both versions are in it")).to_be_visible()
    assert "name: A long read\n" in kept(site, draft)
    assert kept(site, draft).endswith("# a thought of the other window")


@pytest.mark.wide
def test_where_two_windows_wrote_the_same_line_both_are_shown_and_one_is_chosen(
    site: Site, open_window: OpenWindow
):
    draft = begun(site)
    window = open_window(site, "sam")
    pages = [window.go(f"/proposals/{draft}/yaml"), window.context.new_page()]
    pages[1].goto(pages[0].url)
    for page, name in zip(pages, ("First", "Second"), strict=True):
        page.bring_to_front()
        over_line(page, "name:", f"name: {name}")
        page.get_by_role("button", name="Save").click()
        page.wait_for_load_state()
    page = pages[1]
    place = page.get_by_role("group", name="Place 1 of 1")
    for words in ("name: Blog post", "name: First", "name: Second"):
        expect(place.get_by_text(words, exact=True)).to_be_visible()
    place.get_by_role("radio", name=re.compile("^What is saved now")).check()
    page.get_by_role("button", name="Save as chosen").click()
    expect(page.get_by_text("Saved: both versions are in it")).to_be_visible()
    assert "name: First\n" in kept(site, draft)


@pytest.mark.wide
def test_two_people_change_one_template_at_once_and_each_keeps_what_they_wrote(
    site: Site, open_window: OpenWindow
):
    drafts = {name: begun(site, name) for name in ("sam", "mara")}
    pages = {name: open_window(site, name).go(f"/proposals/{draft}/yaml") for name, draft in drafts.items()}
    for name, page in pages.items():
        at_end(page, f"\n# what {name} means")
    for page in pages.values():
        page.get_by_role("button", name="Save").click()
    for name, page in pages.items():
        expect(page.get_by_text("Saved.")).to_be_visible()
        assert kept(site, drafts[name], name) == f"{live_text(site.workbench)}\n# what {name} means"


def test_without_the_script_it_is_a_form_that_saves_previews_and_merges(site: Site, open_window: OpenWindow):
    draft = begun(site)
    window = open_window(site, "sam", java_script_enabled=False)
    pages = [window.go(f"/proposals/{draft}/yaml"), window.context.new_page()]
    pages[1].goto(pages[0].url)
    live = live_text(site.workbench)
    for page, text in zip(pages, (f"# first\n{live}", f"{live}# last\n"), strict=True):
        page.get_by_label(FILE).fill(text)
        page.get_by_role("button", name="Save").click()
    expect(pages[0].get_by_text("Saved.")).to_be_visible()
    pages[1].get_by_role("button", name="Save both together").click()
    assert kept(site, draft) == f"# first\n{live}# last\n"
    pages[1].get_by_label(FILE).fill(live.replace("name: Blog post", "name: [1"))
    with window.context.expect_page() as opened:
        pages[1].get_by_role("button", name="Preview").click()
    expect(opened.value.get_by_text("The dated tasks appear here as soon as this is right")).to_be_visible()
    assert kept(site, draft) == f"# first\n{live}# last\n"


@pytest.mark.wide
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_pages_of_a_draft_pass_axe_and_fit_their_window(
    site: Site, open_window: OpenWindow, size: dict[str, int], scheme: str
):
    draft = begun(site)
    page = open_window(site, "sam", viewport=size, color_scheme=scheme).go(f"/proposals/{draft}/yaml")
    at_end(page, "\nnonsense: 1")
    expect(page.locator(".cm-lintRange-error")).to_be_visible()
    _is_fine(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{site.address}/proposals/{draft}/preview")
    _is_fine(page)


def _is_fine(page: Page) -> None:
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("() => axe.run().then((result) => result.violations)")
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
