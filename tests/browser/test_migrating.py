"""What a newer template would change stays in its panel, and a choice can be made by keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.bundles import instantiate
from engine.bundles.request import NewBundle
from engine.clock import FixedClock
from engine.config import Settings
from engine.tasks import lifecycle
from engine.tasks.models import Task
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site, serving
from tests.conftest import commit_all
from tests.factories import make_people
from tests.web.test_migrating import TEMPLATE, change

_LONG = "Write it all, and then once more with everything that the partner has told us meanwhile"


@pytest.fixture
def launch(settings: Settings, content_repo: Path, clock: FixedClock) -> Iterator[tuple[Site, str]]:
    """A site with a bundle whose first task somebody works on, and whose template has changed since."""
    file = content_repo / "content/task_templates/launch.yaml"
    file.write_text(TEMPLATE.replace("title: Write it", f"title: '{_LONG}'"), encoding="utf-8")
    commit_all(content_repo)
    workbench = Workbench(replace(settings, content=str(content_repo)), clock=clock)
    make_people(workbench)
    with serving(workbench) as running:
        content, mara = workbench.content(), running.actor("mara")
        with workbench.transaction(mara) as tx:
            new = NewBundle(template="launch", anchor_date=date(2026, 12, 20))
            bundle = instantiate.create(tx, content, new)
        with workbench.transaction(mara) as tx:
            first = next(one for one in tx.find(Task, bundle_id=bundle.bundle_id) if one.position == 1)
            lifecycle.start(tx, first.task_id)
        change(content_repo)
        yield running, bundle.bundle_id
    workbench.close()


@pytest.mark.wide
@pytest.mark.parametrize("width", [390, pytest.param(1440, marks=pytest.mark.wide)])
def test_a_choice_is_made_by_keys_and_nothing_sticks_out(
    launch: tuple[Site, str], open_window: OpenWindow, width: int
):
    site, bundle_id = launch
    window = open_window(site, "mara", viewport={"width": width, "height": 900})
    page = window.go(f"/bundles/{bundle_id}/migrate")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_label("Take the template’s: Sun 13 Dec 2026").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Take the newer template").focus()
    page.keyboard.press("Enter")
    page.get_by_text("follows the newer template now").wait_for()
    with site.workbench.reading(site.actor("mara")) as tx:
        days = {one.template_task_ref: str(one.due_date) for one in tx.find(Task, bundle_id=bundle_id)}
    assert days["write"] == "2026-12-13"


def test_a_bundle_that_needs_a_decision_is_chosen_among_those_of_its_template_by_keys(
    launch: tuple[Site, str], open_window: OpenWindow
):
    site, bundle_id = launch
    window = open_window(site, "mara", viewport={"width": 390, "height": 900})
    page = window.go("/templates/launch")
    page.get_by_role("link", name="Bring running bundles to the newest").click()
    box = page.get_by_role("checkbox", name="needs a decision")
    assert not box.is_checked()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box.focus()
    page.keyboard.press("Space")
    page.get_by_label("Take the template’s").check()
    page.get_by_role("button", name="Migrate the chosen ones").focus()
    page.keyboard.press("Enter")
    page.get_by_text("follows the newer template now").wait_for()
    with site.workbench.reading(site.actor("mara")) as tx:
        days = {one.template_task_ref: str(one.due_date) for one in tx.find(Task, bundle_id=bundle_id)}
    assert days["write"] == "2026-12-13"
