"""What is said of a date that moves stays in its panel, however long it is."""

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
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site, serving
from tests.conftest import commit_all
from tests.factories import make_people
from tests.web.cli.test_bundle_commands import RELEASE


@pytest.fixture
def release(settings: Settings, content_repo: Path, clock: FixedClock) -> Iterator[Site]:
    """A site on whose content a task depends on one with a long title, counted from another day."""
    text = RELEASE.replace("title: Prepare", f"title: {'Prepare it all ' * 6}")
    (content_repo / "content/task_templates/release.yaml").write_text(text, encoding="utf-8")
    commit_all(content_repo)
    workbench = Workbench(replace(settings, content=str(content_repo)), clock=clock)
    make_people(workbench)
    with serving(workbench) as running:
        yield running
    workbench.close()


@pytest.mark.wide
@pytest.mark.parametrize("width", [390, pytest.param(1280, marks=pytest.mark.wide)])
def test_a_warning_stays_in_its_panel(release: Site, open_window: OpenWindow, width: int):
    content, given = release.workbench.content(), {"final_day": "2026-12-27"}
    with release.workbench.transaction(release.actor("mara")) as tx:
        new = NewBundle(template="release", anchor_date=date(2026, 12, 20), parameters=given)
        bundle = instantiate.create(tx, content, new)
    window = open_window(release, "mara", viewport={"width": width, "height": 900})
    page = window.go(f"/bundles/{bundle.bundle_id}/reanchor?anchor_date=2027-01-20")
    warning = page.locator(".moves .warning", has_text="which it comes after").bounding_box()
    panel = page.locator("section.panel", has=page.locator("#kept-title")).bounding_box()
    assert warning is not None
    assert panel is not None
    assert warning["x"] + warning["width"] < panel["x"] + panel["width"]
