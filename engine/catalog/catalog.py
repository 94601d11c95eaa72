"""The live content: reloads when the commit changes, and keeps the last good revision when one is broken."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING

from engine.budgets import FILES_OF_CONTENT, VERSIONS_OF_CONTENT
from engine.catalog.check import cross_file_problems
from engine.catalog.check_references import calendar_findings
from engine.catalog.content import Content, build_content
from engine.catalog.loader import FileCache, LoadedFile, in_use, load_blobs, load_revision
from engine.catalog.models import WorkspaceReminders
from engine.catalog.problems import Problem, ProblemCode, problem
from engine.catalog.source import FolderSource, Revision, Source, open_source
from engine.errors import UnavailableError

if TYPE_CHECKING:
    from engine.config import Settings

__all__ = ["Catalog", "Content", "check", "content_of"]

#: One cache for all catalogs: a file's version means the same everywhere.
_CACHE = FileCache()
_EMPTY = Revision(None, dirty=False, files={})


@dataclass(frozen=True)
class _Reading:
    """What a look at the source found."""

    #: Of the last revision that could be read; empty where none could.
    token: str
    #: What is in use.
    content: Content
    #: That revision, without trouble; None where none could be read.
    good: Content | None
    #: What keeps the newest revision from being read.
    trouble: str = ""


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
        self._kept_for, self._look_again_at = 0.0, 0.0
        self._reading: Thread | None = None
        #: What is in use: the newest revision, or the last good one with what is wrong with the newest.
        self._now: _Reading | None = None

    def keep_for(self, seconds: float) -> None:
        """Look at the source at most that often, and read beside what else is done.

        For whoever serves pages and asks for the content with each: none of them waits while a revision
        with thousands of files or faults is read; meanwhile the one before stays in use (S21).
        """
        self._kept_for = seconds

    def token(self) -> str:
        """Give a short text that is another one whenever ``content`` is, in every process the same."""
        with self._lock:
            found = self._look()
            return f"{found.token} {found.trouble}" if found.trouble else found.token

    def content(self) -> Content:
        """Return the current revision; reloads only when it changed.

        A revision that cannot be read at all leaves the last good one live, with a problem that says
        so. Never raises for bad content: without any good revision the content is empty.
        """
        with self._lock:
            return self._look().content

    def _look(self) -> _Reading:
        now = time.monotonic()
        if self._now is None or now >= self._look_again_at:
            self._look_again_at = now + self._kept_for
            if self._now is None or not self._kept_for:
                self._now = self._read(self._now)
            elif self._reading is None:
                self._reading = Thread(
                    target=self._read_beside, args=[self._now], daemon=True, name="content"
                )
                self._reading.start()
        return self._now

    def _read_beside(self, before: _Reading) -> None:
        """Read without the lock; there is one such reader at a time."""
        try:
            found = self._read(before)
            found.content.last_commit("")  # reads the history, which a page would ask for
            with self._lock:
                self._now = found
        finally:
            self._reading = None

    def _read(self, before: _Reading | None) -> _Reading:
        good = before.good if before else None
        try:
            source = self._opened()
            token = source.token()
            if before is not None and good is not None and token == before.token:
                return before if not before.trouble else _Reading(token, good, good)
            loaded = _load(source, self._folder, self._ref, good)
            return _Reading(token, loaded, loaded)
        except UnavailableError as error:
            if before is not None and before.trouble == error.message:
                return before
            token = before.token if before else ""
            return _Reading(token, _troubled(good, error.message), good, error.message)

    def _opened(self) -> Source:
        """Open the source; a plain folder is looked at again each time, because it may be in Git by now."""
        if self._source is None or isinstance(self._source, FolderSource):
            self._source = open_source(self._folder, self._ref, worktree=self._worktree)
        return self._source


def content_of(settings: Settings, *, ref: str = "") -> Content:
    """Return the content from where settings have it read, or that of another commit, branch or tag there."""
    folder, live = settings.content_place
    if ref:
        return Catalog(folder, ref=ref).content()
    return Catalog(folder, ref=live, worktree=settings.worktree).content()


def check(folder: Path, *, ref: str = "HEAD", worktree: bool = False) -> list[Problem]:
    """Return every problem of the content below ``folder``, as ``workbench content check`` prints them."""
    return judged(Catalog(folder, ref=ref, worktree=worktree).content())


def judged(content: Content, known: Iterable[Problem] = ()) -> list[Problem]:
    """Return what is wrong with one revision: without what is said of versions that stay live meanwhile.

    ``known`` is what reference data find wrong; it replaces what is found at the same place without.
    """
    better = set(known)
    places = {_place(one) for one in better}
    found = (one for one in content.problems if one.code != ProblemCode.QUARANTINED)
    return sorted({*better, *(one for one in found if _place(one) not in places)})


def _place(found: Problem) -> tuple[str, int, int, str]:
    return found.file, found.line, found.column, found.code


def _load(source: Source, folder: Path, ref: str, previous: Content | None) -> Content:
    revision = source.revision()
    if not revision.files:
        message = _nothing_there(source, folder, ref)
        return _troubled(previous, message) if previous and previous.files else _empty(revision, message)
    if len(revision.files) > FILES_OF_CONTENT:
        message = f"The content has {len(revision.files)} files; {FILES_OF_CONTENT} are allowed."
        return _troubled(previous, message)
    files = load_revision(source, revision, _CACHE)
    files |= _last_good_reminders(source, revision, build_content(revision, files, source, ()))
    return built(revision, files, source)


def built(revision: Revision, files: Mapping[str, LoadedFile], source: Source | None) -> Content:
    """Return the content of these files, with all that is wrong with each and between them."""
    bare = build_content(revision, files, source, ())
    problems = [*(found for file in files.values() for found in file.problems), *cross_file_problems(bare)]
    if not revision.has_git:
        problems.append(_no_git())
    return replace(bare, problems=tuple(sorted(set(problems))))


def _last_good_reminders(source: Source, revision: Revision, found: Content) -> dict[str, LoadedFile]:
    """Return the file of the workspace's reminders as it last was right, where it names no calendar there is.

    It holds at once for everybody, so one with an error is refused as one that does not load is: nobody is
    reminded by other days because of a typing mistake. Nothing where it is right.
    """
    held = (file for file in found.files.values() if isinstance(file.item, WorkspaceReminders))
    file = next(held, None)
    if file is None or not isinstance(file.item, WorkspaceReminders):
        return {}
    faults = [one.placed_in(file.document) for one in calendar_findings(file.item.calendar, found.calendars)]
    if not faults:
        return {}
    known = [one for one in file.problems if one.code != ProblemCode.QUARANTINED]
    # What is in use already, as a newer one does not load, has its own faults told alone.
    told = known if file.quarantine_commit is not None else [*known, *faults]
    broken = replace(file, item=None, problems=tuple(told))
    versions = source.versions(revision, {file.path}).get(file.path, ())[: int(VERSIONS_OF_CONTENT)]
    for commit, blob in versions:
        older = load_blobs(source, [blob], _CACHE)[file.path]
        item = older.item
        if isinstance(item, WorkspaceReminders) and item.calendar in (None, *found.calendars):
            return {file.path: in_use(older, broken, commit, blob)}
    return {file.path: broken}


def _nothing_there(source: Source, folder: Path, ref: str) -> str:
    place = f"{folder}/content"
    if not folder.exists() and folder.suffix == ".git":
        return f"Nothing was fetched into {folder} yet. Run `workbench content fetch`."
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
