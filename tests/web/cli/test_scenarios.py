"""``workbench content test`` and ``content record`` as an author types them."""

from __future__ import annotations

from pathlib import Path

import pytest

WRONG = """\
# yaml-language-server: $schema=../schemas/scenario.schema.json
scenarios:
  - name: It is done already
    anchor_date: "2027-03-01"
    now: anchor - 1 09:00
    actors: {mara: {role: manager}}
    steps:
      - expect: {tasks: {work: completed}}
"""
FAILED = "“It is done already”, 2027-02-28 09:00: work: status: expected completed, found pending."


@pytest.fixture
def author(content_repo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a strategist works: a clone of the content, and no store."""
    monkeypatch.chdir(content_repo)
    for name in ("WORKBENCH_CONTENT", "WORKBENCH_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    return content_repo


@pytest.fixture
def typed(author: Path, cli, monkeypatch: pytest.MonkeyPatch):
    """Type a command there."""
    for name in ("WORKBENCH_CONTENT", "WORKBENCH_DATABASE"):
        monkeypatch.delenv(name)
    return cli


def scenario_of(author: Path, key: str) -> Path:
    return author / f"content/task_templates/{key}.scenario.yaml"


def test_the_scenarios_of_a_template_are_played_without_a_store(author: Path, typed):
    played = typed("content", "test", "untyped_work")
    assert (played.code, played.out) == (0, "3 scenarios played, 0 failed, 0 errors\n")
    assert not (author / "var").exists()


def test_what_fails_is_told_at_its_line_and_ends_with_1(author: Path, typed):
    scenario_of(author, "untyped_work").write_text(WRONG, encoding="utf-8")
    played = typed("content", "test", "untyped_work", "--worktree")
    line = f"content/task_templates/untyped_work.scenario.yaml:8:26: SCENARIO_FAILED: {FAILED}"
    assert (played.code, played.out) == (1, f"{line}\n1 scenario played, 1 failed, 1 error\n")
    committed = typed("content", "test", "untyped_work")
    assert committed.code == 0, "the last commit is played without --worktree"


@pytest.mark.wide
def test_it_is_marked_in_a_pull_request(author: Path, typed):
    scenario_of(author, "untyped_work").write_text(WRONG, encoding="utf-8")
    marked = typed("content", "test", "untyped_work", "--worktree", "--format", "github").out.splitlines()
    place = "file=content/task_templates/untyped_work.scenario.yaml,line=8,col=26"
    assert marked[0] == f"::error {place},title=SCENARIO_FAILED::{FAILED}"


@pytest.mark.few(1)
@pytest.mark.parametrize("words", [["--json"], ["--format", "json"]])
def test_programs_get_it_as_json(author: Path, typed, words: list[str]):
    scenario_of(author, "untyped_work").write_text(WRONG, encoding="utf-8")
    told = typed("content", "test", "untyped_work", "--worktree", "--coverage", *words).json
    assert [(found["line"], found["code"]) for found in told["problems"]] == [(8, "SCENARIO_FAILED")]
    assert [(one["name"], one["passed"]) for one in told["scenarios"]] == [("It is done already", False)]
    [covered] = told["coverage"]
    assert (covered["template"], covered["moves"], len(covered["never"])) == ("untyped_work", 4, 4)


@pytest.mark.wide
def test_coverage_names_what_is_never_exercised(author: Path, typed):
    scenario_of(author, "untyped_work").write_text(WRONG.replace("completed", "pending"), encoding="utf-8")
    played = typed("content", "test", "untyped_work", "--worktree", "--coverage")
    assert played.code == 0
    assert played.out.splitlines() == [
        "untyped_work: 4 of 4 moves are never exercised",
        "  work: completed",
        "  work: waited for somebody",
        "  work: skipped: started by mistake",
        "  work: skipped: planned again with its own template",
        "1 scenario played, 0 failed, 0 errors",
    ]


def test_a_template_without_a_scenario_is_told_by_coverage(author: Path, typed):
    scenario_of(author, "untyped_work").unlink()
    played = typed("content", "test", "untyped_work", "--worktree", "--coverage")
    assert played.out.splitlines()[0] == "untyped_work: 4 of 4 moves are never exercised"


@pytest.mark.wide
def test_a_file_that_cannot_be_read_is_an_error_of_the_test_and_of_the_check(author: Path, typed):
    scenario_of(author, "untyped_work").write_text(WRONG.replace("work:", "wrok:"), encoding="utf-8")
    for command in (["test", "untyped_work"], ["check"]):
        told = typed("content", *command, "--worktree")
        assert told.code == 1
        assert (
            "untyped_work.scenario.yaml:8:26: UNKNOWN_TASK: There is no task wrok in untyped_work."
            in told.out
        )


def test_a_key_of_no_template_is_refused(author: Path, typed):
    refused = typed("content", "test", "untyped")
    assert (refused.code, refused.err) == (
        1,
        "workbench: There is no template untyped. Check the key: workbench content check.\n",
    )


def test_another_format_is_refused(author: Path, typed):
    refused = typed("content", "test", "--format", "xml")
    assert refused.code == 1
    assert "'xml' is not text, github or json." in refused.err


# -- record ------------------------------------------------------------------------------------


@pytest.fixture
def bundle_id(cli) -> str:
    """A bundle of a store, in which something was done."""
    made = cli("bundle", "create", "untyped_work", "--anchor-date", "2027-03-01", "--json").json
    assert cli("task", "start", "1").code == 0
    assert cli("task", "complete", "1").code == 0
    return made["bundle_id"]


def test_a_bundle_is_recorded_and_the_file_is_played(cli, bundle_id: str, content_repo: Path):
    file = scenario_of(content_repo, "untyped_work")
    file.unlink()
    written = cli("content", "record", bundle_id, "--output", str(file))
    assert (written.code, written.out) == (0, f"Written to {file}.\n")
    told = cli("content", "test", "untyped_work", "--content", str(content_repo), "--worktree")
    assert (told.code, told.out) == (0, "1 scenario played, 0 failed, 0 errors\n")


@pytest.mark.wide
def test_it_is_printed_where_no_file_is_named(cli, bundle_id: str):
    printed = cli("content", "record", bundle_id)
    assert printed.out.startswith(
        "# yaml-language-server: $schema=../schemas/scenario.schema.json\nscenarios:\n"
    )
    assert "start: work" in printed.out
    assert cli("content", "record", bundle_id, "--json").json["scenario"] == printed.out


def test_a_file_that_is_there_is_left_alone(cli, bundle_id: str, tmp_path: Path):
    file = tmp_path / "there.yaml"
    file.write_text("mine", encoding="utf-8")
    refused = cli("content", "record", bundle_id, "--output", str(file))
    assert (refused.code, file.read_text(encoding="utf-8")) == (1, "mine")
    assert f"{file} is there already. Name a new file." in refused.err


def test_what_comes_from_no_commit_is_refused(
    cli, content_repo: Path, settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("WORKBENCH_CONTENT", str(content_repo))
    template = content_repo / "content/task_templates/untyped_work.yaml"
    template.write_text(f"{template.read_text(encoding='utf-8')}# changed\n", encoding="utf-8")
    words = ["bundle", "create", "untyped_work", "--anchor-date", "2027-03-01", "--worktree", "--json"]
    refused = cli("content", "record", cli(*words).json["bundle_id"])
    assert refused.code == 1
    assert "The bundle comes from content that no commit holds" in refused.err


def test_a_bundle_that_is_not_there_is_refused(cli):
    refused = cli("content", "record", "bnd_none")
    assert (refused.code, "There is no bundle bnd_none" in refused.err) == (1, True)


def test_what_cannot_be_played_again_is_not_written(cli, tmp_path: Path):
    """Who claimed a task is a strategist by now, and as such could not have done it."""
    employee = ["sam", "--name", "Sam", "--email", "sam@example.com", "--role", "seo_specialist"]
    assert cli("employee", "add", *employee).code == 0
    sam = cli("user", "add", "sam@example.com", "--name", "Sam", "--role", "member", "--json").json
    made = cli("bundle", "create", "untyped_work", "--anchor-date", "2027-03-01", "--json").json
    assert cli("task", "claim", "1", "--as", "sam@example.com").code == 0
    assert cli("user", "change", sam["user_id"], "--role", "strategist").code == 0
    refused = cli("content", "record", made["bundle_id"], "--output", str(tmp_path / "new.yaml"))
    assert (refused.code, list(tmp_path.glob("*.yaml"))) == (1, [])
    assert f"What happened in {made['bundle_id']} cannot be played again" in refused.err
    assert "claim: work: refused: FORBIDDEN" in refused.err
