"""What a person sees of content that is newer, or does not come: the way to the migration, and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from engine.live_content import trouble
from engine.notifications.models import About, NotificationKind
from engine.notifications.service import notify
from tests.browser.chromium import PHONE
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.factories import make_bundle


def test_the_item_of_a_newer_template_leads_to_what_a_migration_would_do(
    site: Site, open_window: OpenWindow
) -> None:
    ana = site.actor("ana")
    bundle = make_bundle(site.workbench, "newsletter", actor=ana)
    with site.workbench.transaction(site.workbench.system_actor()) as tx:
        notify(
            tx,
            user_ids=[ana.user_id],
            kind=NotificationKind.TEMPLATE_CHANGED,
            title="There is a newer version",
            about=About(bundle_id=bundle.bundle_id),
            key="template_changed:newsletter:1",
        )
    window = open_window(site, "ana")
    page = window.go("/inbox")
    page.get_by_role("link", name="See what a migration would do").click()
    expect(page).to_have_url(f"{site.address}/bundles/{bundle.bundle_id}/migrate")


@pytest.mark.wide
def test_why_no_newer_content_could_be_fetched_opens_and_fits_on_a_phone(
    site: Site, open_window: OpenWindow, tmp_path: Path
) -> None:
    settings = replace(
        site.workbench.settings, content_remote="/srv/x", content_clone=str(tmp_path / "clone")
    )
    trouble.note(settings, f"The branch main cannot be fetched: {'x' * 300}.", site.workbench.clock.now())
    site.workbench.settings = settings
    window = open_window(site, "mara", viewport=PHONE)
    page = window.go("/bundles")
    why = page.get_by_text("The branch main cannot be fetched")
    assert not why.is_visible()
    page.get_by_text("Why", exact=True).click()
    expect(why).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
