"""The live content: reloads when the commit changes, and keeps the last good revision when one is broken."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from threading import Lock

from engine.catalog.check import cross_file_problems
from engine.catalog.content import Content, build_content
from engine.catalog.loader import FileCache, load_revision
from engine.catalog.problems import Problem, ProblemCode, problem
from engine.catalog.source import FolderSource, Revision, Source, open_source
from engine.errors import UnavailableError

__all__ = ["Catalog", "Content", "check"]

#: One cache for all catalogs: a file's version means the same everywhere.
_CACHE = FileCache()
_EMPTY = Revision(None, dirty=False, files={})


class Catalog:
    """Content from the folder that holds ``content/``; safe between threads (CNT-06, CNT-11).

    Read from Git objects at ``ref``; with ``worktree`` from the uncommitted files; without Git from
    the folder, with a warning. The repository is never changed.
    """

    def __init__(self, folder: Path, *, ref: str = "HEAD", worktree: bool = False) -> None:
        self._folder = Path(folder)
        self._ref = ref
        self._worktree = worktree
        self._lock = Lock()
        self._source: Source | None = None
        self._token = ""
        self._content: Content | None = None
        #: What keeps the newest revision from being read, while an older one stays live.
        self._trouble: tuple[str, Content] | None = None
        self._kept_for, self._look_again_at = 0.0, 0.0

    def keep_for(self, seconds: float) -> None:
        """Look at the source at most that often: whoever serves pages asks for the content with each."""
        self._kept_for = seconds

    def token(self) -> str:
        """Give a short text that is another one whenever ``content`` is, in every process the same."""
        with self._lock:
            self._look()
            return self._token if self._trouble is None else f"{self._token} {self._trouble[0]}"

    def content(self) -> Content:
        """Return the current revision; reloads only when it changed.

        A revision that cannot be read at all leaves the last good one live, with a problem that says
        so. Never raises for bad content: without any good revision the content is empty.
        """
        with self._lock:
            return self._look()

    def _look(self) -> Content:
        now = time.monotonic()
        if self._content is None or now >= self._look_again_at:
            self._look_again_at = now + self._kept_for
            try:
                source = self._opened()
                token = source.token()
                if self._content is None or token != self._token:
                    self._content, self._token = _load(source, self._folder, self._ref, self._content), token
                self._trouble = None
            except UnavailableError as error:
                return self._last_good(error.message)
        return self._content if self._trouble is None else self._trouble[1]

    def _opened(self) -> Source:
        """Open the source; a plain folder is looked at again each time, because it may be in Git by now."""
        if self._source is None or isinstance(self._source, FolderSource):
            self._source = open_source(self._folder, self._ref, worktree=self._worktree)
        return self._source

    def _last_good(self, message: str) -> Content:
        if self._trouble is None or self._trouble[0] != message:
            self._trouble = (message, _troubled(self._content, message))
        return self._trouble[1]


def check(folder: Path, *, ref: str = "HEAD", worktree: bool = False) -> list[Problem]:
    """Return every problem of the content below ``folder``, as ``workbench content check`` prints them.

    What is said about versions that stay live meanwhile is for the board: a check judges one revision.
    """
    found = Catalog(folder, ref=ref, worktree=worktree).content().problems
    return [one for one in found if one.code != ProblemCode.QUARANTINED]


def _load(source: Source, folder: Path, ref: str, previous: Content | None) -> Content:
    revision = source.revision()
    if not revision.files:
        message = _nothing_there(source, folder, ref)
        return _troubled(previous, message) if previous and previous.files else _empty(revision, message)
    files = load_revision(source, revision, _CACHE)
    bare = build_content(revision, files, source, ())
    problems = [*(found for file in files.values() for found in file.problems), *cross_file_problems(bare)]
    if not revision.has_git:
        problems.append(_no_git())
    return replace(bare, problems=tuple(sorted(set(problems))))


def _nothing_there(source: Source, folder: Path, ref: str) -> str:
    place = f"{folder}/content"
    if isinstance(source, FolderSource) or not (folder / "content").is_dir():
        return f"There is no content in {place}. Give --content the folder that holds content/."
    return f"{ref} has no content in {place}. Commit it, or read uncommitted files with --worktree."


def _no_git() -> Problem:
    message = "The content is not in a Git commit: bundles cannot name the commit they were made from."
    return problem(ProblemCode.NO_GIT, "content", message=message, hint="Commit it to a Git repository.")


def _empty(revision: Revision, message: str) -> Content:
    found = problem(ProblemCode.NO_CONTENT, "content", message=message)
    return build_content(revision, {}, None, (found,))


def _troubled(last_good: Content | None, message: str) -> Content:
    if last_good is None:
        return _empty(_EMPTY, message)
    kept = (found for found in last_good.problems if found.code != ProblemCode.BROKEN_REVISION)
    hint = f"The content of {last_good.commit or 'the last reading'} stays in use."
    alert = problem(ProblemCode.BROKEN_REVISION, "content", message=message, hint=hint)
    return replace(last_good, problems=(alert, *kept))
