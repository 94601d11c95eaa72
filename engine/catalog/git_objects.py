"""Reads Git's own objects through GitPython: refs, trees, commits and one file's history.

Nothing here ever changes a repository: no index refresh, no lock, no checkout. And a repository changes
nothing here: its own configuration may come from whoever gave it, so no program that it names is run, nothing
is fetched from where it says, and Git's answers are the same whatever it sets (S26).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import git
from git.exc import BadName, GitError

from engine.budgets import VERSIONS_OF_CONTENT, VERSIONS_OF_CONTENT_FILE
from engine.catalog.layout import CONTENT, kind_of
from engine.errors import UnavailableError

REGULAR_MODES = {"100644", "100755"}
_FIRST_LOG_BATCH = 400
_FEW_FILES = 100
#: What a repository may not settle: programs that reading would run, and what the history looks like.
_SETTLED = (
    "core.fsmonitor=false", "core.hooksPath=/dev/null", "core.pager=cat", "log.showSignature=false",
    "log.showRoot=true", "log.follow=false", "diff.relative=false", "diff.orderFile=/dev/null",
    "color.ui=false", "i18n.logOutputEncoding=UTF-8",
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
    #: When the author wrote it, ISO 8601 with the author's offset.
    authored_at: str


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


def content_tree(repo: git.Repo, commit: str, prefix: str) -> dict[str, Blob]:
    """Return the content files of a commit by their paths below the prefix."""
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
        if kind_of(path) is not None:
            regular = mode in REGULAR_MODES
            files[path] = Blob(path, blob_id, int(size) if size != "-" else 0, regular)
    return files


def last_commits(repo: git.Repo, commit: str, prefix: str, wanted: set[str]) -> dict[str, FileCommit]:
    """Return the newest commit that touched each wanted file, reading no more history than needed."""
    found: dict[str, FileCommit] = {}
    skip, batch = 0, _FIRST_LOG_BATCH
    while wanted - found.keys():
        output: bytes = repo.git.log(
            "-c", "--name-only", "--no-renames", "-z", "--format=%x01%H%x02%an%x02%ae%x02%aI",
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
            current = FileCommit(*text[1:].split("\x02"))
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
    #: When the author wrote it, ISO 8601 with the author's offset.
    authored_at: str
    #: The first line of its message.
    summary: str

    @property
    def authored_on(self) -> date:
        """The day of that."""
        return date.fromisoformat(self.authored_at[:10])


def touches(repo: git.Repo, commit: str, prefix: str, paths: Set[str], most: int) -> list[Touch]:
    """Return the newest first-parent commits that changed one of the files, newest first."""
    output: bytes = repo.git.log(
        "--first-parent", "-z", "--no-renames", "--format=%H%x02%P%x02%an%x02%aI%x02%s",
        f"--max-count={most}", commit, "--", *(prefix + path for path in sorted(paths)),
        stdout_as_string=False,
    )  # fmt: skip
    found = []
    for entry in output.decode("utf-8", "backslashreplace").split("\0"):
        if entry:
            sha, parents, author, authored_at, summary = entry.split("\x02", 4)
            found.append(Touch(sha, parents.split(" ")[0] or None, author, authored_at, summary))
    return found


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
