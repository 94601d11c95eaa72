"""Overrides that repeat their template or one another are listed with what to do (CNT-09)."""

from __future__ import annotations

import pytest

from engine.catalog.catalog import Catalog
from engine.catalog.diff.copies import Copies, as_json, as_text, find_copies
from tests.engine.catalog.conftest import BLOG_POST, ContentRepo

LONG = "Write the whole text in one go, and read it aloud afterwards."


@pytest.fixture
def texts(repo: ContentRepo) -> ContentRepo:
    repo.put(
        "task_templates/blog_post.yaml",
        BLOG_POST.replace("    offset_days: -7", f'    offset_days: -7\n    description: "{LONG}"'),
    )
    return repo


def override(repo: ContentRepo, partner: str, tasks: str, rest: str = "") -> None:
    path = f"task_templates/partners/{partner}/blog_post.yaml"
    repo.put(path, f"overrides: blog_post\npartner: {partner}\n{rest}tasks: [{tasks}]\n")


def found(repo: ContentRepo) -> Copies:
    repo.commit()
    return find_copies(Catalog(repo.folder).content())


def test_an_override_that_says_what_the_template_says_changes_nothing(texts: ContentRepo):
    override(texts, "acme", "{ref: draft, offset_days: -7, steps: [{ref: outline, title: Outline}]}")
    [copy] = found(texts).copies
    assert copy.share == 1
    assert [str(one) for one in copy.repeated] == [
        "task draft: offset days", "task draft, step outline: title",
    ]  # fmt: skip
    assert copy.advice == "Delete the file: it changes nothing."


def test_a_text_that_is_nearly_that_of_the_template_is_told_beside_it(texts: ContentRepo):
    nearly = LONG.replace("aloud", "out loud")
    override(
        texts, "acme", f'{{ref: draft, offset_days: 3, description: "{nearly}"}}', "config: {surfer: true}\n"
    )
    [copy] = found(texts).copies
    assert (len(copy.repeated), copy.statements) == (1, 3)
    assert [(str(address), ours, theirs) for address, ours, theirs in copy.nearly] == [
        ("task draft: description", nearly, LONG)
    ]
    assert round(copy.share, 2) == 0.67
    assert copy.advice.startswith("Delete what it repeats")


def test_an_override_that_differs_is_no_copy(texts: ContentRepo):
    override(texts, "acme", "{ref: draft, offset_days: 3, description: Short.}")
    assert as_text(found(texts)) == "No override repeats its template or another one."


def test_what_several_say_alike_is_something_for_the_template(texts: ContentRepo):
    for partner in ("acme", "globex"):
        override(texts, partner, "{ref: draft, offset_days: 3, priority: high}")
    override(texts, "initech", "{ref: draft, offset_days: 3, priority: low, planned_minutes: 5}")
    both = found(texts)
    assert [(str(one.address), one.value, len(one.files)) for one in both.common] == [
        ("task draft: offset days", 3, 3),
        ("task draft: priority", "high", 2),
    ]
    [twins] = both.twins
    assert [file.split("/")[3] for file in twins.files] == ["acme", "globex"]
    assert (twins.shared, twins.of) == (2, 2)
    text = as_text(both)
    assert "2 of 2 things are said by both. Say them in the template" in text
    assert "blog_post: task draft: offset days is 3 in 3 overrides." in text
    assert as_json(both)["common"][0]["what"] == "task draft: offset days"


def test_of_many_files_that_say_the_same_the_first_are_named(texts: ContentRepo):
    for number in range(8):
        override(texts, f"partner_{number}", "{ref: draft, offset_days: 3}")
    text = as_text(found(texts))
    assert "offset days is 3 in 8 overrides." in text
    assert "partner_4/blog_post.yaml and 3 more, which --json names" in text
    assert "partner_5" not in text
