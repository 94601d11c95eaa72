"""Reads Git's own objects through GitPython: refs, trees, commits and one file's history.

Nothing here ever changes a repository: no index refresh, no lock, no checkout. And a repository changes
nothing here: its own configuration may come from whoever gave it, so no program that it names is run, nothing
is fetched from where it says, and Git's answers are the same whatever it sets (S26).
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import git
from git.exc import BadName, GitError

from engine.budgets import (
    COMMITS_OF_BLAME,
    SECONDS_OF_BLAME,
    VERSIONS_OF_CONTENT,
    VERSIONS_OF_CONTENT_FILE,
)
from engine.catalog.blame import History, known_date, merges_of, set_by, shown
from engine.catalog.layout import CONTENT, Place, kind_of
from engine.errors import UnavailableError

REGULAR_MODES = {"100644", "100755"}
_FIRST_LOG_BATCH = 400
_FEW_FILES = 100
#: Said of a file whose history could not be read in time.
TOO_LONG = "Git took too long to read the history of the file."
#: Files with their lines, at most a few hundred each.
_MOST_LINES = 500
_lines: OrderedDict[tuple[str, str, str], tuple[Line, ...]] = OrderedDict()
_lock = Lock()
#: What begins the lines of ``git blame --porcelain`` that name a commit.
_BLAMED = re.compile(rb"[0-9a-f]{40,64} \d+ \d+")
#: What a repository may not settle: programs that reading would run, and what the history looks like.
_SETTLED = (
    "core.fsmonitor=false", "core.hooksPath=/dev/null", "core.pager=cat", "log.showSignature=false",
    "log.showRoot=true", "log.follow=false", "diff.relative=false", "diff.orderFile=/dev/null",
    "color.ui=false", "i18n.logOutputEncoding=UTF-8", "log.mailmap=false", "mailmap.file=/dev/null",
    "trailer.separators=:",
)  # fmt: skip
_ENVIRONMENT = {
    # `git status` would write the index, and paths could hold patterns.
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    # A partial clone fetches what it lacks by a program of its choice; no protocol is allowed to do that.
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_LAZY_FETCH": "1",
    # A bundle names the commit it was made from: that one's files, not those of a commit that replaces it.
    "GIT_NO_REPLACE_OBJECTS": "1",
}


@dataclass(frozen=True)
class FileCommit:
    """The commit that last changed a file."""

    commit: str
    author: str
    email: str
    #: When the author wrote it, ISO 8601 with the author's offset; empty where no calendar has it.
    authored_at: str


class Line(NamedTuple):
    """One line of a file, and the commit that wrote it."""

    commit: str
    is_blank: bool


class CommitMessage(NamedTuple):
    """Who wrote a commit, and what its message says."""

    author: str
    #: ISO 8601 with the author's offset.
    authored_at: str
    summary: str
    #: Names with addresses, ``\x1f`` between them.
    reviewers: str
    co_authors: str


@dataclass(frozen=True)
class Blob:
    """One version of one file, not read yet. ``blob_id`` is Git's, also where there is no Git."""

    path: str
    blob_id: str
    size: int
    #: False for links and submodules, whose bytes are never read.
    is_regular: bool = True


@contextmanager
def readable(folder: Path) -> Iterator[None]:
    """Turn what Git or the disk say inside the block into UnavailableError."""
    try:
        yield
    except (GitError, BadName, OSError, ValueError) as error:
        raise UnavailableError(
            f"The content at {folder} cannot be read: {_words(error)}.",
            public="The content cannot be read at this moment.",
        ) from error


@contextmanager
def open_repo(folder: Path) -> Iterator[git.Repo]:
    """Open the repository around a folder for one reading.

    Raises UnavailableError where there is none, or where reading it fails inside the block.
    """
    with readable(folder), git.Repo(folder, search_parent_directories=True) as repo:
        repo.git.update_environment(**_ENVIRONMENT)
        repo.git.set_persistent_git_options(c=list(_SETTLED))
        yield repo


def is_unborn(repo: git.Repo) -> bool:
    """Whether HEAD is a branch without any commit yet."""
    try:
        git.SymbolicReference.dereference_recursive(repo, "HEAD")
    except ValueError:
        return True
    except AssertionError:  # what GitPython says of a ref file that is empty: torn, not unborn
        return False
    return False


def _words(error: BaseException) -> str:
    if isinstance(error, git.GitCommandError):
        return str(error.stderr).strip().removeprefix("stderr: ").strip("'") or str(error)
    return str(error)


def resolve_ref(repo: git.Repo, ref: str) -> str:
    """Read the commit that an ordinary ``ref`` points at, without starting a process."""
    for name in (ref, f"refs/heads/{ref}", f"refs/tags/{ref}", f"refs/remotes/{ref}"):
        if name == "HEAD" or name.startswith("refs/"):
            try:
                return git.SymbolicReference.dereference_recursive(repo, name)
            except (ValueError, OSError, AssertionError):
                continue  # not stored as that kind of ref: try the next, at last Git itself
    return commit_of(repo, ref)


def commit_of(repo: git.Repo, ref: str) -> str:
    """Return the full SHA of the commit that ``ref`` names; UnavailableError where it names none."""
    try:
        sha: str = repo.git.rev_parse("--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    except git.GitCommandError as error:
        raise UnavailableError(
            f"{ref} names no commit of the repository at {repo.git_dir}. "
            "Give an existing branch, tag or commit.",
            public=f"{ref} names no commit of the content.",
        ) from error
    return sha.strip()


def is_shallow(repo: git.Repo) -> bool:
    """Whether the clone has a part of the history alone."""
    return str(repo.git.rev_parse("--is-shallow-repository")).strip() == "true"


def merge_base(repo: git.Repo, one: str, other: str) -> str | None:
    """Return the newest commit that two commits come from; None where the repository knows none."""
    try:
        return str(repo.git.merge_base("--end-of-options", one, other)).strip()
    except git.GitCommandError as error:
        if error.status == 1:  # how Git says that there is none
            return None
        raise


def prefix_of(repo: git.Repo, folder: Path) -> str:
    """Return the path of ``folder`` below the top of the repository, empty or ending in a slash."""
    if repo.working_tree_dir is None:
        return ""
    relative = folder.resolve().relative_to(Path(repo.working_tree_dir).resolve()).as_posix()
    return "" if relative == "." else relative + "/"


def content_tree(
    repo: git.Repo, commit: str, prefix: str, kind: Callable[[str], Place | None] = kind_of
) -> dict[str, Blob]:
    """Return the content files of a commit, those that are of a kind, by their paths below the prefix."""
    output: bytes = repo.git.ls_tree(
        "-r", "-l", "-z", "--full-tree", commit, "--", prefix + CONTENT, stdout_as_string=False
    )
    files = {}
    for entry in output.split(b"\0"):
        if not entry:
            continue
        details, raw_path = entry.split(b"\t", 1)
        mode, _, blob_id, size = details.decode().split()
        path = raw_path.decode("utf-8", "backslashreplace").removeprefix(prefix)
        if kind(path) is not None:
            regular = mode in REGULAR_MODES
            files[path] = Blob(path, blob_id, int(size) if size != "-" else 0, regular)
    return files


def last_commits(repo: git.Repo, commit: str, prefix: str, wanted: set[str]) -> dict[str, FileCommit]:
    """Return the newest commit that touched each wanted file, reading no more history than needed."""
    found: dict[str, FileCommit] = {}
    skip, batch = 0, _FIRST_LOG_BATCH
    while wanted - found.keys():
        output: bytes = repo.git.log(
            "-c", "--name-only", "--no-renames", "-z", "--format=%x01%H%n%an%n%ae%n%aI",
            f"--skip={skip}", f"--max-count={batch}", commit, "--", prefix + CONTENT, stdout_as_string=False,
        )  # fmt: skip
        seen = _collect(output.decode("utf-8", "backslashreplace"), prefix, wanted, found)
        if seen < batch:
            break
        skip, batch = skip + batch, batch * 4
    return found


def _collect(output: str, prefix: str, wanted: set[str], found: dict[str, FileCommit]) -> int:
    """Add the first commit seen for each wanted file to ``found``; return the number of commits."""
    commits = 0
    current: FileCommit | None = None
    for token in output.split("\0"):
        text = token.lstrip("\n")
        if text.startswith("\x01"):
            commits += 1
            # Whoever commits may put any sign into a name but the end of a line.
            sha, author, email, authored_at = text[1:].split("\n")
            current = FileCommit(sha, shown(author), shown(email), known_date(authored_at))
        elif text and current is not None:
            path = text.removeprefix(prefix)
            if path in wanted:
                found.setdefault(path, current)
    return commits


@dataclass(frozen=True)
class Touch:
    """One commit that changed some of the files that were asked for."""

    commit: str
    #: The commit before it; None of the first.
    parent: str | None
    author: str
    #: When the author wrote it, ISO 8601 with the author's offset; empty where no calendar has it.
    authored_at: str
    #: The first line of its message.
    summary: str

    @property
    def authored_on(self) -> date | None:
        """The day of that; None where it is not known."""
        return date.fromisoformat(self.authored_at[:10]) if self.authored_at else None


def touches(repo: git.Repo, commit: str, prefix: str, paths: Set[str], most: int) -> list[Touch]:
    """Return the newest first-parent commits that changed one of the files, newest first."""
    output: bytes = repo.git.log(
        "--first-parent", "-z", "--no-renames", "--format=%H%x00%P%x00%aI%x00%an%x00%s",
        f"--max-count={most}", commit, "--", *(prefix + path for path in sorted(paths)),
        stdout_as_string=False,
    )  # fmt: skip
    texts = output.decode("utf-8", "backslashreplace").split("\0")
    return [
        Touch(sha, parents.split(" ")[0] or None, shown(author), known_date(authored_at), shown(summary))
        for sha, parents, authored_at, author, summary in zip(*[iter(texts)] * 5, strict=False)
    ]


def older_versions(
    repo: git.Repo, commit: str, prefix: str, paths: Set[str]
) -> dict[str, list[tuple[str, Blob]]]:
    """Return (commit, blob) of each file along the first parents of ``commit``, newest first.

    All files in one pass over the history; where so many are asked for that Git would be slow to tell them
    apart, over the last commits alone.
    """
    few = len(paths) <= _FEW_FILES
    named = [prefix + path for path in sorted(paths)] if few else [prefix + CONTENT]
    most = VERSIONS_OF_CONTENT if few else VERSIONS_OF_CONTENT_FILE
    output: bytes = repo.git.log(
        "--first-parent", "-m", "--raw", "-z", "--no-abbrev", "--no-renames", "--format=%x01%H",
        f"--max-count={most}", commit, "--", *named, stdout_as_string=False,
    )  # fmt: skip
    found: dict[str, list[tuple[str, Blob]]] = {}
    changed_by, change = "", [""]
    for token in output.decode("utf-8", "backslashreplace").split("\0"):
        text = token.lstrip("\n")
        if text.startswith("\x01"):
            changed_by = text[1:]
        elif text.startswith(":"):
            change = text.split(" ")
        elif (path := text.removeprefix(prefix)) in paths and change[-1] != "D":
            blob = Blob(path, change[3], 0, change[1] in REGULAR_MODES)
            found.setdefault(path, []).append((changed_by, blob))
    return {path: versions[:VERSIONS_OF_CONTENT_FILE] for path, versions in found.items()}


def commit_holding(repo: git.Repo, commit: str, prefix: str, blobs: Mapping[str, str]) -> str | None:
    """Return the newest first-parent commit, from ``commit`` back, with these blobs at these paths.

    One pass over the commits that changed one of the paths, taking back what each of them did.
    """
    there = {path: blob.blob_id for path, blob in content_tree(repo, commit, prefix).items() if path in blobs}
    if there == blobs:
        return commit
    output: bytes = repo.git.log(
        "--first-parent", "-m", "--raw", "-z", "--no-abbrev", "--no-renames", "--format=%x01%P",
        commit, "--", *(prefix + path for path in sorted(blobs)), stdout_as_string=False,
    )  # fmt: skip
    parent, before = "", ""
    for token in [*output.decode("utf-8", "backslashreplace").split("\0"), "\x01"]:
        text = token.lstrip("\n")
        if text.startswith("\x01"):
            if parent and there == blobs:
                return parent
            parent = text[1:].split(" ")[0]
        elif text.startswith(":"):
            before = text.split(" ")[2]
        elif (path := text.removeprefix(prefix)) in blobs:
            there[path] = before
    return None


def history_of(
    repo: git.Repo, head: str, prefix: str, read_at: Mapping[str, str], others: Set[str]
) -> History:
    """Return who wrote the lines of files, each as it was at the commit given with it.

    ``others`` are commits to tell of as well. A file whose lines take too long to read is left out.
    """
    ends_at = time.monotonic() + SECONDS_OF_BLAME
    lines: dict[str, tuple[Line, ...]] = {}
    unknown: dict[str, str] = {}
    for path, commit in sorted(read_at.items()):
        left = ends_at - time.monotonic()
        found = _remembered_lines(repo, commit, prefix + path, left)
        if found is None:
            unknown[path] = TOO_LONG
        else:
            lines[path] = found
    wanted = {line.commit for found in lines.values() for line in found} | others
    parents = parents_of(repo, head)
    merges = {commit: merge for commit, merge in merges_of(parents, head).items() if commit in wanted}
    said = messages_of(repo, wanted | set(merges.values()))
    commits = set_by(said, merges, cut_off(repo))
    places = {commit: place for place, commit in enumerate(parents)}
    newest_first = sorted(commits, key=lambda commit: places.get(commit, len(places)))
    return History(lines, {commit: commits[commit] for commit in newest_first}, unknown)


def _remembered_lines(repo: git.Repo, commit: str, path: str, seconds: float) -> tuple[Line, ...] | None:
    """Return ``lines_of``, read once for all templates of a revision; None where the time is over."""
    key = (str(repo.common_dir), commit, path)
    with _lock:
        found = _lines.get(key)
    if found is None and seconds > 0:
        try:
            found = lines_of(repo, commit, path, seconds)
        except git.GitCommandError:
            return None
        with _lock:
            _lines[key] = found
            while len(_lines) > _MOST_LINES:
                _lines.popitem(last=False)
    return found


def lines_of(repo: git.Repo, commit: str, path: str, seconds: float) -> tuple[Line, ...]:
    """Return who wrote each line of a file as it was at ``commit``: a pass over the history of that file.

    What a commit says never changes. Raises GitCommandError where it takes longer than so many seconds.
    """
    output: bytes = repo.git.blame(
        "--porcelain", "--no-textconv", "--ignore-revs-file=", commit, "--", path,
        stdout_as_string=False, strip_newline_in_stdout=False, kill_after_timeout=seconds,
    )  # fmt: skip
    found: list[Line] = []
    writer = ""
    for line in output.split(b"\n"):
        if line.startswith(b"\t"):
            found.append(Line(writer, is_blank=not line.strip()))
        elif _BLAMED.match(line):
            writer = line.split(b" ", 1)[0].decode()
    return tuple(found)


def parents_of(repo: git.Repo, commit: str) -> dict[str, list[str]]:
    """Return the parents of each commit from ``commit`` back, no commit before one that came after it."""
    output: str = repo.git.rev_list(
        "--topo-order", "--parents", f"--max-count={COMMITS_OF_BLAME}", commit,
        kill_after_timeout=SECONDS_OF_BLAME,
    )  # fmt: skip
    return {own: parents for own, *parents in map(str.split, output.splitlines())}


def messages_of(repo: git.Repo, commits: Iterable[str]) -> dict[str, CommitMessage]:
    """Return who wrote each commit and what its message says; nothing of those that are not there."""
    named = sorted(commits)
    if not named:
        return {}
    output: bytes = repo.git.log(
        "--no-walk=unsorted", "--ignore-missing", "-z",
        "--format=%H%x00%an%x00%aI%x00%s%x00"
        "%(trailers:key=Reviewed-by,key=Approved-by,valueonly,unfold,separator=%x1f)%x00"
        "%(trailers:key=Co-authored-by,valueonly,unfold,separator=%x1f)",
        *named, "--", stdout_as_string=False, strip_newline_in_stdout=False,
        kill_after_timeout=SECONDS_OF_BLAME,
    )  # fmt: skip
    texts = output.decode("utf-8", "backslashreplace").split("\0")
    whole = zip(*[iter(texts)] * 6, strict=False)
    return {commit: CommitMessage(*said) for commit, *said in whole}


def cut_off(repo: git.Repo) -> frozenset[str]:
    """Return the commits at which a shallow clone ends, whose parents it does not have."""
    file = Path(repo.common_dir) / "shallow"
    return frozenset(file.read_text("ascii").split()) if file.is_file() else frozenset()
