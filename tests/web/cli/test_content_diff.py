"""``workbench content diff`` as it is typed: its formats, its exit codes, and what a store adds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import commit_all
from tests.factories import make_people

OVERRIDE = "# yaml-language-server: $schema=../../../schemas/override.schema.json\n"


@pytest.fixture
def changed(content_repo: Path, cli, workbench, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Content of which a partner's override hides what the last commit changed."""
    make_people(workbench)
    monkeypatch.setenv("WORKBENCH_CONTENT", str(content_repo))
    template = content_repo / "content/task_templates/indexing_check.yaml"
    override = content_repo / "content/task_templates/partners/acme/indexing_check.yaml"
    override.write_text(
        f"{OVERRIDE}overrides: indexing_check\npartner: acme\ntasks: [{{ref: check, offset_days: 9}}]\n"
    )
    of_campaign = content_repo / "content/task_templates/campaigns/acme_spring/indexing_check.yaml"
    of_campaign.write_text(f"{OVERRIDE}overrides: indexing_check\ncampaign: acme_spring\nicon: S\n")
    commit_all(content_repo)
    text = template.read_text()
    assert "    offset_days: 0\n" in text
    template.write_text(text.replace("    offset_days: 0\n", "    offset_days: 3\n", 1))
    commit_all(content_repo)
    return content_repo


def test_the_store_says_over_which_partner_a_campaign_lies(changed, cli):
    """Without it the campaign's work would be told to be due otherwise."""
    answer = cli("content", "diff", "HEAD~1")
    assert answer.code == 0
    itself = "its override says due date of “Check that the page is indexed” itself"
    assert f"- For partner acme nothing changes: {itself}\n" in answer.out
    of_its_partner = itself.replace("its", "its partner's", 1)
    assert f"- For campaign acme_spring nothing changes: {of_its_partner}\n" in answer.out


def test_markdown_and_json_are_for_pull_requests_and_programs(changed, cli):
    assert cli("content", "diff", "HEAD~1..HEAD", "--format", "markdown").out.startswith(
        "## Content from HEAD"
    )
    formatted = cli("content", "diff", "HEAD~1..HEAD", "--format", "json").out
    assert json.loads(formatted) == cli("content", "diff", "HEAD~1..HEAD", "--json").json
    assert json.loads(formatted)["files"][0]["path"] == "content/task_templates/indexing_check.yaml"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nosuch..HEAD",), 1, "nosuch names no commit of the repository."),
        (("a..b..c",), 1, "names no two revisions."),
        (("HEAD~1..HEAD", "--worktree"), 1, "give one revision and not 'HEAD~1..HEAD'."),
        (("HEAD~1", "--format", "html"), 1, "'html' is not text, markdown or json."),
        ((), 1, "Missing argument 'BASE..HEAD'"),
    ],
)
def test_what_cannot_be_compared_is_refused(changed, cli, words: tuple[str, ...], code: int, said: str):
    answer = cli("content", "diff", *words)
    assert (answer.code, said in answer.err) == (code, True), answer.err
