"""Files by paste and by drag onto the fields that take them, and how large they may be (ART-14)."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from engine.artifacts.models import Artifact
from engine.deliverables import versions
from engine.tasks.models import Task
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.factories import make_task

pytestmark = pytest.mark.xdist_group("browser")

#: The smallest picture there is.
_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
_MAKE = """([kind, name, type, bytes, words]) => {
  const held = new DataTransfer();
  const read = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const data = bytes === null ? new Uint8Array(26 * 1048576) : read(bytes);
  held.items.add(new File([data], name, { type }));
  if (words) held.setData("text/plain", words);
  return held;
}"""


def _paste(page: Page, name: str, *, data: str | None = _PNG, words: str = "") -> None:
    """Paste a file as the browser would, where the focus is."""
    held = page.evaluate_handle(_MAKE, ["paste", name, "image/png", data, words])
    page.evaluate(
        "held => document.activeElement.dispatchEvent(new ClipboardEvent('paste',"
        " { clipboardData: held, bubbles: true, cancelable: true }))",
        held,
    )


def _drag(page: Page, selector: str, name: str, *, is_dropped: bool = True) -> None:
    held = page.evaluate_handle(_MAKE, ["drag", name, "text/plain", "aGVsbG8=", ""])
    for kind in ("dragenter", "dragover", "drop") if is_dropped else ("dragenter", "dragover"):
        page.dispatch_event(selector, kind, {"dataTransfer": held})


@pytest.fixture
def task(site: Site) -> Task:
    made = make_task(site.workbench, assignee="ana")
    with site.workbench.transaction(site.actor("ana")) as tx:
        versions.add(tx, made.task_id, "draft", type="text", description="The draft")
    return made


def _kept(site: Site) -> list[Artifact]:
    with site.workbench.reading(site.actor("mara")) as tx:
        return tx.find(Artifact)


@pytest.mark.wide
def test_a_pasted_picture_is_named_by_its_time_and_one_press_sends_it(
    site: Site, open_window: OpenWindow, task: Task
):
    page = open_window(site, "ana").go(f"/tasks/{task.task_id}")
    _paste(page, "image.png")
    assert page.locator("#add_file-label").input_value().startswith("Pasted 20")
    expect(page.get_by_role("button", name="Add the file")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#files .item")).to_contain_text("Pasted 20")
    expect(page.locator(".just-said")).to_contain_text("is added")
    expect(page.locator("#add-file > summary")).to_be_focused()
    (kept,) = _kept(site)
    assert kept.file_name is not None
    assert kept.file_name.startswith("Pasted 20")
    assert kept.file_name.endswith(".png")
    assert kept.type == "screenshot"


@pytest.mark.wide
def test_words_that_come_with_a_picture_are_pasted_as_words(site: Site, open_window: OpenWindow, task: Task):
    page = open_window(site, "ana").go(f"/tasks/{task.task_id}")
    page.get_by_label("Write a note").focus()
    _paste(page, "image.png", words="a cell of a sheet")
    expect(page.get_by_label("Write a note")).to_be_focused()
    assert page.locator("#add-file input[type=file]").evaluate("field => field.files.length") == 0


@pytest.mark.wide
def test_a_file_goes_to_the_piece_that_it_is_dropped_on_else_to_the_page(
    site: Site, open_window: OpenWindow, task: Task
):
    page = open_window(site, "ana").go(f"/tasks/{task.task_id}")
    names = "field => [...field.files].map((one) => one.name)"
    _drag(page, ".deliverable", "draft.txt", is_dropped=False)
    expect(page.locator(".takes-file")).to_have_count(1)
    _drag(page, ".deliverable", "draft.txt")
    expect(page.locator(".takes-file")).to_have_count(0)
    assert page.locator(".deliverable input[type=file]").evaluate(names) == ["draft.txt"]
    _drag(page, "h1", "report.txt")
    assert page.locator("#add-file input[type=file]").evaluate(names) == ["report.txt"]
    expect(page.locator("#add_file-label")).to_have_value("report")
    expect(page.locator("#add_file-type")).to_be_focused()
    page.keyboard.type("report")
    page.keyboard.press("Enter")
    expect(page.locator("#files .item")).to_contain_text("report")
    assert [one.file_name for one in _kept(site)] == ["report.txt"]


@pytest.mark.wide
def test_a_file_that_is_dropped_where_none_is_taken_leaves_the_page_as_it_is(
    site: Site, open_window: OpenWindow
):
    """A browser opens it in the page's place unless each of the two says that it shall not."""
    page = open_window(site, "ana").go("/my-work")
    held = page.evaluate_handle(_MAKE, ["drag", "draft.txt", "text/plain", "aGVsbG8=", ""])
    for kind in ("dragover", "drop"):
        is_left_to_the_browser = page.evaluate(
            """([dataTransfer, kind]) => document.querySelector("h1").dispatchEvent(
              new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }))""",
            [held, kind],
        )
        assert not is_left_to_the_browser, kind


def test_what_is_too_large_is_told_at_its_field_and_not_sent(site: Site, open_window: OpenWindow, task: Task):
    page = open_window(site, "ana").go(f"/tasks/{task.task_id}")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    _paste(page, "film.png", data=None)
    field = page.locator("#add-file input[type=file]")
    expect(page.locator("#add-file .error")).to_have_text(
        "film.png has 26 MiB, more than the limit of 25 MiB. Make it smaller, or give a link to it."
    )
    expect(field).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Add the file").click()
    expect(page.locator("#add-file .error")).to_be_visible()
    assert "POST" not in sent
    _paste(page, "image.png")
    expect(page.locator("#add-file .error")).to_have_count(0)


def test_a_refused_file_says_why_in_place_and_is_chosen_still(
    site: Site, open_window: OpenWindow, task: Task
):
    page = open_window(site, "ana").go(f"/tasks/{task.task_id}")
    _paste(page, "picture.png", data="bm8gcGljdHVyZSBhdCBhbGw=")
    page.get_by_role("button", name="Add the file").click()
    expect(page.locator("#add-file .error")).to_be_visible()
    field = page.locator("#add-file input[type=file]")
    assert field.evaluate("field => field.files[0].name") == "picture.png"
    expect(page.locator("#add_file-label")).to_have_value("picture")
    assert _kept(site) == []


@pytest.mark.wide
def test_while_it_is_sent_the_form_says_how_far_it_is_and_sends_it_once(
    site: Site, open_window: OpenWindow, task: Task
):
    page = open_window(site, "ana").go(f"/tasks/{task.task_id}")
    held: list[Route] = []
    page.route("**/files", lambda route: held.append(route))  # noqa: PLW0108 - a function of our own
    _paste(page, "image.png")
    before = page.get_by_role("button", name="Add the file").bounding_box()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Sent so far")).to_be_visible()
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="Add the file").bounding_box() == before
    page.wait_for_timeout(50)
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator("#files .item")).to_contain_text("Pasted 20")
    assert len(_kept(site)) == 1


@pytest.mark.wide
def test_what_did_not_get_through_is_told_at_its_field_and_can_be_sent_again(
    site: Site, open_window: OpenWindow, task: Task
):
    window = open_window(site, "ana")
    page = window.go(f"/tasks/{task.task_id}")
    page.route("**/files", lambda route: route.abort())
    _paste(page, "image.png")
    page.keyboard.press("Enter")
    expect(page.locator("#add-file .error")).to_contain_text("did not get through")
    window.complaints.clear()  # the browser's own, of what did not get through
    page.unroute("**/files")
    page.get_by_role("button", name="Add the file").click()
    expect(page.locator("#files .item")).to_contain_text("Pasted 20")


def test_a_version_is_handed_over_by_a_drop_and_one_press(site: Site, open_window: OpenWindow, task: Task):
    page = open_window(site, "ana").go(f"/tasks/{task.task_id}")
    _drag(page, ".deliverable", "draft.txt")
    expect(page.locator(".deliverable").get_by_role("button", name="Hand over")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".deliverable")).to_contain_text("draft.txt")
    expect(page.locator(".deliverable summary").first).to_be_focused()


@pytest.mark.wide
def test_without_the_script_the_field_is_a_plain_one(
    site: Site, open_window: OpenWindow, task: Task, tmp_path: Path
):
    (tmp_path / "draft.txt").write_text("hello")
    page = open_window(site, "ana", java_script_enabled=False).go(f"/tasks/{task.task_id}")
    page.locator("#add-file > summary").click()
    expect(page.locator("#add-file .with-script")).to_be_hidden()
    expect(page.locator("#add-file")).to_contain_text("At most 25 MiB.")
    page.locator("#add_file-label").fill("Draft")
    page.locator("#add_file-type").fill("text")
    page.locator("#add-file input[type=file]").set_input_files(tmp_path / "draft.txt")
    page.get_by_role("button", name="Add the file").click()
    expect(page.locator("#files .item")).to_contain_text("Draft")
