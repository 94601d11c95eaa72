"""AUD-06 in a browser, from the template to the partner's approval, and the timeline read back at the end.

Two versions, one rejection, one guideline attached late by a repeated load; four people, each in a window of
their own, and the clock of the machine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine.app import Workbench
from engine.catalog.catalog import Catalog
from engine.config import Settings
from engine.tasks import lifecycle, proof, steps
from engine.tasks.models import Step, Task, TaskStatus
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site, serving
from tests.factories import PEOPLE, make_people

FIRST = "Amazing torque!!! Buy our wrenches now!!!"
SECOND = "A wrench for every workshop. Each figure is from the spring data sheet."
COMPLAINT = "Acme speaks plainly: no exclamation marks."
LATE = {"label": "Tone of voice 2027", "url": "https://acme.example/tone", "type": "guidelines"}


@pytest.fixture
def agency(settings: Settings, shipped_catalog: Catalog) -> Iterator[Site]:
    """A workspace with people and a campaign of Acme's, in the time of the machine."""
    workbench = Workbench(settings, catalog=shipped_catalog)
    try:
        make_people(workbench)
        with serving(workbench) as running:
            yield running
    finally:
        workbench.close()


@pytest.mark.wide
def test_a_dispute_is_settled_by_the_story_of_the_task(
    agency: Site, open_window: OpenWindow, cli, tmp_path: Path
):
    bundle_path = _start_the_template(open_window(agency, "sam").page)
    _write_the_brief(agency, bundle_path)
    task = _task(agency, bundle_path, "draft")
    path = f"/tasks/{task.task_id}"

    ana, mara = open_window(agency, "ana"), open_window(agency, "mara")
    _do_the_steps(ana.go(path))
    _hand_over(ana.page, FIRST)
    _reject(mara.go("/inbox"))
    expect(ana.go(path).get_by_role("region", name="What the approver said")).to_contain_text(COMPLAINT)

    _attach_late(cli, tmp_path)
    ana.go(path)
    expect(ana.page.get_by_text(LATE["label"])).to_be_visible()
    _hand_over_again(ana.page, SECOND)
    _approve_inside(mara.go("/inbox"))
    assert _task(agency, bundle_path, "draft").status is TaskStatus.PENDING_APPROVAL

    _approve_as_the_partner(open_window(agency, "pat").page)
    assert _task(agency, bundle_path, "draft").status is TaskStatus.COMPLETED
    _read_the_story(mara.go(f"{path}/story"))


def _start_the_template(page: Page) -> str:
    """Let the strategist start a blog post for Acme's spring; return the bundle's address."""
    page.get_by_role("link", name="Start something").click()
    page.get_by_role("link", name="Blog post").click()
    page.get_by_label("Topic").fill("Torque wrenches")
    page.get_by_label("For whom").select_option("campaign:acme_spring")
    expect(page.locator("#preview")).to_contain_text("Acme's engineers check the figures: Torque wrenches")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("is started")
    found = re.search(r"/bundles/\w+", page.url)
    assert found is not None
    return found[0]


def _write_the_brief(agency: Site, bundle_path: str) -> None:
    """The task before is done by a colleague."""
    brief = _task(agency, bundle_path, "brief")
    with agency.workbench.transaction(agency.actor("mara")) as tx:
        for step in tx.find(Step, task_id=brief.task_id, order_by=("position",)):
            steps.complete_step(tx, brief.task_id, step.ref)
        proof.give(tx, brief.task_id, "Brief", "https://docs.example/brief")
        lifecycle.complete(tx, brief.task_id)


def _task(agency: Site, bundle_path: str, ref: str) -> Task:
    bundle_id = bundle_path.rpartition("/")[2]
    with agency.workbench.reading(agency.actor("mara")) as tx:
        [task] = [task for task in tx.find(Task, bundle_id=bundle_id) if task.template_task_ref == ref]
    return task


def _do_the_steps(page: Page) -> None:
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Started.")
    ticks = page.locator("#steps button.tick")
    for place in range(ticks.count()):
        ticks.nth(place).click()
        expect(ticks.nth(place)).to_have_attribute("aria-pressed", "true")


def _hand_over(page: Page, words: str) -> None:
    panel = page.get_by_role("region", name="Deliverables")
    panel.locator("summary", has_text="Hand over").first.click()
    _choose_file(page, words)
    panel.get_by_role("button", name="Hand over", exact=True).click()
    page.get_by_role("button", name="Request approval").click()
    expect(page.get_by_role("status")).to_have_text("Approval requested.")


def _hand_over_again(page: Page, words: str) -> None:
    page.get_by_role("link", name="Hand over version 2").first.click()
    _choose_file(page, words)
    page.get_by_role("button", name="Resubmit for approval").click()
    expect(page.get_by_role("status")).to_contain_text("approval requested")


def _choose_file(page: Page, words: str) -> None:
    panel = page.get_by_role("region", name="Deliverables")
    file = {"name": "article.txt", "mimeType": "text/plain", "buffer": words.encode()}
    panel.get_by_label("or a file", exact=False).first.set_input_files(file)
    panel.get_by_label("Word count").first.fill(str(len(words.split())))


def _reject(page: Page) -> None:
    """From the inbox to the version, which is read and rejected where it stands."""
    _look_at_it(page, FIRST)
    decision = page.get_by_role("region", name="Your decision")
    decision.get_by_label("What you say").fill(COMPLAINT)
    decision.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("status")).to_contain_text("Rejected.")


def _approve_inside(page: Page) -> None:
    _look_at_it(page, SECOND)
    page.get_by_role("region", name="Your decision").get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Approved.")


def _approve_as_the_partner(page: Page) -> None:
    """The partner's user sees what is theirs to approve, and nothing of how it came about."""
    expect(page.get_by_role("heading", level=1)).to_have_text("For your approval")
    expect(page.locator("body")).not_to_contain_text(COMPLAINT)
    _look_at_it(page, SECOND)
    expect(page.locator("body")).not_to_contain_text(COMPLAINT)
    page.get_by_role("region", name="Your decision").get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Approved.")


def _look_at_it(page: Page, words: str) -> None:
    page.locator(".inbox-items a").first.click()
    expect(page).to_have_url(re.compile("item="))  # what is shown beside the list has come
    page.get_by_role("link", name="Look at it").click()
    expect(page.get_by_role("region", name="What was handed over")).to_contain_text(words)


def _attach_late(cli, folder: Path) -> None:
    """Load the reference data again, with one guideline more."""
    later = json.loads(json.dumps(PEOPLE))
    later["campaigns"][0]["attachments"].append(LATE)
    file = folder / "reference.json"
    file.write_text(json.dumps(later), encoding="utf-8")
    assert cli("reference", "load", str(file)).code == 0


def _read_the_story(page: Page) -> None:
    """The manager reads first what was handed over and judged, then everything that happened, in order."""
    told = page.get_by_role("region", name="What was handed over and what became of it")
    _in_order(
        told.inner_text(),
        "Version 1",
        "Handed over by Ana",
        "article.txt",
        "Guidelines attached when it was handed over: Brand guidelines",
        "Rejected by Mara",
        COMPLAINT,
        "Version 2",
        "Handed over by Ana",
        "New since the version before: Tone of voice 2027",
        "Delivered to Acme on",
        "Approved by Mara",
        "Approved by Pat of Acme on",
        "The version still holds exactly what was decided on",
    )
    first, second = told.locator(".item").all()
    expect(first).not_to_contain_text(LATE["label"])
    expect(first).not_to_contain_text("Delivered")
    expect(second).to_contain_text(LATE["label"])
    _in_order(
        page.locator("#timeline").inner_text(),
        "version 1 waits for the team",
        "version 1 was rejected by Mara",
        COMPLAINT,
        LATE["label"],
        "version 2 handed over",
        "version 2 waits for the team",
        "version 2 was approved by Mara",
        "version 2 was delivered",
        "version 2 waits for the partner",
        "version 2 was approved by Pat",
    )
    with page.expect_download() as download:
        first.get_by_role("link", name="article.txt").click()
    assert Path(download.value.path()).read_text(encoding="utf-8") == FIRST, "what version 1 looked like"


def _in_order(text: str, *phrases: str) -> None:
    place = 0
    for phrase in phrases:
        found = text.find(phrase, place)
        assert found >= 0, f"{phrase!r} is missing, or not where it belongs, in:\n{text}"
        place = found + len(phrase)
