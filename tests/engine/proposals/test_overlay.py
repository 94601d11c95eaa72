"""The content as it would be with a draft is checked and resolved like what is live, which stays as it is."""

from __future__ import annotations

from engine.catalog.catalog import Catalog
from engine.proposals.overlay import content_with, text_of
from tests.engine.catalog.conftest import BLOG_POST, ContentRepo

FILE = "content/task_templates/blog_post.yaml"


def test_a_draft_is_resolved_and_what_is_live_stays(repo: ContentRepo):
    commit = repo.commit()
    live = Catalog(repo.folder).content()
    text = text_of(live, FILE)
    assert text is not None
    assert text.endswith(BLOG_POST)
    found = content_with(live, {FILE: text.replace("Blog post", "Long read")})
    assert found.resolve("blog_post").template.name == "Long read"
    assert (found.commit, found.dirty, found.problems) == (commit, True, ())
    assert live.resolve("blog_post").template.name == "Blog post"


def test_what_is_wrong_with_a_draft_is_said_with_its_line_and_no_older_version_stands_in(repo: ContentRepo):
    repo.commit()
    live = Catalog(repo.folder).content()
    text = f"{text_of(live, FILE)}nonsense: 1\n"
    found = content_with(live, {FILE: text})
    faults = [(one.file, one.line) for one in found.problems if one.is_error]
    assert faults == [(FILE, len(text.splitlines()))]
    assert "blog_post" not in found.templates


def test_a_draft_adds_and_takes_away_files(repo: ContentRepo):
    repo.commit()
    live = Catalog(repo.folder).content()
    other = "content/task_templates/long_read.yaml"
    text = (text_of(live, FILE) or "").replace("key: blog_post", "key: long_read")
    found = content_with(live, {other: text, FILE: None})
    assert sorted(found.templates) == ["long_read"]
    assert text_of(live, other) is None


def test_a_scenario_that_stands_beside_a_template_is_read_too(repo: ContentRepo):
    path = "content/task_templates/blog_post.scenario.yaml"
    repo.write(path.removeprefix("content/"), "scenarios: []\n")
    repo.commit()
    live = Catalog(repo.folder).content()
    assert text_of(live, path) == "scenarios: []\n"
    assert text_of(live, "content/task_templates/other.scenario.yaml") is None
