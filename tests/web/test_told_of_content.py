"""What people read of the content: that nothing newer comes, what is to be mended, what is newer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.clock import FixedClock
from engine.config import Settings
from engine.errors import UnavailableError
from engine.live_content import jobs, telling
from tests.conftest import commit_all
from tests.factories import make_bundle, make_people
from tests.web.conftest import Visitor
from web import create_app

NEWSLETTER = "content/task_templates/newsletter.yaml"


@pytest.fixture
def live(content_repo: Path, settings: Settings, clock: FixedClock) -> Iterator[Workbench]:
    """An engine that fetches the repository of the test, and has."""
    fetching = replace(settings, content="/nowhere", content_remote=str(content_repo))
    with closing(Workbench(fetching, clock=clock)) as engine:
        jobs.fetch(engine, engine.operator())
        telling.tell(engine, engine.system_actor())
        yield engine


@pytest.fixture
def people(live: Workbench) -> dict[str, Actor]:
    return make_people(live)


def browsers(live: Workbench, people: dict[str, Actor], *names: str) -> list[Visitor]:
    app = create_app(live, secret_key="only for tests")
    return [Visitor.signed_in(app, people[name].user_id) for name in names]


def change(live: Workbench, repo: Path, before: str, after: str) -> None:
    file = repo / NEWSLETTER
    file.write_text(file.read_text().replace(before, after, 1))
    commit_all(repo)
    jobs.fetch(live, live.operator())
    telling.tell(live, live.system_actor())


@pytest.mark.wide
def test_managers_read_above_their_pages_that_nothing_newer_comes_since_when_and_why_until_it_does(
    live: Workbench, people: dict[str, Actor], content_repo: Path, clock: FixedClock
) -> None:
    mara, ana = browsers(live, people, "mara", "ana")
    before = mara.get("/board")
    assert "No newer content could be fetched" not in before.text
    content_repo.rename(content_repo.with_name("away"))
    with pytest.raises(UnavailableError):
        jobs.fetch(live, live.operator())
    clock.advance(minutes=1)
    held = {"If-None-Match": before.headers["ETag"]}
    told = mara.get("/board", headers=held)
    assert told.status_code == 200, "a page that is held already is out of date"
    assert "No newer content could be fetched since Sat 21 Nov" in told.text
    assert "The branch main of" in told.text
    assert "No newer content could be fetched" not in ana.get("/board").text
    content_repo.with_name("away").rename(content_repo)
    jobs.fetch(live, live.operator())
    assert "No newer content could be fetched" not in mara.get("/board").text


def test_the_item_of_a_newer_template_leads_to_the_migration_and_to_what_changed(
    live: Workbench, people: dict[str, Actor], content_repo: Path
) -> None:
    bundle = make_bundle(live, "newsletter", actor=people["ana"])
    change(live, content_repo, "  - ref:", "  - icon: x\n    ref:")
    [ana] = browsers(live, people, "ana")
    page = ana.get("/inbox").text
    assert "there is a newer version" in page
    for address in (
        f"/bundles/{bundle.bundle_id}/migrate",
        "/templates/newsletter/changes",
        "/bundles?template=newsletter",
    ):
        assert f'href="{address}"' in page
        assert ana.get(address).status_code == 200


@pytest.mark.wide
def test_the_item_of_a_broken_file_says_what_is_wrong_and_leads_to_what_is_to_be_fixed(
    live: Workbench, people: dict[str, Actor], content_repo: Path
) -> None:
    change(live, content_repo, "owner:", "ownr:")
    [sam] = browsers(live, people, "sam")
    page = sam.get("/inbox").text
    assert f"{NEWSLETTER} has " in page
    assert "A change of the content has to be mended" in page
    assert 'id="inbox-open" href="/templates"' in page
    assert "ownr" in sam.get("/templates").text
    change(live, content_repo, "ownr:", "owner:")
    assert f"{NEWSLETTER} has " not in sam.get("/inbox").text
