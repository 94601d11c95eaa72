"""What Git does for a proposal: one commit in a clone of our own, one branch at the remote, a patch."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.config import Settings
from engine.errors import UnavailableError
from engine.live_content import fetching, git_runs
from engine.live_content.git_runs import Credentials
from engine.proposals import branches, forges
from engine.proposals.branches import Change
from tests.conftest import commit_all, git

FILE = "content/task_templates/newsletter.yaml"
NOTHING = Credentials()
AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
BRANCH = "proposal/0abc1234-newsletter"


def change(base: str, text: str | None = "key: newsletter\n", **given: object) -> Change:
    facts = {
        "base": base,
        "texts": {FILE: text},
        "subject": "Say more",
        "body": "It helps.",
        "author": "Ana <Ärztin>\n",
        "email": "ana@example.com",
        "at": AT,
    }
    return Change(**{**facts, **given})  # type: ignore[arg-type]


def refs(folder: Path) -> dict[str, str]:
    listed = git(folder, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return dict(line.split() for line in listed)


def everything(folder: Path) -> dict[str, bytes]:
    """Return every byte below a folder: work tree, index, refs and objects."""
    return {path.as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def here(settings: Settings, content_repo: Path) -> Settings:
    """Content is read from a folder."""
    return replace(settings, content=str(content_repo))


@pytest.fixture
def remote(content_repo: Path, tmp_path: Path) -> Path:
    """The repository of the team, bare, as a server has it."""
    folder = tmp_path / "remote.git"
    git(tmp_path, "clone", "-q", "--bare", str(content_repo), str(folder))
    return folder


@pytest.fixture
def there(settings: Settings, remote: Path) -> Settings:
    """Content is fetched from a remote."""
    found = replace(settings, content="/nowhere", content_remote=str(remote))
    fetching.fetch(found, NOTHING)
    return found


def test_a_commit_is_its_authors_changes_its_files_alone_and_made_again_is_the_same(
    here: Settings, content_repo: Path
):
    base = git(content_repo, "rev-parse", "HEAD")
    before = everything(content_repo)
    made = branches.commit(here, change(base), BRANCH)
    assert branches.commit(here, change(base), BRANCH) == made
    clone = branches.clone_folder(here)
    assert git(clone, "log", "-1", "--format=%an|%ae|%cn|%aI|%B", made) == (
        "Ana Ärztin|ana@example.com|Workbench|2026-11-21T09:30:00+00:00|Say more\n\nIt helps."
    )
    assert git(clone, "diff", "--name-only", base, made) == FILE
    assert git(clone, "show", f"{made}:{FILE}") == "key: newsletter"
    assert refs(clone)[f"refs/heads/{BRANCH}"] == made
    assert everything(content_repo) == before


def test_content_that_lies_deeper_in_its_repository_is_changed_there(settings: Settings, tmp_path: Path):
    folder = tmp_path / "whole" / "our team" / "content"
    folder.mkdir(parents=True)
    (folder / "x.yaml").write_text("x: 1\n")
    git(tmp_path / "whole", "init", "-q", "-b", "main")
    base = commit_all(tmp_path / "whole")
    nested = replace(settings, content=str(folder.parent))
    made = branches.commit(nested, change(base), BRANCH)
    changed = git(branches.clone_folder(nested), "diff", "--name-only", "-z", base, made)
    assert changed.strip("\0") == f"our team/{FILE}"


def test_a_file_is_taken_away_and_one_that_may_be_run_stays_so(here: Settings, content_repo: Path):
    (content_repo / FILE).chmod(0o755)
    base = commit_all(content_repo)
    clone = branches.clone_folder(here)
    made = branches.commit(here, change(base), BRANCH)
    assert git(clone, "ls-tree", made, FILE).startswith("100755")
    gone = branches.commit(here, change(base, None), BRANCH)
    assert git(clone, "ls-tree", gone, FILE) == ""


def test_offered_again_a_commit_comes_on_top_and_holds_what_is_live_by_then(
    here: Settings, content_repo: Path
):
    base = git(content_repo, "rev-parse", "HEAD")
    first = branches.commit(here, change(base), BRANCH)
    (content_repo / "content/other.txt").write_text("other\n")
    newer = commit_all(content_repo)
    second = branches.commit(here, change(newer, "key: other\n", earlier=first), BRANCH)
    clone = branches.clone_folder(here)
    for part in (first, newer):
        git(clone, "merge-base", "--is-ancestor", part, second)
    assert git(clone, "diff", "--name-only", newer, second) == FILE


def test_a_patch_is_what_git_am_takes(here: Settings, content_repo: Path, tmp_path: Path):
    base = git(content_repo, "rev-parse", "HEAD")
    text = "key: newsletter\nname: Ümläut without an end"
    found = branches.patch(here, change(base, text), "prp_1")
    git(tmp_path, "clone", "-q", str(content_repo), "theirs")
    file = tmp_path / "x.patch"
    file.write_text(found, encoding="utf-8")
    git(tmp_path / "theirs", "am", "-q", str(file))
    assert (tmp_path / "theirs" / FILE).read_text() == text
    assert git(tmp_path / "theirs", "log", "-1", "--format=%an %s") == "Ana Ärztin Say more"


@pytest.mark.few(3)
@pytest.mark.parametrize(
    "before",
    [
        "---",
        "Why:\n--- ",
        "FROM: Boss <boss@example.com>",
        "Date: Mon, 1 Jan 2001 00:00:00 +0000",
        "subject: No",
        "[PATCH] No",
        "Well\n\nFrom 0123 Mon Sep 17 00:00:00 2001",
        "Well\nIndex: x",
        ">From x",
        "\t\nFrom: B <b@x>",
    ],
)
def test_what_an_author_writes_makes_a_patch_neither_somebody_elses_nor_a_larger_one(
    here: Settings, content_repo: Path, tmp_path: Path, before: str
):
    another = (
        "diff --git a/ci.yml b/ci.yml\nnew file mode 100644\n--- /dev/null\n+++ b/ci.yml\n@@ -0,0 +1 @@\n+x"
    )
    body = f"{before}\n{another}\n\nWorkbench-Proposal: prp_1"
    found = branches.patch(here, change(git(content_repo, "rev-parse", "HEAD"), body=body), "prp_1")
    git(tmp_path, "clone", "-q", str(content_repo), "theirs")
    file, theirs = tmp_path / "x.patch", tmp_path / "theirs"
    file.write_text(found, encoding="utf-8")
    git(theirs, "am", "-q", str(file))
    assert git(theirs, "diff", "--name-only", "origin/main", "HEAD") == FILE
    assert git(theirs, "log", "--format=%ae %aI %s", "origin/main..") == (
        f"ana@example.com {AT.isoformat()} Say more"
    )
    assert git(theirs, "log", "-1", "--format=%(trailers)") == "Workbench-Proposal: prp_1"


def test_one_branch_is_pushed_again_and_again_and_taken_away(there: Settings, remote: Path):
    main = refs(remote)
    base = main["refs/heads/main"]
    made = branches.commit(there, change(base), BRANCH)
    for known in (None, made):
        branches.publish(there, NOTHING, BRANCH, made, known=known)
        assert refs(remote) == {**main, f"refs/heads/{BRANCH}": made}
    for _ in range(2):
        branches.retract(there, NOTHING, BRANCH, known=made)
        assert refs(remote) == main


def test_what_somebody_else_pushed_to_the_branch_is_not_overwritten(
    there: Settings, remote: Path, tmp_path: Path
):
    base = refs(remote)["refs/heads/main"]
    made = branches.commit(there, change(base), BRANCH)
    branches.publish(there, NOTHING, BRANCH, made, known=None)
    git(tmp_path, "clone", "-q", "-b", BRANCH, str(remote), "theirs")
    (tmp_path / "theirs/content/fix.txt").write_text("fix\n")
    theirs = commit_all(tmp_path / "theirs")
    git(tmp_path / "theirs", "push", "-q", "origin", BRANCH)
    second = branches.commit(there, change(base, "key: second\n", earlier=made), BRANCH)
    with pytest.raises(UnavailableError, match="was changed at the remote by somebody else"):
        branches.publish(there, NOTHING, BRANCH, second, known=made)
    with pytest.raises(UnavailableError, match="so it stays"):
        branches.retract(there, NOTHING, BRANCH, known=made)
    assert refs(remote)[f"refs/heads/{BRANCH}"] == theirs


def test_a_branch_that_was_deleted_at_the_remote_is_pushed_again(there: Settings, remote: Path):
    base = refs(remote)["refs/heads/main"]
    made = branches.commit(there, change(base), BRANCH)
    branches.publish(there, NOTHING, BRANCH, made, known=None)
    git(remote, "update-ref", "-d", f"refs/heads/{BRANCH}")
    branches.publish(there, NOTHING, BRANCH, made, known=made)
    assert refs(remote)[f"refs/heads/{BRANCH}"] == made


def test_a_remote_that_refuses_or_is_away_says_why_and_is_unchanged(there: Settings, remote: Path):
    base = refs(remote)["refs/heads/main"]
    made = branches.commit(there, change(base), BRANCH)
    hook = remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'Ask Mara first.' >&2\nexit 1\n")
    hook.chmod(0o755)
    before = refs(remote)
    with pytest.raises(UnavailableError, match=r"cannot be pushed to .*Ask Mara first"):
        branches.publish(there, NOTHING, BRANCH, made, known=None)
    assert refs(remote) == before
    remote.rename(remote.with_name("away.git"))
    with pytest.raises(UnavailableError, match="Git cannot do this"):
        branches.publish(there, NOTHING, BRANCH, made, known=None)


def test_a_push_that_takes_too_long_is_ended(there: Settings, remote: Path, monkeypatch: pytest.MonkeyPatch):
    made = branches.commit(there, change(refs(remote)["refs/heads/main"]), BRANCH)
    hook = remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nsleep 60\n")
    hook.chmod(0o755)
    monkeypatch.setattr(git_runs, "SECONDS_OF_A_FETCH", 1)
    with pytest.raises(UnavailableError, match="it took more than 1 seconds"):
        branches.publish(there, NOTHING, BRANCH, made, known=None)


@pytest.mark.few(2)
@pytest.mark.parametrize(
    "name", ["main", "proposal/", "proposal/../main", "-x", "proposal/X", "refs/heads/main"]
)
def test_no_other_branch_can_be_named(there: Settings, name: str):
    with pytest.raises(ValueError, match="no branch of a proposal"):
        branches.publish(there, NOTHING, name, "1" * 40, known=None)


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("blog_post", "proposal/9x8y7z6w-blog-post"),
        ("Ärger..now", "proposal/9x8y7z6w-rger-now"),
        ("…", "proposal/9x8y7z6w-content"),
    ],
)
def test_a_branch_is_named_after_its_proposal_and_template(template: str, name: str):
    assert branches.name_of("prp_01ABCDEFGH9X8Y7Z6W", template) == name
    subprocess.run(["git", "check-ref-format", "--branch", name], check=True, capture_output=True)


def test_whether_a_commit_is_part_of_what_is_live(here: Settings, content_repo: Path):
    base = git(content_repo, "rev-parse", "HEAD")
    made = branches.commit(here, change(base), BRANCH)
    assert not branches.is_part_of(here, made, base), "the repository has no such commit"
    git(content_repo, "fetch", "-q", str(branches.clone_folder(here)), made)
    assert not branches.is_part_of(here, made, base)
    git(content_repo, "merge", "-q", "--no-ff", "-m", "Merge", made)
    assert branches.is_part_of(here, made, git(content_repo, "rev-parse", "HEAD"))


B = "proposal/1-x"


@pytest.mark.parametrize(
    ("remote", "page"),
    [
        (
            "https://github.com/acme/content.git",
            f"https://github.com/acme/content/compare/main...{B}?expand=1",
        ),
        (
            "https://bot@github.com/acme/content",
            f"https://github.com/acme/content/compare/main...{B}?expand=1",
        ),
        (
            "ssh://git@github.com/acme/content.git",
            f"https://github.com/acme/content/compare/main...{B}?expand=1",
        ),
        (
            "ssh://git@ssh.github.com:443/acme/content.git",
            f"https://github.com/acme/content/compare/main...{B}?expand=1",
        ),
        (
            "https://gitlab.example.com:8443/media/team/content.git",
            (
                "https://gitlab.example.com:8443/media/team/content/-/merge_requests/new?"
                "merge_request%5Bsource_branch%5D=proposal%2F1-x&merge_request%5Btarget_branch%5D=main"
            ),
        ),
        ("ssh://git@codeberg.org:22/acme/c.git", f"https://codeberg.org/acme/c/compare/main...{B}"),
        ("https://git.forgejo.acme.example/a/c", f"https://git.forgejo.acme.example/a/c/compare/main...{B}"),
        (
            "https://bitbucket.org/acme/c.git",
            "https://bitbucket.org/acme/c/pull-requests/new?source=proposal%2F1-x&dest=main",
        ),
        ("https://git.acme.example/content.git", None),
        ("https://notgithub.example/a/b", None),
        ("/srv/content.git", None),
        ("file:///srv/github.com/x", None),
        ("https://github.com/", None),
    ],
)
def test_the_forges_page_is_found_from_the_address(remote: str, page: str | None):
    assert forges.page_of(remote, B, "main") == page
