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


def test_due_dates_are_told_before_and_after_on_hard_days(changed, cli):
    answer = cli("content", "diff", "HEAD~1..HEAD", "--schedule")
    assert answer.code == 0
    told = answer.out.partition("When work is due")[2]
    assert (
        "- “Check that the page is indexed”, anchored on Thu 31 December 2026 (the last day of the year): "
        "due Sun 3 January 2027 17:00, was Thu 31 December 2026 17:00; reminders "
    ) in told
    assert "for partner acme" not in told, "its date is its own"
    moved = cli("content", "diff", "HEAD~1..HEAD", "--schedule", "--json").json["schedules"][0]["moved"]
    assert {one["occasion"] for one in moved} >= {"29 February", "a Friday evening"}


def test_a_date_that_nobody_can_keep_is_an_error_at_its_line(changed, cli):
    template = changed / "content/task_templates/indexing_check.yaml"
    text = template.read_text()
    early = "  - {ref: early, title: Tell them, due: {offset: -1, from: bundle_start}}\n"
    template.write_text(f"{text.rstrip()}\n{early}")
    line = len(template.read_text().splitlines())
    where = f"content/task_templates/indexing_check.yaml:{line}:1: IMPOSSIBLE_DATE: “Tell them” is due"
    compared = cli("content", "diff", "HEAD", "--worktree", "--schedule")
    assert (compared.code, where in compared.out) == (1, True), compared.out
    previewed = cli("content", "preview", "indexing_check", "--worktree")
    assert (previewed.code, where in previewed.out) == (1, True), previewed.out


def test_a_date_of_a_new_template_that_nobody_can_keep_is_an_error_as_well(changed, cli):
    new = changed / "content/task_templates/early.yaml"
    new.write_text(
        "# yaml-language-server: $schema=../schemas/task_template.schema.json\n"
        "key: early\nname: Early\ntask_type: untyped\ntasks:\n"
        "  - {ref: a, title: Tell them, due: {offset: -1, from: bundle_start}}\n"
    )
    answer = cli("content", "diff", "HEAD", "--worktree", "--schedule")
    assert (answer.code, "Template “Early” for everybody" in answer.out) == (1, True)
    assert "- content/task_templates/early.yaml:6:1: IMPOSSIBLE_DATE: “Tell them” is due" in answer.out


def test_one_day_is_previewed_as_the_start_would_have_it(changed, cli):
    words = ("indexing_check", "--partner", "acme", "--anchor-date", "2026-12-24")
    [found] = cli("content", "preview", *words, "--json").json["schedules"]
    started = cli("bundle", "create", *words[:3], *words[3:], "--json").json
    assert [task["due_date"] for task in found["tasks"]] == [task["due_date"] for task in started["tasks"]]
    refused = cli("content", "preview", "indexing_check", "--anchor-date", "soon")
    assert (refused.code, "--anchor-date: 'soon' is no day" in refused.err) == (1, True)
