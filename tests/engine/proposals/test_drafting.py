"""A draft is begun once, loses no word, and is its author's."""

from __future__ import annotations

import pytest

from engine.errors import ForbiddenError, NotFoundError, StaleWriteError, WorkbenchError
from engine.proposals import drafting
from engine.proposals.models import Proposal
from tests.engine.conftest import Bench

FILE = "content/task_templates/blog_post.yaml"


def begun(bench: Bench, who: str = "mara", path: str = FILE) -> str:
    with bench.writing(who) as tx:
        draft = drafting.begin(
            tx, template="blog_post", path=path, before="a\n", text="a\nb\n", base_commit="1" * 40
        )
        return draft.proposal_id


def test_whoever_begins_again_goes_on_with_their_draft_and_others_have_their_own(bench: Bench):
    mine = begun(bench)
    assert begun(bench) == mine
    assert begun(bench, "sam") != mine


def test_the_same_text_again_changes_nothing_and_an_older_one_overwrites_nothing(bench: Bench):
    draft = begun(bench)
    with bench.writing() as tx:
        assert drafting.write(tx, draft, FILE, "a\nc\n", seen="a\nb\n").revision == 2
    with bench.writing() as tx:
        assert drafting.write(tx, draft, FILE, "a\nc\n", seen="a\nb\n").revision == 2
    with pytest.raises(StaleWriteError), bench.writing() as tx:
        drafting.write(tx, draft, FILE, "a\nd\n", seen="a\nb\n")
    with bench.reading() as tx:
        assert drafting.texts_of(tx, tx.get(Proposal, draft)) == {FILE: "a\nc\n"}


def test_a_draft_is_seen_and_written_by_its_author_alone(bench: Bench):
    draft = begun(bench)
    with pytest.raises(NotFoundError), bench.writing("sam") as tx:
        drafting.write(tx, draft, FILE, "x\n", seen="a\nb\n")


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "content/../x.yaml",
        "content/nowhere/x.yaml",
        "/etc/x.yaml",
        ".github/workflows/x.yaml",
        "content/task_templates/partners/.git/x.yaml",
        "content//task_templates/blog_post.yaml",
        "content/./task_templates/blog_post.yaml",
        "content/process_docs/x/a.md/",
        'content/process_docs/x/a"\nM 100644 inline ci.yml\n.md',
    ],
)
def test_nothing_but_content_is_drafted(bench: Bench, path: str):
    with pytest.raises(WorkbenchError, match="no place for content"):
        begun(bench, path=path)


def test_whoever_only_works_does_not_change_templates(bench: Bench):
    with pytest.raises(ForbiddenError):
        begun(bench, "ana")
