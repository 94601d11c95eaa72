"""All access to Git, and to folders without Git: files at a revision, their blobs, commits and history.

Nothing here ever changes a repository: no index refresh, no lock, no checkout.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import git

from engine.budgets import BYTES_OF_CONTENT_FILE
from engine.catalog.blame import History
from engine.catalog.git_objects import (
    Blob,
    FileCommit,
    commit_holding,
    commit_of,
    content_tree,
    history_of,
    is_unborn,
    last_commits,
    older_versions,
    open_repo,
    prefix_of,
    readable,
    resolve_ref,
)
from engine.catalog.layout import CONTENT, Place, kind_of, scenario_at


@dataclass(frozen=True)
class Revision:
    """The content files at one moment, by their paths below the folder that holds ``content/``."""

    #: Full SHA; None where the content is not in Git.
    commit: str | None
    #: Whether the files differ from that commit (only when the work tree is read).
    dirty: bool
    files: Mapping[str, Blob]
    has_git: bool = True


#: Says what a file is by its path; None for one of no interest.
Kind = Callable[[str], Place | None]
#: By path, (commit, blob) of each version, newest first.
Versions = Mapping[str, Sequence[tuple[str, Blob]]]


class Source(Protocol):
    """Where content comes from.

    1. ``token`` is cheap and changes whenever ``revision`` would.
    2. ``read`` returns the bytes of a blob of any revision, as long as the repository has them.
    3. ``versions`` is one pass over the history, however many files are asked for.
    4. ``last_commits`` is one pass over the history, and leaves out files it knows nothing about.
    5. ``commit_holding`` is one pass over the history of the files asked for.
    6. ``history`` is one pass over the history of each file asked for, and one over that of all; what takes
       too long is left out with a reason.
    7. What cannot be read raises UnavailableError.
    """

    def token(self) -> str:
        """Return a cheap value that changes with the content."""
        ...

    def revision(self) -> Revision:
        """Return the content files there are now."""
        ...

    def read(self, blobs: Sequence[Blob]) -> dict[str, bytes]:
        """Return the bytes by blob id."""
        ...

    def versions(self, revision: Revision, paths: Set[str]) -> Versions:
        """Return what files were along the first parents."""
        ...

    def last_commits(self, revision: Revision) -> Mapping[str, FileCommit]:
        """Return the last commit of each file."""
        ...

    def commit_holding(self, revision: Revision, blobs: Mapping[str, str]) -> str | None:
        """Return the newest commit along the first parents with these blobs at these paths."""
        ...

    def scenarios(self, revision: Revision) -> Mapping[str, Blob]:
        """Return the scenario files that stand beside the content files of a revision."""
        ...

    def history(self, revision: Revision, read_at: Mapping[str, str], others: Set[str]) -> History:
        """Return who wrote the lines of files, each as it was at a commit, and about ``others``, commits."""
        ...


def blob_id_of(raw: bytes) -> str:
    """Return the id that Git gives these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(raw) + raw, usedforsecurity=False).hexdigest()


def open_source(folder: Path, ref: str, *, worktree: bool) -> Source:
    """Return the source for ``folder``: Git objects at ``ref``, the work tree, or a plain folder."""
    try:
        with git.Repo(folder, search_parent_directories=True) as repo:
            has_commits = worktree or ref != "HEAD" or not is_unborn(repo)
    except (git.InvalidGitRepositoryError, git.NoSuchPathError):
        return FolderSource(folder)
    if not has_commits:
        return FolderSource(folder)
    return WorktreeSource(folder) if worktree else GitSource(folder, ref)


class GitSource:
    """Content as Git objects at a ref; the work tree is not looked at."""

    def __init__(self, folder: Path, ref: str = "HEAD") -> None:
        self._folder = folder
        self._ref = ref
        self._refs: git.Repo | None = None

    def token(self) -> str:
        """Return the commit that the ref names now; for ordinary refs it only reads the ref's file."""
        if self._refs is None:
            with self._repo() as repo:
                self._refs = repo  # stays of use when closed: looking up refs needs no process
        with readable(self._folder):
            return resolve_ref(self._refs, self._ref)

    def revision(self) -> Revision:
        """Return the content files of the commit that the ref names now."""
        with self._repo() as repo:
            commit = commit_of(repo, self._ref)
            return Revision(
                commit, dirty=False, files=content_tree(repo, commit, prefix_of(repo, self._folder))
            )

    def read(self, blobs: Sequence[Blob]) -> dict[str, bytes]:
        """Return the bytes by blob id."""
        with self._repo() as repo:
            return {blob.blob_id: repo.odb.stream(bytes.fromhex(blob.blob_id)).read() for blob in blobs}

    def versions(self, revision: Revision, paths: Set[str]) -> Versions:
        """Return what files were along the first parents of the revision's commit."""
        with self._repo() as repo:
            return older_versions(repo, str(revision.commit), prefix_of(repo, self._folder), paths)

    def last_commits(self, revision: Revision) -> Mapping[str, FileCommit]:
        """Return the last commit of each file of the revision."""
        with self._repo() as repo:
            prefix = prefix_of(repo, self._folder)
            return last_commits(repo, str(revision.commit), prefix, set(revision.files))

    def commit_holding(self, revision: Revision, blobs: Mapping[str, str]) -> str | None:
        """Return the newest commit along the first parents with these blobs at these paths."""
        with self._repo() as repo:
            return commit_holding(repo, str(revision.commit), prefix_of(repo, self._folder), blobs)

    def scenarios(self, revision: Revision) -> Mapping[str, Blob]:
        """Return the scenario files of the revision's commit."""
        with self._repo() as repo:
            return content_tree(repo, str(revision.commit), prefix_of(repo, self._folder), scenario_at)

    def history(self, revision: Revision, read_at: Mapping[str, str], others: Set[str]) -> History:
        """Return who wrote the lines of files, each as it was at a commit, and about ``others``, commits."""
        with self._repo() as repo:
            return history_of(repo, str(revision.commit), prefix_of(repo, self._folder), read_at, others)

    def _repo(self) -> AbstractContextManager[git.Repo]:
        return open_repo(self._folder)


class FolderSource:
    """Content in a folder that is not in Git, or in a repository without commits."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def token(self) -> str:
        """Return a hash over names, sizes and times of the content files."""
        digest = hashlib.sha256()
        with readable(self._folder):
            for path, file in _walk(self._folder):
                status = file.lstat()
                digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ino}\n".encode())
        return digest.hexdigest()

    def revision(self) -> Revision:
        """Return the files as they are on disk."""
        with readable(self._folder):
            return Revision(None, dirty=False, files=_files_on_disk(self._folder), has_git=False)

    def read(self, blobs: Sequence[Blob]) -> dict[str, bytes]:
        """Return the bytes by blob id, as they are on disk now."""
        with readable(self._folder):
            return {blob.blob_id: _bytes_of(self._folder / blob.path) for blob in blobs}

    def versions(self, revision: Revision, paths: Set[str]) -> Versions:  # noqa: ARG002
        """Return nothing: there is no history."""
        return {}

    def last_commits(self, revision: Revision) -> Mapping[str, FileCommit]:  # noqa: ARG002
        """Return nothing: there are no commits."""
        return {}

    def commit_holding(self, revision: Revision, blobs: Mapping[str, str]) -> str | None:  # noqa: ARG002
        """Return nothing: there are no commits."""
        return None

    def scenarios(self, revision: Revision) -> Mapping[str, Blob]:  # noqa: ARG002
        """Return the scenario files as they are on disk."""
        with readable(self._folder):
            return _files_on_disk(self._folder, scenario_at)

    def history(
        self,
        revision: Revision,  # noqa: ARG002
        read_at: Mapping[str, str],  # noqa: ARG002
        others: Set[str],  # noqa: ARG002
    ) -> History:
        """Return nothing: there are no commits."""
        return History()


class WorktreeSource:
    """Uncommitted files of a Git work tree; history comes from HEAD."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._disk = FolderSource(folder)
        self._git = GitSource(folder)

    def token(self) -> str:
        """Return a value that changes with HEAD and with any content file."""
        with open_repo(self._folder) as repo:
            head = "unborn" if is_unborn(repo) else resolve_ref(repo, "HEAD")
        return f"{head} {self._disk.token()}"

    def revision(self) -> Revision:
        """Return the files on disk, HEAD's commit, and whether they differ."""
        files = _files_on_disk(self._folder)
        with open_repo(self._folder) as repo:
            if is_unborn(repo):
                return Revision(None, dirty=True, files=files)
            commit = commit_of(repo, "HEAD")
            committed = content_tree(repo, commit, prefix_of(repo, self._folder))
        same = {p: b.blob_id for p, b in files.items()} == {p: b.blob_id for p, b in committed.items()}
        return Revision(commit, dirty=not same, files=files)

    def read(self, blobs: Sequence[Blob]) -> dict[str, bytes]:
        """Return the bytes by blob id: from disk where they still are those, else from Git."""
        found: dict[str, bytes] = {}
        for blob in blobs:
            file = self._folder / blob.path
            raw = _bytes_of(file) if file.is_file() else b""
            known = blob_id_of(raw) == blob.blob_id
            found |= {blob.blob_id: raw} if known else self._git.read([blob])
        return found

    def versions(self, revision: Revision, paths: Set[str]) -> Versions:
        """Return the committed versions of files."""
        return {} if revision.commit is None else self._git.versions(revision, paths)

    def last_commits(self, revision: Revision) -> Mapping[str, FileCommit]:
        """Return the last commit of each file that is on disk as it was committed."""
        if revision.commit is None:
            return {}
        with open_repo(self._folder) as repo:
            committed = content_tree(repo, revision.commit, prefix_of(repo, self._folder))
        known = self._git.last_commits(Revision(revision.commit, dirty=False, files=committed))
        return {
            path: commit
            for path, commit in known.items()
            if path in revision.files and revision.files[path].blob_id == committed[path].blob_id
        }

    def commit_holding(self, revision: Revision, blobs: Mapping[str, str]) -> str | None:
        """Return the newest commit along the first parents with these blobs at these paths."""
        return None if revision.commit is None else self._git.commit_holding(revision, blobs)

    def scenarios(self, revision: Revision) -> Mapping[str, Blob]:
        """Return the scenario files as they are on disk."""
        return self._disk.scenarios(revision)

    def history(self, revision: Revision, read_at: Mapping[str, str], others: Set[str]) -> History:
        """Return who wrote the lines of committed files, each as it was at a commit, and about ``others``."""
        return History() if revision.commit is None else self._git.history(revision, read_at, others)


def _walk(folder: Path, kind: Kind = kind_of) -> Iterator[tuple[str, Path]]:
    """Yield the content files on disk, those of a kind, in the order of their paths; follows no links."""
    pending, found = [folder / CONTENT], []
    while pending:
        try:
            entries = list(pending.pop().iterdir())
        except FileNotFoundError:
            continue  # no content folder, or one that vanished: there are no files in it
        for entry in entries:
            if entry.is_dir() and not entry.is_symlink():
                pending.append(entry)
            elif kind(path := entry.relative_to(folder).as_posix()) is not None:
                found.append((path.encode("utf-8", "backslashreplace").decode(), entry))
    return iter(sorted(found))


def _files_on_disk(folder: Path, kind: Kind = kind_of) -> dict[str, Blob]:
    return {path: _blob_on_disk(path, file) for path, file in _walk(folder, kind)}


def _blob_on_disk(path: str, file: Path) -> Blob:
    try:
        if file.is_file() and not file.is_symlink():
            raw = _bytes_of(file)
            return Blob(path, blob_id_of(raw), len(raw))
    except OSError:
        pass  # no permission, or a bad disk: one such file must not hide all others
    return Blob(path, blob_id_of(b""), 0, is_regular=False)


def _bytes_of(file: Path) -> bytes:
    """Return the file's bytes; of a file that is too large only enough to see that it is."""
    with file.open("rb") as stream:
        return stream.read(BYTES_OF_CONTENT_FILE + 1)


__all__ = [
    "Blob",
    "FileCommit",
    "FolderSource",
    "GitSource",
    "Revision",
    "Source",
    "WorktreeSource",
    "open_source",
]
