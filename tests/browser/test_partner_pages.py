"""What a partner's people see of a piece: its name, the document as it reads, the decision (D7)."""

from __future__ import annotations

from io import BytesIO

import pytest
from playwright.sync_api import expect

from engine.access import Actor
from engine.deliverables import approvals, versions
from engine.deliverables.models import Approval, Deliverable
from engine.reference.models import Partner
from engine.tasks import lifecycle
from engine.tasks.models import Task
from tests.browser.chromium import DESK, PHONE
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.desk import PORTAL
from tests.factories import make_bundle, make_task
from tests.told import saved

pytestmark = pytest.mark.xdist_group("browser")

_TEXT = b"# Tents\n\nWash the *fly* first.\n\n- soap\n- water\n"


def _piece(site: Site, title: str) -> Deliverable:
    """Hand a Markdown file of a bundle over to Acme's people."""
    ana: Actor = site.actor("ana")
    bundle = make_bundle(site.workbench, actor=site.actor("mara"), campaign="acme_spring", title=title)
    made = make_task(site.workbench, actor=site.actor("mara"), assignee="ana")
    with site.workbench.transaction(site.workbench.operator()) as tx:
        task = tx.get(Task, made.task_id)
        task.approval, task.bundle_id = PORTAL, bundle.bundle_id
        task.partner_id = tx.find_one(Partner, key="acme").partner_id
        saved(tx, task)
    with site.workbench.transaction(ana) as tx:
        lifecycle.start(tx, task.task_id)
        row = versions.add(tx, task.task_id, "draft", type="text", visible_in_portal=True)
        blob = site.workbench.blobs.put(BytesIO(_TEXT), 10_000)
        versions.edit(tx, row.deliverable_id, blob=blob, file_name="tents.md", content_type="text/markdown")
        approvals.request(tx, task.task_id)
    return row


@pytest.mark.wide
@pytest.mark.parametrize(
    "size", [pytest.param(DESK, id="desk", marks=pytest.mark.wide), pytest.param(PHONE, id="phone")]
)
def test_pieces_have_names_of_their_own_and_a_document_is_read_beside_its_comments(
    site: Site, open_window: OpenWindow, size
):
    rows = [_piece(site, title) for title in ("Tents in spring", "Stoves in winter")]
    window = open_window(site, "pat", viewport=size)
    page = window.page
    expect(page.locator(".inbox-items > li > a")).to_have_text(
        ["Draft of “Tents in spring”, version 1", "Draft of “Stoves in winter”, version 1"]
    )
    window.go(f"/deliverables/{rows[0].deliverable_id}/view")
    expect(page.locator("h1")).to_have_text("Draft of “Tents in spring”, version 1")
    content = page.locator("#content")
    expect(content.get_by_role("heading", name="Tents", exact=True)).to_be_visible()
    expect(content.locator("em")).to_have_text("fly")
    expect(content.get_by_role("listitem").filter(has_text="soap").first).to_be_visible()
    expect(content.get_by_text("# Tents")).to_be_hidden()
    if size is DESK:
        left, right = content.bounding_box(), page.locator("#comments").bounding_box()
        assert left is not None
        assert right is not None
        assert right["x"] >= left["x"] + left["width"]
    # A line is commented on in the source, which then stands open.
    page.get_by_text("The source, to comment on its lines").click()
    page.get_by_role("link", name="Comment on line 3").click()
    page.get_by_label("On line 3").fill("Which soap?")
    page.get_by_role("button", name="Add the comment").first.click()
    expect(page.locator("#line-3")).to_contain_text("Which soap?")


@pytest.mark.wide
@pytest.mark.few(1)
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_header_without_a_search_field_has_its_name_at_one_end_and_the_menu_at_the_other(
    site: Site, open_window: OpenWindow, size
):
    row = _piece(site, "Tents in spring")
    page = open_window(site, "pat", viewport=size).go(f"/deliverables/{row.deliverable_id}/view")
    bar, brand, menu = (page.locator(name).bounding_box() for name in (".topbar", ".brand", ".user"))
    assert bar is not None
    assert brand is not None
    assert menu is not None
    assert brand["x"] - bar["x"] <= 16
    assert brand["height"] <= bar["height"], "in one line"
    assert 0 <= bar["x"] + bar["width"] - (menu["x"] + menu["width"]) <= 16


def test_on_a_phone_a_partner_decides_without_zoom(site: Site, open_window: OpenWindow):
    row = _piece(site, "Tents in spring")
    page = open_window(site, "pat", viewport=PHONE, has_touch=True).go(
        f"/deliverables/{row.deliverable_id}/view"
    )
    page.get_by_role("link", name="Go to your decision").tap()
    for control in page.locator("section[id^=decide-] :is(button, textarea)").all():
        expect(control).to_be_in_viewport(ratio=1)
        told = control.evaluate("(one) => [one.offsetHeight, parseFloat(getComputedStyle(one).fontSize)]")
        assert told[0] >= 44, "a thumb hits it"
        assert told[1] >= 16, "no browser zooms in on it"
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.get_by_role("button", name="Approve", exact=True).tap()
    expect(page.locator(".message")).to_contain_text("pproved")
    with site.workbench.reading(site.actor("mara")) as tx:
        assert [item.is_open for item in tx.find(Approval, deliverable_id=row.deliverable_id)] == [False]
