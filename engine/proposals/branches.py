"""What Git does for a proposal: its commit in a clone of our own, its branch at the remote, its patch.

The clone is the one that content is fetched into. Where content is read from a folder, it is a bare one
beside the store, which takes from that folder's repository what a commit begins from. Neither that repository
nor any branch of the remote but ``proposal/*`` is ever written (product.md decision 10).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import git
from git.exc import GitError

from engine.catalog.git_objects import open_repo, prefix_of
from engine.config import Settings
from engine.errors import UnavailableError
from engine.live_content import git_runs
from engine.live_content.git_runs import Credentials, GitRunError, Remote

#: Who makes the commits; their author is whoever proposes.
_COMMITTER = "Workbench <noreply@workbench.invalid>"
_BRANCHES = "refs/heads/"
_AGAIN = "Edit it again, and offer it once more."
_PATCHES = "refs/workbench/patches/"
_NOT_IN_A_NAME = re.compile(r"[<>\x00-\x1f\x7f-\x9f]")
#: Lines with which `git am` ends a message, or which it takes for who wrote it and when.
_SAYS_MORE = re.compile(r"(?im)^(?=---|diff -|index: |>?from[ :]|date:|subject:|\[patch\])")
_OURS = re.compile(r"proposal/[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a commit says, and where it begins."""

    #: The commit whose files it changes.
    base: str
    #: The last commit of its branch; None for the first.
    earlier: str | None = None
    #: What files say, by their paths below the folder that holds ``content/``; None takes one away.
    texts: Mapping[str, str | None]
    subject: str
    body: str
    author: str
    email: str
    #: Its author's and its committer's: the same change at the same moment is the same commit.
    at: datetime


def name_of(proposal_id: str, template: str) -> str:
    """Return the name of a proposal's branch."""
    slug = re.sub(r"[^a-z0-9]+", "-", template.lower()).strip("-") or "content"
    return f"proposal/{proposal_id[-8:].lower()}-{slug}"


def clone_folder(settings: Settings) -> Path:
    """Return the bare clone that proposals are made in."""
    if settings.content_remote:
        return settings.clone_folder
    return (settings.data_folder / "proposals.git").absolute()


def commit(settings: Settings, change: Change, branch: str) -> str:
    """Make the commit of a change on its branch of our clone, and return it; made again it is the same.

    Raises:
        UnavailableError: our clone, or the repository that content is read from, does not do it; says why.
    """
    return _commit(settings, change, f"{_BRANCHES}{_checked(branch)}")


def patch(settings: Settings, change: Change, proposal_id: str) -> str:
    """Return a change as `git am` takes it, whatever its author wrote about it. Raises as ``commit``.

    A line of theirs that would end the message there, with another patch behind it, or name somebody else as
    the author, stands a space further in.
    """
    change = replace(change, body=_SAYS_MORE.sub(" ", change.body.strip()))
    made = _commit(settings, change, f"{_PATCHES}{proposal_id}")
    words = (
        "--stdout",
        "-1",
        "--no-renames",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--no-signature",
    )
    return _told(clone_folder(settings), "format-patch", *words, made)


def publish(
    settings: Settings, credentials: Credentials, branch: str, made: str, *, known: str | None
) -> None:
    """Have the remote's branch be at a commit of our clone; what it is at already is left alone.

    ``known`` is where we last put it. A commit that is neither that nor in our clone is somebody else's, and
    is not overwritten.

    Raises:
        UnavailableError: it cannot be pushed; says why.
    """
    ref, remote = f"{_BRANCHES}{_checked(branch)}", Remote(settings.content_remote, credentials)
    there = _there(settings, remote, ref)
    if there == made:
        return
    if not _has(clone_folder(settings), made):
        raise UnavailableError(
            f"The commit {made[:12]} of {branch} is not in the clone {clone_folder(settings)} any more. "
            f"{_AGAIN}",
            public=f"The commit {made[:12]} of {branch} is not there any more. {_AGAIN}",
        )
    if there is not None and not _is_ours(settings, there, known):
        raise UnavailableError(
            f"The branch {branch} was changed at the remote by somebody else, to {there[:12]}. Nothing was "
            "overwritten: take what is there over by its pull request, or withdraw this and propose anew."
        )
    _push(settings, remote, branch, f"--force-with-lease={ref}:{there or ''}", f"{made}:{ref}")


def retract(settings: Settings, credentials: Credentials, branch: str, *, known: str | None) -> None:
    """Have the remote have no such branch; one that somebody else changed stays.

    Raises:
        UnavailableError: it cannot be taken away; says why.
    """
    ref, remote = f"{_BRANCHES}{_checked(branch)}", Remote(settings.content_remote, credentials)
    there = _there(settings, remote, ref)
    if there is None:
        return
    if not _is_ours(settings, there, known):
        raise UnavailableError(
            f"The branch {branch} was changed at the remote by somebody else, to {there[:12]}, so it stays. "
            "Delete it there once nobody needs it."
        )
    _push(settings, remote, branch, f"--force-with-lease={ref}:{there}", f":{ref}")


def is_part_of(settings: Settings, made: str, live: str) -> bool:
    """Say whether a commit is in the history of the live one; a repository without it says no.

    Raises:
        UnavailableError: the repository that content is read from cannot be read.
    """
    with open_repo(settings.content_place[0]) as repo:
        try:
            repo.git.merge_base("--is-ancestor", made, live)
        except git.GitCommandError as error:
            if error.status in (1, 128):  # it is not, or the repository has no such commit
                return False
            raise
        return True


def _commit(settings: Settings, change: Change, ref: str) -> str:
    folder, prefix = _prepared(settings, change.base)
    earlier = change.earlier if change.earlier and _has(folder, change.earlier) else None
    stream = b"".join(_stream(change, ref, prefix, earlier, _modes(folder, change, prefix)))
    words = ("fast-import", "--quiet", "--force", "--date-format=raw", "--done")
    return _told(folder, *words, given=stream).strip()


def _stream(
    change: Change, ref: str, prefix: str, earlier: str | None, modes: Mapping[str, str]
) -> Iterator[bytes]:
    """Yield what `git fast-import` makes the commit of."""
    author = _NOT_IN_A_NAME.sub("", change.author).strip() or change.email
    moment = f"{int(change.at.timestamp())} +0000"
    message = f"{' '.join(change.subject.split())}\n\n{change.body.rstrip()}".strip() + "\n"
    yield f"commit {ref}\nmark :1\n".encode()
    yield f"author {author} <{_NOT_IN_A_NAME.sub('', change.email)}> {moment}\n".encode()
    yield f"committer {_COMMITTER} {moment}\n".encode()
    yield _data(message)
    yield f"from {change.base}\n".encode()
    if earlier is not None:
        yield f"merge {earlier}\n".encode()
    for path, text in sorted(change.texts.items()):
        quoted = '"' + re.sub(r'(["\\])', r"\\\1", prefix + path) + '"'
        if text is None:
            yield f"D {quoted}\n".encode()
        else:
            yield f"M {modes.get(path, '100644')} inline {quoted}\n".encode() + _data(text)
    yield b"\nget-mark :1\ndone\n"


def _data(text: str) -> bytes:
    raw = text.encode("utf-8")
    return b"data %d\n%s\n" % (len(raw), raw)


def _modes(folder: Path, change: Change, prefix: str) -> dict[str, str]:
    """Return which of the files may be run as programs, so that they stay so."""
    paths = [prefix + path for path in change.texts]
    with open_repo(folder) as repo:
        listed = repo.git.ls_tree("-z", "--full-tree", change.base, "--", *paths).split("\0")
    found = (entry.split("\t", 1) for entry in listed if entry)
    return {path.removeprefix(prefix): "100755" for facts, path in found if facts.startswith("100755")}


def _prepared(settings: Settings, base: str) -> tuple[Path, str]:
    """Return our clone, which has a commit, and where content lies in it."""
    folder = clone_folder(settings)
    source, _ = settings.content_place
    with open_repo(source) as repo:
        prefix, address = prefix_of(repo, source), Path(repo.common_dir).resolve()
    try:
        if not (folder / "HEAD").exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            git.Repo.init(folder, bare=True).close()
    except (GitError, OSError) as error:
        raise _refusal(folder, str(error)) from error
    if not settings.content_remote and not _has(folder, base):
        words = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--end-of-options")
        fetched = (str(address), f"+{base}:refs/workbench/bases/{base}")
        _told(folder, *words, *fetched, remote=Remote(str(address)))
    return folder, prefix


def _has(folder: Path, found: str) -> bool:
    with open_repo(folder) as repo:
        try:
            repo.git.cat_file("-e", f"{found}^{{commit}}")
        except git.GitCommandError:
            return False
        return True


def _there(settings: Settings, remote: Remote, ref: str) -> str | None:
    """Return where the remote has a ref; None where it has none."""
    words = ("ls-remote", "--refs", "--end-of-options", remote.address, ref)
    listed = [line.split("\t") for line in _told(clone_folder(settings), *words, remote=remote).splitlines()]
    return next((found for found, name in listed if name == ref), None)


def _is_ours(settings: Settings, there: str, known: str | None) -> bool:
    return there == known or _has(clone_folder(settings), there)


def _push(settings: Settings, remote: Remote, branch: str, lease: str, refspec: str) -> None:
    words = ("push", "--quiet", "--no-verify", "--no-follow-tags", lease, "--end-of-options", remote.address)
    try:
        git_runs.run(clone_folder(settings), *words, refspec, remote=remote)
    except GitRunError as error:
        address = git_runs.without_users(remote.address)
        said = str(error).replace(address, "the remote")
        raise UnavailableError(
            f"The branch {branch} cannot be pushed to {address}: {error}. Nothing else is changed there.",
            public=f"The branch {branch} cannot be pushed: {said}. Nothing else is changed there.",
        ) from error


def _told(folder: Path, *words: str, remote: Remote | None = None, given: bytes = b"") -> str:
    try:
        return git_runs.run(folder, *words, remote=remote, given=given)
    except GitRunError as error:
        raise _refusal(folder, str(error)) from error


def _refusal(folder: Path, reason: str) -> UnavailableError:
    return UnavailableError(
        f"Git cannot do this in the clone {folder}: {' '.join(reason.split()).rstrip('.')}.",
        public="The proposal cannot be put into Git at this moment.",
    )


def _checked(branch: str) -> str:
    """Refuse any name but one that ``name_of`` gives: nothing else is ever pushed."""
    if not _OURS.fullmatch(branch):
        raise ValueError(f"{branch!r} is no branch of a proposal")
    return branch
