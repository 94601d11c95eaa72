"""Who set each part of a bundle, one press away; which revision runs, and whether that is the newest (D2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.bundles import service
from engine.bundles.models import Bundle
from engine.catalog.resolved import ResolvedTemplate
from engine.clock import FixedClock
from engine.config import Settings
from engine.tasks.models import Task
from tests.conftest import commit_all, git
from tests.factories import make_bundle, make_people
from tests.web.conftest import Visitor
from web import create_app

TEMPLATE = "content/task_templates/blog_post.yaml"


@pytest.fixture
def own(content_repo: Path, settings: Settings, clock: FixedClock) -> Iterator[Workbench]:
    """An engine on content that the test may change."""
    engine = Workbench(replace(settings, content=str(content_repo)), clock=clock)
    yield engine
    engine.close()


@pytest.fixture
def visitors(own: Workbench) -> dict[str, Visitor]:
    people = make_people(own)
    app = create_app(own, secret_key="only for tests")
    return {name: Visitor.signed_in(app, people[name].user_id) for name in ("mara", "ana", "pat")}


def change(repository: Path, old: str, new: str, message: str) -> str:
    file = repository / TEMPLATE
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return commit_all(repository, message)


def article(engine: Workbench, **fields) -> Bundle:
    given = {"partner": "acme", "anchor_date": date(2026, 12, 18), "parameters": {"topic": "Tents"}, **fields}
    return make_bundle(engine, "blog_post", **given)


def row(page: str, *words: str) -> str:
    """Return the one row of a page with these words, its tags left out."""
    rows = [" ".join(re.sub(r"<[^>]+>", " ", part).split()) for part in page.split("<tr data-item>")[1:]]
    [found] = [part.split("{%")[0] for part in rows if all(word in part for word in words)]
    return found


def test_a_due_rule_names_file_line_commit_author_day_and_reviewer(
    own: Workbench, visitors: dict[str, Visitor], content_repo: Path
) -> None:
    git(content_repo, "checkout", "-q", "-b", "proposal")
    words = "One working day less\n\nReviewed-by: Rita Reviewer <rita@example.com>"
    moved = change(content_repo, "offset: -8", "offset: -7", words)
    line = 1 + next(
        number
        for number, text in enumerate((content_repo / TEMPLATE).read_text().splitlines())
        if "offset: -7, unit: business_days" in text
    )
    git(content_repo, "checkout", "-q", "main")
    git(
        content_repo,
        "merge",
        "-q",
        "--no-ff",
        "-m",
        "Merge\n\nApproved-by: Ada <ada@example.com>",
        "proposal",
    )
    bundle = article(own)
    page = visitors["ana"].get(f"/bundles/{bundle.bundle_id}/origins?task=draft").text
    due = row(page, "Due", "7 working days before the anchor date")
    for said in (
        "Sam Strategist, Sun 1 Nov",
        moved[:7],
        "One working day less",
        "reviewed by Rita Reviewer, Ada",
        "merged by Sam Strategist in",
        f"task_templates/blog_post.yaml:{line}",
    ):
        assert said in due
    assert "rita@example.com" not in page
    assert "reviewed by" not in row(page, "Step", "Write the draft")


@pytest.mark.wide
def test_one_press_leads_there_from_the_task_and_from_the_bundle(
    own: Workbench, visitors: dict[str, Visitor]
) -> None:
    bundle = article(own)
    with own.reading(own.operator()) as tx:
        task = next(
            one for one in tx.find(Task, bundle_id=bundle.bundle_id) if one.template_task_ref == "draft"
        )
    here = f"/bundles/{bundle.bundle_id}/origins"
    assert f'href="{here}?task=draft"' in visitors["mara"].get(f"/tasks/{task.task_id}").text
    assert f'href="{here}"' in visitors["mara"].get(f"/bundles/{bundle.bundle_id}").text
    whole = visitors["mara"].get(here).text
    assert f'href="{here}?task=draft">Write: Tents</a>' in whole
    assert "Process doc" in row(whole, "process_docs/seo/content.keyword-research.md")
    of_task = visitors["mara"].get(f"{here}?task=draft").text
    assert f'href="/tasks/{task.task_id}/story">#{task.task_number}</a>' in of_task


@pytest.mark.wide
def test_what_nobody_kept_is_said_with_what_is_known_of_the_file(
    own: Workbench, visitors: dict[str, Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolved = own.content().resolve("blog_post", partner="acme")
    old = {name: said for name, said in resolved.as_pin().items() if name not in ("blame", "type_origins")}
    monkeypatch.setattr(ResolvedTemplate, "as_pin", lambda _: old)
    bundle = article(own)
    page = visitors["mara"].get(f"/bundles/{bundle.bundle_id}/origins?task=draft").text
    due = row(page, "Due")
    assert "not known: The bundle was started with a release that did not keep who set a value." in due
    assert f"the file was last changed in {str(bundle.commit)[:7]}" in due


def test_it_is_the_teams_and_of_bundles_that_one_sees(own: Workbench, visitors: dict[str, Visitor]) -> None:
    bundle = article(own)
    here = f"/bundles/{bundle.bundle_id}/origins"
    assert visitors["pat"].get(here).status_code == 404
    assert visitors["mara"].get(f"{here}?task=nothing").status_code == 404
    assert visitors["mara"].get("/bundles/bnd_NOTHING/origins").status_code == 404


def test_a_bundle_says_which_revision_it_runs_of_which_day_and_that_a_newer_one_is_there(
    own: Workbench, visitors: dict[str, Visitor], content_repo: Path
) -> None:
    bundle = article(own)
    about = f"/bundles/{bundle.bundle_id}"
    first = visitors["mara"].get(about).text.split('id="about"')[1].split("</section>")[0]
    assert re.search(rf"{str(bundle.commit)[:7]}</code> of <time[^>]+>Sun 1 Nov</time>", first)
    assert "newer exists" not in first
    newer = change(content_repo, "name: Blog post", "name: Long blog post", "Rename")
    then = visitors["mara"].get(about).text.split('id="about"')[1].split("</section>")[0]
    assert str(bundle.commit)[:7] in then
    assert "newer exists" in then
    assert newer[:7] in then


@pytest.mark.wide
def test_templates_say_how_many_bundles_run_each_revision(
    own: Workbench, visitors: dict[str, Visitor], content_repo: Path, clock: FixedClock
) -> None:
    first, _, ended = article(own), article(own), article(own)
    with own.transaction(own.operator()) as tx:
        service.cancel(tx, ended.bundle_id, reason="Not wanted")
    change(content_repo, "name: Blog post", "name: Long blog post", "Rename")
    clock.advance(hours=1)
    second = article(own)
    assert "3 2 on an older revision" in row(visitors["mara"].get("/templates").text, "blog_post")
    assert "older revision" not in row(visitors["mara"].get("/templates").text, "newsletter")
    page = visitors["mara"].get("/templates/blog_post").text
    running = page.split('id="running"')[1].split("</section>")[0]
    lines = [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in running.split("<li")[1:3]]
    assert str(second.commit)[:7] in lines[0]
    assert "1 running ✓ newest" in lines[0]
    assert str(first.commit)[:7] in lines[1]
    assert "2 running ↑ newer exists" in lines[1]


@pytest.mark.wide
def test_an_override_that_changed_is_newer_for_those_alone_whom_it_is_for(
    own: Workbench, visitors: dict[str, Visitor], content_repo: Path
) -> None:
    acme = make_bundle(own, "indexing_check", partner="acme")
    other = make_bundle(own, "indexing_check")
    override = content_repo / "content/task_templates/partners/acme/indexing_check.yaml"
    override.write_text(override.read_text() + "\n# A word more.\n")
    commit_all(content_repo)
    assert "newer exists" in visitors["mara"].get(f"/bundles/{acme.bundle_id}").text
    assert "newer exists" not in visitors["mara"].get(f"/bundles/{other.bundle_id}").text
    assert "2 1 on an older revision" in row(visitors["mara"].get("/templates").text, "indexing_check")


def test_nobody_is_told_of_bundles_that_they_do_not_see(own: Workbench, visitors: dict[str, Visitor]) -> None:
    make_bundle(own, "monthly_tax_report")

    def shown_to(name: str) -> str:
        page = visitors[name].get("/templates").text
        return page.split('href="/templates/monthly_tax_report">')[1].split("</tr>")[0]

    assert '#running">1</a>' in shown_to("mara")
    assert "#running" not in shown_to("ana")
