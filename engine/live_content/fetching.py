"""Brings a branch of another repository into a bare clone of our own, and nothing else.

What lies in the clone stays readable throughout: the branch moves at the end, in one step, so that nobody
sees half of a revision. How Git runs is in ``git_runs``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import git
from git.exc import GitError

from engine.catalog.git_objects import open_repo
from engine.config import Settings
from engine.errors import UnavailableError
from engine.live_content import git_runs
from engine.live_content.git_runs import Credentials, GitRunError, Remote

#: Where what was fetched lies until the branch moves, and where commits stay that a rewrite left behind.
_ARRIVED, _LEFT_BEHIND = "refs/workbench/arrived", "refs/workbench/left_behind"
_FETCH = (
    "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--force",
    "--end-of-options",
)  # fmt: skip


@dataclass(frozen=True)
class Fetched:
    """What a fetch brought."""

    #: Where the branch was; None for the first fetch.
    before: str | None
    #: Where it is now.
    after: str
    #: Whether what was there before is no longer part of its history.
    is_rewritten: bool

    @property
    def is_news(self) -> bool:
        """Whether the branch has moved."""
        return self.before != self.after


def fetch(
    settings: Settings, credentials: Credentials, *, record: Callable[[Fetched], None] = lambda _: None
) -> Fetched:
    """Fetch the branch of the settings into their clone, which is made at the first time.

    ``record`` is called with news before the branch moves: what a kill cuts off is news again at the next.

    Raises:
        UnavailableError: it cannot be fetched; says why, without what opens it. The clone is as it was.
    """
    folder, branch = settings.clone_folder, f"refs/heads/{settings.content_branch}"
    try:
        if not (folder / "HEAD").exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            git.Repo.init(folder, bare=True).close()
        with open_repo(folder) as repo:
            git_runs.run(
                folder, *_FETCH, settings.content_remote, f"+{branch}:{_ARRIVED}",
                remote=Remote(settings.content_remote, credentials),
            )  # fmt: skip
            after = repo.git.rev_parse("--verify", f"{_ARRIVED}^{{commit}}")
            before = _commit_of(repo, branch)
            is_rewritten = before is not None and not repo.is_ancestor(
                repo.commit(before), repo.commit(after)
            )
            if is_rewritten:
                repo.git.update_ref(f"{_LEFT_BEHIND}/{before}", before)
            found = Fetched(before, after, is_rewritten)
            if found.is_news:
                record(found)
                repo.git.update_ref(branch, after, *([before] if before else []))
            repo.git.symbolic_ref("HEAD", branch)  # so that HEAD is what is live here, too
            return found
    except (GitError, GitRunError, OSError) as error:
        raise _refusal(settings, str(error)) from error


def _commit_of(repo: git.Repo, ref: str) -> str | None:
    found: str = repo.git.for_each_ref("--format=%(objectname)", ref)
    return found or None


def _refusal(settings: Settings, reason: str) -> UnavailableError:
    address = git_runs.without_users(settings.content_remote)
    return UnavailableError(
        f"The branch {settings.content_branch} of {address} cannot be fetched: "
        f"{' '.join(reason.split()).rstrip('.')}. What was fetched before stays in use.",
        public="The content cannot be fetched at this moment. What was fetched before stays in use.",
    )
