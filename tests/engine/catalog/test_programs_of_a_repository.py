"""A repository's own configuration names programs and changes what Git says; reading obeys neither (S26)."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from engine.catalog import git_objects
from engine.catalog.catalog import Catalog
from engine.catalog.source import open_source
from tests.engine.catalog.conftest import ContentRepo, fill

#: Settings that name a program, with {} for its path, each list as Git needs it to be run.
PROGRAMS = {
    "a monitor of files": ["core.fsmonitor={}"],
    "a checker of signatures": ["log.showSignature=true", "gpg.program={}"],
    "a checker of signatures by ssh": ["log.showSignature=true", "gpg.format=ssh", "gpg.ssh.program={}"],
    "a pager": ["core.pager={}", "pager.log=true", "pager.ls-tree=true"],
    "a program that compares": ["diff.external={}", "diff.all.command={}", "diff.all.textconv={}"],
    "a filter": ["filter.all.smudge={}", "filter.all.clean={}", "filter.all.process={}"],
    "hooks": ["core.hooksPath={folder}"],
    "a connection": ["core.sshCommand={}", "core.gitProxy={}", "credential.helper={}", "core.askPass={}"],
    "another name of a command": ["alias.log=!{}", "alias.ls-tree=!{}", "alias.rev-parse=!{}"],
}
#: Where a partial clone would get what is missing; each names the program too.
PROMISED = {
    "from elsewhere": ["remote.origin.url=ext::{} %S", "protocol.ext.allow=always"],
    "from a folder": ["remote.origin.url={folder}", "remote.origin.uploadpack={}"],
    "by ssh": [
        "remote.origin.url=ssh://example.invalid/x",
        "core.sshCommand={}",
        "protocol.ssh.allow=always",
    ],
}


@pytest.fixture
def trap(tmp_path: Path) -> tuple[Path, Path]:
    """A program, and the file that it leaves where it was run."""
    folder, mark = tmp_path / "programs", tmp_path / "was run"
    folder.mkdir()
    program = folder / "program"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >> "{mark}"\nexit 1\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    for name in ("post-index-change", "reference-transaction", "fsmonitor-watchman"):
        (folder / name).symlink_to(program)
    return program, mark


def configure(repo: ContentRepo, settings: list[str], program: Path) -> None:
    for setting in settings:
        name, _, value = setting.partition("=")
        repo.git("config", name, value.format(program, folder=program.parent))


def sign_head(repo: ContentRepo, kind: str) -> None:
    """Give the commit something that looks like a signature."""
    head, _, words = repo.git("cat-file", "commit", "HEAD").partition("\n\n")
    signature = f"-----BEGIN {kind} SIGNATURE-----\n \n -----END {kind} SIGNATURE-----"
    (repo.top / "signed").write_text(f"{head}\ngpgsig {signature}\n\n{words}\n")
    repo.git("update-ref", "HEAD", repo.git("hash-object", "-t", "commit", "-w", "signed"))


def read_everything(repo: ContentRepo) -> list[str]:
    """Read what Workbench ever reads of a repository, in both ways; give the paths that have a commit."""
    found: list[str] = []
    git_objects._lines.clear()
    for worktree in (False, True):
        source = open_source(repo.folder, "main", worktree=worktree)
        source.token()
        revision = source.revision()
        source.read(list(revision.files.values()))
        for path in revision.files:
            found += [commit for commit, _ in source.versions(revision, {path}).get(path, ())]
        last = source.last_commits(revision)
        found += last
        history = source.history(revision, dict.fromkeys(last, "main"), {"main"})
        found += [line.commit for path in sorted(last) for line in history.lines[path]]
        found += [str(one) for one in history.commits.values()]
        Catalog(repo.folder, ref="main~0", worktree=worktree).content()
    return found


@pytest.mark.few(3)
@pytest.mark.parametrize("named", PROGRAMS)
def test_no_program_that_a_repository_names_is_run(repo, trap, named):
    program, mark = trap
    repo.write("../.gitattributes", "* diff=all filter=all\n")
    repo.commit()
    sign_head(repo, "SSH" if "ssh" in named else "PGP")
    configure(repo, PROGRAMS[named], program)
    assert read_everything(repo) != []
    assert not mark.exists(), mark.read_text()


@pytest.mark.parametrize("named", PROMISED)
def test_what_a_repository_lacks_is_fetched_from_nowhere(repo, trap, named):
    program, mark = trap
    repo.commit()
    blob = repo.git("rev-parse", "HEAD:content/task_types/article.yaml")
    (repo.top / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    configure(repo, ["core.repositoryFormatVersion=1", "extensions.partialClone=origin"], program)
    configure(repo, [*PROMISED[named], "remote.origin.promisor=true"], program)
    content = Catalog(repo.folder, ref="main").content()
    assert not mark.exists(), mark.read_text()
    assert any("cannot be read" in found.message for found in content.problems)


def test_settings_of_a_repository_change_nothing_that_is_read(repo):
    first = repo.commit()
    for number in range(3):
        repo.doc("content/other", title=f"Number {number}")
        repo.commit("change\n\nReviewed-by: Ben <ben@example.com>")
    plain = read_everything(repo)
    assert first in plain
    (repo.top / "ignored").write_text(repo.git("rev-list", "main"))
    (repo.top / "mailmap").write_text("Mallory <m@example.com> <ana@example.com>\n")
    configure(
        repo,
        [
            "log.showRoot=false", "color.ui=always", "log.follow=true", "diff.renames=copies",
            "log.showSignature=true", "diff.noprefix=true", "core.quotePath=false", "diff.orderFile=none",
            "i18n.logOutputEncoding=UTF-16", "diff.relative=true", "log.diffMerges=off", "core.abbrev=4",
            "blame.ignoreRevsFile=ignored", "blame.showRoot=true", "blame.blankBoundary=true",
            "trailer.separators=#", "log.mailmap=true", "mailmap.file=mailmap",
        ],
        Path("/nowhere"),
    )  # fmt: skip
    assert read_everything(repo) == plain


def test_a_commit_is_read_as_it_was_made_and_not_as_what_replaces_it(repo):
    made = repo.commit()
    repo.put("task_types/article.yaml", {"key": "article", "name": "Replaced", "category": "content"})
    other = repo.commit()
    repo.git("update-ref", "HEAD", made)
    repo.git("replace", made, other)
    content = Catalog(repo.folder).content()
    assert content.commit == made
    assert content.task_types["article"].name == "Article"


def test_a_repository_that_the_environment_names_is_not_read(repo, tmp_path, monkeypatch):
    """A server may be started by a hook, whose environment names the hook's own repository."""
    made = repo.commit()
    other = ContentRepo(tmp_path / "other")
    fill(other)
    other.doc("content/other")
    other.commit()
    monkeypatch.setenv("GIT_DIR", str(other.top / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.top))
    content = Catalog(repo.folder).content()
    assert content.commit == made
    assert "content.other" not in content.process_docs


def test_the_name_of_a_file_is_no_pattern_for_others(repo: ContentRepo, monkeypatch: pytest.MonkeyPatch):
    path = "content/task_types/[ab].yaml"
    repo.write("task_types/[ab].yaml", "key: x\n")
    first = repo.commit()
    for number in range(3):
        repo.write("task_types/a.yaml", f"key: a\nname: {number}\n")
        repo.commit()
    monkeypatch.setattr(git_objects, "VERSIONS_OF_CONTENT", 2)
    with git_objects.open_repo(repo.folder) as reader:
        found = git_objects.older_versions(reader, repo.commit(), "", {path})
    assert [(commit, blob.path) for commit, blob in found.get(path, [])] == [(first, path)]
