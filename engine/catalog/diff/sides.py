"""The two revisions that ``BASE..HEAD`` names; what Git lacks is said with the command that gets it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import git

from engine.catalog.git_objects import commit_of, is_shallow, merge_base, open_repo, prefix_of
from engine.catalog.source import GitSource, Revision, Source, WorktreeSource
from engine.errors import BadRequestError, NotFoundError, UnavailableError

#: The commit that is out in the work tree.
_HEAD = "HEAD"


@dataclass(frozen=True)
class Side:
    """One of the two revisions."""

    #: What it was called: a branch, a tag, a commit, or the work tree.
    name: str
    source: Source
    revision: Revision

    def __str__(self) -> str:
        """Return what it is called, with its commit where that is another word."""
        commit = self.revision.commit
        if isinstance(self.source, WorktreeSource) or commit is None or commit.startswith(self.name):
            return self.name
        return f"{self.name} ({commit[:12]})"


def sides(folder: Path, named: str, *, worktree: bool = False) -> tuple[Side, Side]:
    """Return what ``BASE..HEAD``, ``BASE...HEAD`` (from where they parted) or ``BASE`` (to HEAD) names.

    With ``worktree`` the second is what lies on disk.

    Raises:
        BadRequestError: two revisions and the work tree, a folder that is in no repository, or two histories
            that have nothing in common.
        NotFoundError: one of them names no commit.
        UnavailableError: the repository cannot be read, or a shallow clone lacks what is needed.
    """
    base, head, from_parting = _parsed(named)
    if worktree and head != "":
        raise BadRequestError(
            f"--worktree compares with the files on disk, so give one revision and not {named!r}."
        )
    _require_repository(folder)
    with open_repo(folder) as repo:
        ours = _commit(repo, base or _HEAD)
        theirs = _commit(repo, head or _HEAD)
        if from_parting:
            ours = _parting(repo, base or _HEAD, head or _HEAD, (ours, theirs))
        _require_folder_inside(repo, folder)
    before = _at(folder, base or _HEAD, ours)
    after = _on_disk(folder) if worktree else _at(folder, head or _HEAD, theirs)
    return before, after


def _parsed(named: str) -> tuple[str, str, bool]:
    """Return base, head, and whether to begin where they parted; what is left out is empty."""
    dots = "..." if "..." in named else ".."
    base, found, head = named.partition(dots)
    if ".." in head or base.startswith("-") or head.startswith("-") or not named.strip("."):
        raise BadRequestError(f"{named!r} names no two revisions. Write BASE..HEAD, BASE...HEAD or BASE.")
    return base, (head or _HEAD) if found else "", dots == "..."


def _at(folder: Path, name: str, commit: str) -> Side:
    source = GitSource(folder, commit)
    return Side(name, source, source.revision())


def _on_disk(folder: Path) -> Side:
    source = WorktreeSource(folder)
    return Side("the work tree", source, source.revision())


def _require_repository(folder: Path) -> None:
    if not folder.is_dir():
        raise BadRequestError(f"There is no folder {folder}. Give --content the folder that holds content/.")
    try:
        git.Repo(folder, search_parent_directories=True).close()
    except git.InvalidGitRepositoryError as error:
        raise BadRequestError(
            f"{folder} is in no Git repository, so there is no revision to compare. "
            "Give --content the folder of a clone."
        ) from error


def _require_folder_inside(repo: git.Repo, folder: Path) -> None:
    prefix_of(repo, folder)


def _commit(repo: git.Repo, name: str) -> str:
    try:
        return commit_of(repo, name)
    except UnavailableError as error:
        if is_shallow(repo):
            raise UnavailableError(
                f"{name} names no commit of this clone, which has a part of the history alone. "
                f"Fetch it, and repeat: `git fetch --depth=1 {_fetched(name)}`, or the whole history with "
                "`git fetch --unshallow origin`."
            ) from error
        raise NotFoundError(
            f"{name} names no commit of the repository. Give an existing branch, tag or commit; what a "
            f"remote has is fetched with `git fetch origin {name}`."
        ) from error


def _fetched(name: str) -> str:
    """Return what to fetch, so that it has the name here that was given."""
    branch = name.removeprefix("origin/")
    if branch != name:
        return f"origin {branch}:refs/remotes/origin/{branch}"
    return f"origin {name}" if re.fullmatch(r"[0-9a-f]{7,40}", name) else f"origin {name}:refs/heads/{name}"


def _parting(repo: git.Repo, base: str, head: str, commits: tuple[str, str]) -> str:
    found = merge_base(repo, *commits)
    if found is not None:
        return found
    if is_shallow(repo):
        raise UnavailableError(
            f"Where {base} and {head} parted is not in this clone, which has a part of the history alone. "
            f"Fetch more of it, and repeat: `git fetch --deepen=100 origin {base}`, or all with "
            "`git fetch --unshallow origin`."
        )
    raise BadRequestError(
        f"{base} and {head} have no commit in common, so they never parted. Compare them as they are: "
        f"{base}..{head}."
    )


@contextmanager
def told_what_is_lacking(folder: Path) -> Iterator[None]:
    """Say how a partial clone gets what reading inside the block lacks; all else is raised as it is.

    Raises:
        UnavailableError: what Git said, with the command where the clone lacks files.
    """
    try:
        yield
    except UnavailableError as error:
        if not _is_partial(folder):
            raise
        raise UnavailableError(
            f"{error.message} This clone fetches files when they are wanted, which is never done here. "
            "Fetch them, and repeat: `git fetch --refetch --no-filter origin`."
        ) from error


def _is_partial(folder: Path) -> bool:
    with open_repo(folder) as repo:
        return any("promisor" in repo.config_reader().options(section) for section in _remotes(repo))


def _remotes(repo: git.Repo) -> list[str]:
    return [section for section in repo.config_reader().sections() if section.startswith('remote "')]
