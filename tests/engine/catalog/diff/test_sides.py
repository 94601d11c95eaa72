"""Which revisions are compared, and what is said where Git lacks them."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.catalog.diff import report
from engine.catalog.diff.contents import diff
from engine.catalog.diff.sides import sides, told_what_is_lacking
from engine.errors import BadRequestError, NotFoundError, UnavailableError
from tests.engine.catalog.conftest import BLOG_POST, ContentRepo


@pytest.fixture
def parted(repo: ContentRepo) -> dict[str, str]:
    """Give two branches that parted, with their commits."""
    found = {"parting": repo.commit()}
    repo.git("checkout", "-q", "-b", "topic")
    found["topic"] = repo.commit("ours")
    repo.git("checkout", "-q", "main")
    repo.put("task_templates/blog_post.yaml", BLOG_POST.replace("-7", "-6"))
    found["main"] = repo.commit("theirs")
    return found


@pytest.mark.parametrize(
    ("named", "base", "head"),
    [
        ("main..topic", "main", "topic"),
        ("main...topic", "parting", "topic"),
        ("topic", "topic", "main"),
        ("topic..", "topic", "main"),
        ("..topic", "main", "topic"),
    ],
)
def test_two_revisions_are_named_as_git_names_them(repo, parted, named: str, base: str, head: str):
    found = sides(repo.folder, named)
    assert [side.revision.commit for side in found] == [parted[base], parted[head]]


def test_the_work_tree_takes_the_place_of_head(repo, parted):
    repo.put("task_templates/blog_post.yaml", BLOG_POST)
    found = sides(repo.folder, "HEAD", worktree=True)
    assert str(found[1]) == "the work tree"
    assert found[1].revision.dirty


@pytest.mark.parametrize("named", ["a..b..c", "..", "...", "--output=x..HEAD", "HEAD..--all"])
def test_what_names_no_two_revisions_is_refused(repo, parted, named: str):
    with pytest.raises(BadRequestError, match=r"names no two revisions\. Write BASE\.\.HEAD"):
        sides(repo.folder, named)


def test_two_revisions_and_the_work_tree_are_refused(repo, parted):
    with pytest.raises(BadRequestError, match="--worktree compares with the files on disk"):
        sides(repo.folder, "main..topic", worktree=True)


def test_a_revision_that_is_not_there_is_named(repo, parted):
    with pytest.raises(NotFoundError, match=r"^nosuch names no commit of the repository\."):
        sides(repo.folder, "nosuch..HEAD")


def test_a_folder_in_no_repository_has_no_revisions(repo):
    with pytest.raises(BadRequestError, match="is in no Git repository"):
        sides(repo.folder, "main..topic")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(BadRequestError, match="There is no folder"):
        sides(tmp_path / "nowhere", "main")


def test_histories_with_nothing_in_common_never_parted(repo, parted):
    repo.git("checkout", "-q", "--orphan", "new")
    repo.commit("alone")
    with pytest.raises(BadRequestError, match=r"main and new have no commit in common.*main\.\.new"):
        sides(repo.folder, "main...new")
    assert sides(repo.folder, "main..new")[1].name == "new"


@pytest.fixture
def shallow(repo: ContentRepo, parted: dict[str, str], tmp_path: Path) -> ContentRepo:
    """Give a clone as continuous integration makes it: the last commit of one branch."""
    found = ContentRepo(tmp_path / "clone")
    (found.top / "content").rmdir()
    found.git("clone", "-q", "--depth=1", "--branch=topic", f"file://{repo.top}", ".")
    return found


def test_a_shallow_clone_says_how_to_fetch_the_base_and_that_is_enough(shallow):
    with pytest.raises(UnavailableError) as refused:
        sides(shallow.folder, "origin/main..HEAD")
    command = refused.value.message.partition("`git ")[2].partition("`")[0]
    shallow.git(*command.split())
    assert sides(shallow.folder, "origin/main..HEAD")[0].name == "origin/main"


def test_a_shallow_clone_says_how_to_fetch_where_they_parted_and_that_is_enough(shallow):
    shallow.git("fetch", "-q", "--depth=1", "origin", "main:refs/heads/main")
    with pytest.raises(UnavailableError, match="Where main and HEAD parted is not in this clone") as refused:
        sides(shallow.folder, "main...HEAD")
    command = refused.value.message.rpartition("`git ")[2].partition("`")[0]
    shallow.git(*command.split())
    shallow.git("fetch", "-q", "origin", "main:refs/heads/main")
    assert sides(shallow.folder, "main...HEAD")[0].revision.commit is not None


def test_what_a_shallow_clone_never_had_is_said_to_be_perhaps_not_fetched(shallow):
    with pytest.raises(UnavailableError, match=r"git fetch --depth=1 origin v1:refs/heads/v1"):
        sides(shallow.folder, "v1..HEAD")


def test_a_clone_without_files_says_how_to_fetch_them_and_that_is_enough(repo, parted, tmp_path: Path):
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = ContentRepo(tmp_path / "clone")
    (clone.top / "content").rmdir()
    clone.git("clone", "-q", "--filter=blob:none", "--branch=topic", f"file://{repo.top}", ".")

    def told() -> str:
        with told_what_is_lacking(clone.folder):
            return report.as_text(diff(*sides(clone.folder, "HEAD..origin/main")))

    with pytest.raises(UnavailableError, match="This clone fetches files when they are wanted") as refused:
        told()
    command = refused.value.message.rpartition("`git ")[2].partition("`")[0]
    clone.git(*command.split())
    assert "is due 6 days before the anchor date, was 7 days" in told()
