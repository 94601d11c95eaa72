"""A strategist offers a draft, finds the way to its pull request, and takes it back after the merge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from engine.clock import FixedClock
from engine.config import Settings
from tests.browser.chromium import PHONE
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site, serving
from tests.engine.proposals.team import Team, team_at

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def team(settings: Settings, content_repo: Path, tmp_path: Path, clock: FixedClock) -> Iterator[Team]:
    with team_at(settings, content_repo, tmp_path, clock) as found:
        yield found


@pytest.fixture
def site(team: Team) -> Iterator[Site]:
    with serving(team.workbench) as running:
        yield running


@pytest.mark.parametrize("script", [True, pytest.param(False, marks=pytest.mark.wide)])
def test_a_draft_is_offered_pushed_linked_merged_and_taken_back(
    site: Site, team: Team, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch, script: bool
):
    draft = team.draft("sam")
    window = open_window(site, "sam", viewport=PHONE, java_script_enabled=script)
    page = window.go("/proposals")
    page.get_by_role("link", name="A change of Weekly newsletter").click()
    expect(page.get_by_text("The template is called “Letter” now, was “Weekly newsletter”")).to_be_visible()
    page.get_by_label("Title").fill("Call it a letter")
    page.get_by_label("Why").fill("That is what readers call it.")
    page.get_by_role("button", name="Offer it for review").click()
    expect(page.get_by_role("heading", name="Call it a letter")).to_be_visible()
    expect(page.get_by_text("It is being pushed. This takes a moment.")).to_be_visible()

    team.push()
    branch = str(team.of(draft).branch)
    forge = replace(team.workbench.settings, content_remote="https://github.com/acme/content.git")
    with monkeypatch.context() as known:
        known.setattr(team.workbench, "settings", forge)
        window.go(f"/proposals/{draft}")
        link = page.get_by_role("link", name="Open a pull request")
        expect(link).to_have_attribute(
            "href", f"https://github.com/acme/content/compare/main...{branch}?expand=1"
        )

    team.merge(branch)
    team.followed()
    window.go(f"/proposals/{draft}")
    expect(page.get_by_text("What it says is live")).to_be_visible()
    page.get_by_role("button", name="Propose to take it back").click()
    expect(page.get_by_role("heading", name="Revert “Call it a letter”")).to_be_visible()
    expect(page.get_by_text("The template is called “Weekly newsletter” now, was “Letter”")).to_be_visible()
    window.go("/inbox")
    expect(page.get_by_text("“Call it a letter” is merged").first).to_be_visible()
    page.get_by_role("link", name="“Call it a letter” is merged").first.click()
    page.get_by_role("link", name="Look at your proposals").click()
    expect(page.get_by_role("link", name="Call it a letter", exact=True)).to_be_visible()
