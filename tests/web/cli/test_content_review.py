"""``workbench content review``: what a pull request is told, in one report and one exit code (D1)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import ROOT, commit_all, git
from tests.factories import make_bundle

_TEMPLATE = "content/task_templates/newsletter.yaml"


@pytest.fixture
def folder(content_repo: Path, workbench) -> Path:
    """Content with the scenarios of the newsletter alone, of which a bundle runs; a branch changes a sign."""
    for file in content_repo.rglob("*.scenario.yaml"):
        if file.name != "newsletter.scenario.yaml":
            file.unlink()
    commit_all(content_repo, "Fewer scenarios")
    make_bundle(workbench, "newsletter")
    git(content_repo, "checkout", "-q", "-b", "change")
    template = content_repo / _TEMPLATE
    template.write_text(template.read_text().replace("  - ref:", "  - icon: x\n    ref:", 1))
    commit_all(content_repo, "Another sign")
    return content_repo


def headings(report: str) -> list[str]:
    return [line.lstrip("# ") for line in report.splitlines() if line.startswith("### ")]


def test_the_report_answers_the_questions_of_the_pull_request(cli, folder: Path):
    answer = cli("--content", str(folder), "content", "review", "main...change", "--format", "markdown")
    assert answer.code == 0, answer
    template = (ROOT / ".github" / "pull_request_template.md").read_text()
    asked = [line.lstrip("# ") for line in template.splitlines() if line.startswith("## ")]
    assert len(asked) == 4
    assert headings(answer.out) == asked
    assert "Nothing stands in the way: 0 errors, 0 warnings." in answer.out
    assert "1 running bundle of templates that change: **1 safe**." in answer.out
    assert "scenarios played, 0 failed" in answer.out


@pytest.mark.wide
def test_why_is_said_as_the_commits_say_it_and_leads_nobody_astray(cli, folder: Path):
    first = git(folder, "rev-parse", "HEAD")
    template = folder / _TEMPLATE
    template.write_text(template.read_text().replace("icon: x", "icon: y", 1))
    reason = (
        "The old one was *taken* for\nan error, @everybody.\n\nMore.\n\nReviewed-by: Mara <mara@example.com>"
    )
    second = commit_all(folder, f"A clearer sign\n\n{reason}")
    (folder / "aside").write_text("x")
    commit_all(folder, "Nothing of the content")
    answer = cli("--content", str(folder), "content", "review", "main...change", "--format", "markdown")
    said = answer.out.partition("### Why?\n\n")[2].partition("\n\n")[0]
    told = r"The old one was \*taken\* for an error, @&#8203;everybody."
    assert said.splitlines() == [
        f"- **Another sign** (`{first[:12]}`, Sam Strategist)",
        rf"- **A clearer sign** (`{second[:12]}`, Sam Strategist): {told}",
    ]


@pytest.mark.wide
def test_without_a_commit_nobody_is_asked_why(cli, folder: Path):
    answer = cli(
        "--content", str(folder), "--worktree", "content", "review", "change", "--format", "markdown"
    )
    assert "Why?" not in headings(answer.out)


@pytest.mark.wide
def test_one_review_is_written_in_several_formats(cli, folder: Path, tmp_path: Path):
    break_it(folder)
    files = {style: tmp_path / style for style in ("markdown", "sarif", "gitlab", "json", "text", "github")}
    written = [word for style, file in files.items() for word in ("--write", f"{style}={file}")]
    words = ("--content", str(folder), "content", "review", "main..change")
    answer = cli(*words, *written)
    assert answer.code == 1
    for style, file in files.items():
        assert file.read_text() == cli(*words, "--format", style).out, style


@pytest.mark.wide
def test_gitlab_reads_each_problem_at_its_line_and_knows_it_again_where_lines_move(
    cli, folder: Path, tmp_path: Path
):
    break_it(folder)
    words = ("--content", str(folder), "content", "review", "main..change", "--format", "gitlab")
    found = json.loads(cli(*words).out)
    assert {one["severity"] for one in found} == {"major"}
    [unknown] = [one for one in found if one["check_name"] == "UNKNOWN_FIELD"]
    lines = (folder / _TEMPLATE).read_text().splitlines()
    assert unknown["location"]["path"] == _TEMPLATE
    assert lines[unknown["location"]["lines"]["begin"] - 1].startswith("ownr:")
    assert "ownr" in unknown["description"]
    assert len({one["fingerprint"] for one in found}) == len(found)
    (folder / _TEMPLATE).write_text("\n".join([lines[0], "# A remark", *lines[1:], ""]))
    commit_all(folder)
    assert {one["fingerprint"] for one in json.loads(cli(*words).out)} >= {unknown["fingerprint"]}


@pytest.mark.wide  # clones, and plays every scenario
def test_of_a_clone_without_store_and_index_the_running_work_is_said_not_to_be_known(
    cli, folder: Path, tmp_path: Path
):
    apart = f"sqlite:///{tmp_path / 'nothing' / 'there.db'}"
    words = ("--content", str(folder), "--database", apart, "content", "review", "main..change")
    assert "Not known here: there is no store, and no bundle index was given." in cli(*words).out
    index = tmp_path / "bundles.json"
    assert cli("--content", str(folder), "content", "index", str(index)).code == 0
    assert "1 running bundle of templates that change" in cli(*words, "--index", str(index)).out


def break_it(folder: Path) -> None:
    """Misspell a field of the template, and let a scenario expect what does not come."""
    template = folder / _TEMPLATE
    scenario = folder / "content/task_templates/newsletter.scenario.yaml"
    scenario.write_text(scenario.read_text().replace("bundle: {", "bundle: {title: Not this one, ", 1))
    template.write_text(template.read_text().replace("owner:", "ownr:", 1))
    commit_all(folder)


@pytest.mark.wide  # plays every scenario
def test_an_error_and_a_scenario_that_fails_stand_in_the_way_at_their_lines(cli, folder: Path):
    break_it(folder)
    answer = cli("--content", str(folder), "content", "review", "main..change", "--format", "markdown")
    assert answer.code == 1
    assert "Something stands in the way:" in answer.out
    assert "What is to be mended?" in headings(answer.out)
    github = cli("--content", str(folder), "content", "review", "main..change", "--format", "github")
    assert github.code == 1
    assert f"::error file={_TEMPLATE}," in github.out
    sarif = cli("--content", str(folder), "content", "review", "main..change", "--format", "sarif")
    [run] = json.loads(sarif.out)["runs"]
    [unknown] = [one for one in run["results"] if one["ruleId"] == "UNKNOWN_FIELD"]
    place = unknown["locations"][0]["physicalLocation"]
    lines = (folder / _TEMPLATE).read_text().splitlines()
    assert place["artifactLocation"]["uri"] == _TEMPLATE
    assert lines[place["region"]["startLine"] - 1].startswith("ownr:")
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {
        one["ruleId"] for one in run["results"]
    }
    data = json.loads(cli("--content", str(folder), "content", "review", "main..change", "--json").out)
    assert data["errors"] == sum(one["severity"] == "error" for one in data["problems"]) > 0


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere..change",), "nowhere names no commit"),
        (("main..change", "--format", "yaml"), "is not text, markdown, github, gitlab, sarif or json"),
        (("main..change", "--write", "markdown"), "--write takes FORMAT=FILE, such as markdown=review.md"),
        (("main..change", "--write", "yaml=x"), "is not text, markdown, github, gitlab, sarif or json"),
        (("main..change", "--write", "json=/no/such/folder"), "/no/such/folder cannot be written"),
        (("main..change", "--index", "no-such.json"), "no-such.json cannot be read"),
    ],
)
def test_what_cannot_be_reviewed_is_refused_in_words(cli, folder: Path, words, said):
    answer = cli("--content", str(folder), "content", "review", *words)
    assert answer.code != 0
    assert said in answer.err
