"""``content impact`` and ``content index``: the report in three forms, from a store or a file; refusals."""

from __future__ import annotations

import json

import pytest

from tests.conftest import commit_all, git
from tests.factories import make_bundle


@pytest.fixture
def changed(content_repo, workbench):
    """A branch on which the first task of the newsletter has another sign, with a bundle that runs."""
    bundle = make_bundle(workbench, "newsletter")
    git(content_repo, "checkout", "-q", "-b", "change")
    file = content_repo / "content" / "task_templates" / "newsletter.yaml"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    place = next(number for number, line in enumerate(lines) if line.startswith("  - ref:"))
    lines.insert(place + 1, "    icon: x\n")
    file.write_text("".join(lines), encoding="utf-8")
    commit_all(content_repo, "Another sign")
    return content_repo, bundle


def test_the_report_names_each_bundle_in_json_and_counts_in_words(cli, changed):
    folder, bundle = changed
    answer = cli("--content", str(folder), "content", "impact", "main..change", "--json")
    assert answer.code == 0
    assert answer.json["totals"] == {"unaffected": 0, "safe": 1, "decision": 0, "blocked": 0}
    assert [one["bundle_id"] for one in answer.json["bundles"]] == [bundle.bundle_id]
    same = cli("--content", str(folder), "content", "impact", "main", "--format", "json")
    assert same.json == answer.json
    text = cli("--content", str(folder), "content", "impact", "main..change")
    assert text.out == "1 running bundle of templates that change: 1 safe.\n\nnewsletter: 1 safe\n"
    markdown = cli("--content", str(folder), "content", "impact", "main..change", "--format", "markdown")
    assert "| `newsletter` | 0 | 1 | 0 | 0 |" in markdown.out


@pytest.mark.wide  # a dozen processes of Git
def test_what_nobody_has_committed_yet_is_told_of_with_the_files_on_disk(cli, changed):
    folder, bundle = changed
    git(folder, "checkout", "-q", "main")
    git(folder, "checkout", "change", "--", ".")
    git(folder, "reset", "-q")
    nothing = cli("--content", str(folder), "content", "impact", "main")
    assert nothing.out == "No running bundle is touched.\n"
    answer = cli("--content", str(folder), "content", "impact", "main", "--worktree", "--json")
    assert [one["bundle_id"] for one in answer.json["bundles"]] == [bundle.bundle_id]
    refused = cli("--content", str(folder), "content", "impact", "main..change", "--worktree")
    assert "give one revision" in refused.err


def test_the_report_from_a_written_index_needs_no_store(cli, changed, tmp_path, monkeypatch):
    folder, _ = changed
    file = tmp_path / "bundles.json"
    written = cli("--content", str(folder), "content", "index", str(file))
    assert written.out == f"{file} has 1 running bundle now.\n"
    stored = cli("--content", str(folder), "content", "impact", "main..change", "--json")
    monkeypatch.setenv("WORKBENCH_DATABASE", f"sqlite:///{tmp_path}/nowhere/workbench.db")
    read = cli("--content", str(folder), "content", "impact", "main..change", "--index", str(file), "--json")
    assert (read.code, read.json) == (0, stored.json)
    assert read.err.startswith("workbench: the index is of 20")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("..",), "names no two revisions"),
        (("main..change..main",), "names no two revisions"),
        (("nowhere..change",), "nowhere names no commit"),
        (("main..change", "--format", "yaml"), "'yaml' is not text, markdown or json."),
        (("main..change", "--index", "no-such.json"), "no-such.json cannot be read"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(cli, changed, words, said):
    folder, _ = changed
    answer = cli("--content", str(folder), "content", "impact", *words)
    assert answer.code != 0
    assert said in answer.err


@pytest.mark.parametrize("text", ["{", "[" * 200_000])
def test_a_file_that_is_no_json_is_refused(cli, changed, tmp_path, text):
    folder, _ = changed
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    answer = cli("--content", str(folder), "content", "impact", "main", "--index", str(tmp_path / "a.json"))
    assert answer.code == 1
    assert "is not JSON" in answer.err


@pytest.mark.parametrize("part", ["template", "calendar"])
def test_an_index_with_something_else_in_the_place_of_a_template_is_refused(cli, changed, tmp_path, part):
    folder, _ = changed
    file = tmp_path / "bundles.json"
    cli("--content", str(folder), "content", "index", str(file))
    index = json.loads(file.read_text(encoding="utf-8"))
    index["pins"][0][part] = {"nothing": "of it"}
    file.write_text(json.dumps(index), encoding="utf-8")
    answer = cli("--content", str(folder), "content", "impact", "main..change", "--index", str(file))
    assert answer.code == 1
    assert "is no bundle index of this release: the pinned template newsletter: " in answer.err
