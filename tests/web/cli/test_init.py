"""``workbench init`` makes a folder in which every command just works, or nothing at all."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import git
import pytest

from web import starter
from web.cli import hoist, run


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run ``workbench`` in an empty folder of a machine that knows neither settings nor a Git identity."""
    for name in [name for name in os.environ if name.startswith(("WORKBENCH_", "GIT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("home", "here"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def call(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = run(hoist(words), as_json=False)
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return call


def test_init_says_in_two_lines_what_to_do_next(alone):
    assert alone("init", "our work") == (
        0,
        "Made a workspace in our work. Next:\n  cd 'our work'\n  workbench serve\n",
    )


def test_in_the_new_folder_commands_work_without_any_option(alone, monkeypatch):
    alone("init", "work", "--timezone", "Europe/Berlin")
    monkeypatch.chdir("work")
    assert 'timezone = "Europe/Berlin"\n' in Path("workbench.toml").read_text(encoding="utf-8")
    assert alone("content", "check") == (0, "0 errors, 0 warnings\n")
    code, text = alone("bundle", "create", "indexing_check", "--anchor-date", "2026-12-01")
    assert code == 0, text
    assert "Indexing: the page" in alone("bundle", "list")[1]
    code, text = alone("doctor")
    assert (code, "PROBLEM" in text) == (0, False), text
    assert alone("export", "out")[0] == 0
    assert '"timezone":"Europe/Berlin"' in Path("out/workspaces.jsonl").read_text(encoding="utf-8")


def test_the_content_is_committed_whole_without_an_identity_of_the_machines(alone, tmp_path):
    alone("init", "work")
    with git.Repo("work") as repo:
        assert not repo.is_dirty(untracked_files=True)
        (commit,) = repo.iter_commits()
        assert (commit.author.name, repo.active_branch.name) == ("Workbench", "main")
        files = {item.path for item in commit.tree.traverse() if item.type == "blob"}
    assert {"workbench.toml", ".gitignore", "content/README.md"} < files
    assert not any(path.startswith("var/") for path in files)
    assert list((tmp_path / "home").iterdir()) == []


def test_it_works_inside_another_repository_and_where_hooks_and_ignored_files_are_set(alone, tmp_path):
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (hooks / "pre-commit").chmod(0o755)
    (tmp_path / "ignored").write_text("*.yaml\n", encoding="utf-8")
    (tmp_path / "home" / ".gitconfig").write_text(
        f"[core]\n hooksPath = {hooks}\n excludesFile = {tmp_path}/ignored\n[commit]\n gpgsign = true\n",
        encoding="utf-8",
    )
    subprocess.run(["git", "init", "-q", "."], check=True)
    assert alone("init", "work")[0] == 0
    with git.Repo("work") as repo:
        assert "content/task_templates/blog_post.yaml" in [path for path, _ in repo.index.entries]


def test_a_folder_that_is_not_empty_is_refused_and_stays_as_it_is(alone):
    Path("work").mkdir()
    Path("work/letter.txt").write_text("Dear Sir", encoding="utf-8")
    code, text = alone("init", "work")
    assert (code, text) == (
        1,
        "workbench: work is not empty; nothing was changed. Name a new or an empty folder.\n",
    )
    assert [path.name for path in Path("work").iterdir()] == ["letter.txt"]
    assert "is a file" in alone("init", "work/letter.txt")[1]


def test_an_empty_folder_is_filled(alone):
    Path("work").mkdir()
    assert alone("init", "work")[0] == 0
    assert Path("work/var/workbench.db").is_file()


def test_what_fails_half_way_leaves_nothing(alone, monkeypatch):
    monkeypatch.setenv("GIT_DIR", "/dev/null/nowhere")  # a setting under which Git can make no repository
    Path("empty").mkdir()
    for name in ("new", "empty"):
        code, text = alone("init", name)
        assert (code, f"Git cannot make a repository in {name}: " in text) == (3, True), text
    assert not Path("new").exists()
    assert list(Path("empty").iterdir()) == []


def test_a_full_disk_is_said_and_nothing_is_left(alone, monkeypatch):
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(starter, "make_repository", fail)
    told = "workbench: w cannot be made: No space left on device. Nothing was left behind.\n"
    assert alone("init", "w") == (3, told)
    assert not Path("w").exists()


def test_what_init_decides_itself_cannot_be_given(alone):
    code, text = alone("init", "work", "--database", "sqlite:///else.db", "--worktree")
    assert code == 1
    assert "leave --worktree, --database out" in text or "leave --database, --worktree out" in text
    assert not Path("work").exists()


def test_a_time_zone_that_is_none_is_refused_before_anything_is_made(alone):
    code, text = alone("init", "work", "--timezone", "Nowhere")
    assert (code, "timezone is 'Nowhere'; use an IANA time zone" in text) == (1, True)
    assert not Path("work").exists()


def test_a_settings_file_with_an_unknown_key_stops_every_command(alone):
    Path("workbench.toml").write_text('databse = "sqlite:///x.db"', encoding="utf-8")
    code, text = alone("bundle", "list")
    assert (code, "Did you mean `database`?" in text) == (1, True)


def test_the_starter_is_a_part_of_what_is_shipped_word_for_word():
    shipped, chosen = starter.shipped_files(), starter.starter_files()
    assert chosen.items() <= shipped.items()
    assert {f"content/task_templates/{key}.yaml" for key in starter.TEMPLATES} < chosen.keys()
    assert not any("/partners/" in path or "/campaigns/" in path for path in chosen)
