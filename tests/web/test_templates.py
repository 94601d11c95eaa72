"""The template list with its problems, and one template with the origin of every value."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from engine.accounts import passwords
from engine.accounts import service as accounts
from engine.accounts.models import User
from engine.app import Workbench
from engine.catalog.due_words import due_words
from engine.catalog.models import DueRule
from engine.clock import FixedClock
from engine.config import Settings
from tests.conftest import commit_all
from tests.factories import PASSWORD, make_bundle, make_people
from tests.web.conftest import Visitor
from web import create_app
from web.context import workbench_of


@pytest.fixture
def reader(content_repo: Path, settings: Settings, clock: FixedClock):
    """A manager who reads a content repository that the test may change."""
    engine = Workbench(replace(settings, content=str(content_repo)), clock=clock)
    people = make_people(engine)
    with engine.transaction(engine.operator()) as tx:
        accounts.set_password(tx, people["mara"].user_id, passwords.hash_password(PASSWORD))
    visitor = Visitor(create_app(engine, secret_key="only for tests").test_client())
    visitor.sign_in("mara")
    yield visitor
    engine.close()


def test_the_list_names_every_template_with_type_tags_status_and_a_way_to_start(mara: Visitor) -> None:
    page = mara.get("/templates").text
    row = page.split('href="/templates/untyped_work"')[1].split("</tr>")[0]
    assert "untyped_work" in row
    assert "active" in row
    assert 'href="/recipes/untyped_work/new"' in row
    blog = page.split('href="/templates/blog_post"')[1].split("</tr>")[0]
    assert "content, seo" in blog
    assert "campaign acme spring" in blog


def test_a_broken_file_is_named_with_its_line_and_who_can_mend_it(
    reader: Visitor, content_repo: Path
) -> None:
    path = content_repo / "content/task_templates/local_grid_scan.yaml"
    path.write_text(path.read_text().replace("offset_days: -2", "ofset_days: -2", 1))
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if "ofset_days" in text)
    commit_all(content_repo)
    page = reader.get("/templates").text
    problem = page.split('id="problems"')[1].split("</section>")[0]
    assert f"content/task_templates/local_grid_scan.yaml:{line}" in problem
    assert "1 error" in problem
    assert "offset_days" in problem
    assert "Sam Strategist" in problem
    row = page.split('href="/templates/local_grid_scan"')[1].split("</tr>")[0]
    assert "1 problem<" in row, "that the older version stays in use is none"
    assert "Did you mean <code>offset_days</code>?" in problem
    assert "stays in use until this file is fixed." in problem
    assert "worth a look" not in page
    shown = reader.get("/templates/local_grid_scan").text.split('id="problems"')[1].split("</section>")[0]
    assert shown.count("<li>") == 1
    assert "stays in use until this file is fixed." in shown


def test_whoever_sees_all_work_is_told_on_every_page_while_the_content_has_errors(
    reader: Visitor, content_repo: Path
) -> None:
    banner = "The content has 1 error; the last good version of each file stays in use meanwhile."
    assert "The content has" not in reader.get("/board").text
    path = content_repo / "content/task_templates/local_grid_scan.yaml"
    good = path.read_text()
    path.write_text(good.replace("offset_days: -2", "ofset_days: -2", 1))
    commit_all(content_repo)
    app = reader.client.application
    with workbench_of(app).reading(workbench_of(app).operator()) as tx:
        [ana] = tx.find(User, email="ana@example.com")
    for address in ("/board", "/inbox", "/people"):
        assert banner in reader.get(address).text, address
    held = reader.get("/board").headers.get("ETag")
    assert held  # it is kept, and so a poll costs what it does without faults
    assert reader.get("/board", headers={"If-None-Match": held}).status_code == 304
    assert "The content has" not in reader.get("/templates").text  # it names the faults themselves
    assert "The content has" not in Visitor.signed_in(app, ana.user_id).get("/board").text
    path.write_text(good)
    commit_all(content_repo)
    assert "The content has" not in reader.get("/board").text


def test_every_value_says_where_it_was_written(mara: Visitor, workbench: Workbench) -> None:
    page = mara.get("/templates/blog_post?campaign=acme_spring").text
    commit = workbench.content().commit
    assert commit
    globally = f"content/task_templates/blog_post.yaml:3 (global, {commit[:7]})"
    assert f'title="{globally}">G3</span>' in page
    campaign = (
        r'1200&nbsp;<span class="origin origin-campaign" title="content/task_templates/campaigns/acme_spring/'
    )
    assert re.search(campaign + r'blog_post\.yaml:\d+ \(campaign, \w{7}\)">C\d+</span>', page)
    assert "as it is for the campaign <strong>Acme spring</strong>" in page


def test_without_partner_or_campaign_only_the_global_file_speaks(mara: Visitor) -> None:
    page = mara.get("/templates/blog_post").text
    assert "origin-campaign" not in page
    assert "1500" in page
    assert 'href="/templates/blog_post?campaign=acme_spring"' in page


def test_dormant_deliverables_are_marked_until_an_override_switches_them_on(mara: Visitor) -> None:
    assert ">dormant</span>" in mara.get("/templates/indexing_check").text
    assert ">dormant</span>" not in mara.get("/templates/indexing_check?partner=acme").text


def test_gold_standards_steps_rules_and_documents_are_in_place(mara: Visitor) -> None:
    page = mara.get("/templates/blog_post?campaign=acme_spring").text
    assert "Acme&#39;s own favourite of the winter campaign" in page
    assert "Collect the buyers&#39; questions in Frase" in page
    assert "Prices without VAT" in page
    document = page.split('id="doc-content.blog-post"')[1].split("</details>")[0]
    assert "<h" in document


def test_running_bundles_of_the_template_are_linked(mara: Visitor, workbench: Workbench) -> None:
    assert "None that you see" in mara.get("/templates/podcast_episode").text
    bundle = make_bundle(workbench, title="Ada on engines", anchor_date=date(2026, 12, 18))
    page = mara.get("/templates/podcast_episode").text
    assert f'href="/bundles/{bundle.bundle_id}">Ada on engines</a>' in page


def test_the_page_says_which_file_to_change_and_who_changed_it_last(mara: Visitor) -> None:
    box = mara.get("/templates/podcast_episode").text.split('id="origins"')[1].split("</section>")[0]
    assert "content/task_templates/podcast_episode.yaml" in box
    assert re.search(r"last changed by Sam Strategist on <time[^>]+>Sun 1 Nov</time>", box)
    assert "media-team" in box


def test_unknown_templates_and_partners_are_refused_by_name(mara: Visitor) -> None:
    assert mara.get("/templates/nothing_such").status_code == 404
    answer = mara.get("/templates/blog_post?partner=nobody")
    assert answer.status_code == 400
    assert "nobody" in answer.text


def test_every_shipped_template_has_a_page(mara: Visitor, workbench: Workbench) -> None:
    templates = workbench.content().templates
    assert len(templates) > 10
    for key in templates:
        assert mara.get(f"/templates/{key}").status_code == 200, key


def test_a_partner_s_person_may_not_read_templates(as_user: Callable[[str], Visitor]) -> None:
    pat = as_user("pat")
    assert pat.get("/templates").status_code == 403
    assert pat.get("/templates/blog_post").status_code == 403


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (None, "no due date"),
        ({"offset": -7}, "7 days before the anchor date"),
        ({"offset": 1}, "1 day after the anchor date"),
        ({"offset": 0}, "on the anchor date"),
        ({"offset": -5, "unit": "business_days"}, "5 working days before the anchor date"),
        ({"offset": 0, "unit": "business_days"}, "the first working day from the anchor date"),
        ({"offset": 3, "from": "bundle_start"}, "3 days after the day it is started"),
        (
            {"offset": 2, "unit": "hours", "from": "task_completed:scan"},
            "2 hours after “Run the grid scan for {{ location_name }}” is done",
        ),
        (
            {"offset": 0, "from": "task_completed:scan"},
            "as soon as “Run the grid scan for {{ location_name }}” is done",
        ),
        ({"offset": -1, "from": "parameter:location_name"}, "1 day before the day given as “Location”"),
    ],
)
def test_due_rules_are_said_in_words(
    workbench: Workbench, rule: dict[str, object] | None, words: str
) -> None:
    template = workbench.content().resolve("local_grid_scan").template
    assert due_words(DueRule.model_validate(rule) if rule else None, template) == words
