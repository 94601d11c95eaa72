"""Who has to mend a file of the content is told in their inbox, until it is well again (CNT-11)."""

from __future__ import annotations

from collections.abc import Mapping

from engine.access import ActorKind
from engine.accounts import actors
from engine.accounts.models import User
from engine.accounts.service import find_by_email
from engine.catalog.content import Content
from engine.catalog.problems import Problem, ProblemCode
from engine.catalog.source import FileCommit
from engine.notifications.models import Notification, NotificationKind
from engine.notifications.service import call_off, notify
from engine.transaction import Transaction

#: So many of the errors of one file are told; the check has them all.
_MOST = 10
#: So many files are told at once; the page Templates has them all, and the next commit tells of others.
MOST_FILES = 50


def tell(tx: Transaction, content: Content, base: Content | None) -> int:
    """Tell of each file with an error, once for each version of it; return of how many.

    Whoever wrote the version is told, by the e-mail of its commit; managers are where nobody of the team has
    that, or where the file is as it was in ``base``, so that a change of another one broke it. Of a commit
    that breaks more than ``MOST_FILES`` the first are told.
    """
    open_keys = [one.key for one in _open(tx)]
    told = 0
    for path, problems in _errors(content).items():
        key = _key(content, path)
        if any(_is_of(one, key) for one in open_keys):
            continue
        if told == MOST_FILES:
            break
        if tx.find(Notification, key=key, limit=1):  # mended since, and broken again in the same way
            key = f"{key}@{content.commit}"
        writer = content.last_commit(path) if base is None or _is_other(content, base, path) else None
        user = _user_of(tx, writer) if writer else None
        whom = [user] if user else actors.managers_among(tx.find(User))
        notify(
            tx,
            user_ids=[one.user_id for one in whom],
            kind=NotificationKind.CONTENT_BROKEN,
            title=f"{path} has {_count(len(problems), 'error')}",
            lines=_lines(content, path, problems, writer, is_theirs=user is not None),
            key=key,
        )
        told += 1
    return told


def call_off_what_is_mended(tx: Transaction, content: Content) -> int:
    """Take out of inboxes what is right again, gone, or wrong in another way; return how much."""
    keys = [_key(content, path) for path in _errors(content)]
    mended = [one for one in _open(tx) if not any(_is_of(one.key, key) for key in keys)]
    for one in mended:
        call_off(tx, one)
    return len(mended)


def _open(tx: Transaction) -> list[Notification]:
    people = [user.user_id for user in tx.find(User)]
    found = tx.find(Notification, user_id=people, is_listed=True)
    return [one for one in found if one.kind is NotificationKind.CONTENT_BROKEN]


def _errors(content: Content) -> Mapping[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    for problem in content.problems:
        is_told = problem.is_error and problem.code != ProblemCode.MANY_PROBLEMS
        if is_told and problem.file in content.files:
            found.setdefault(problem.file, []).append(problem)
    return found


def _key(content: Content, path: str) -> str:
    return f"content_broken:{path}:{_blob(content, path)}"


def _is_of(key: str, of_version: str) -> bool:
    return key == of_version or key.startswith(f"{of_version}@")


def _blob(content: Content, path: str) -> str | None:
    blob = content.revision.files.get(path) if content.revision else None
    return blob.blob_id if blob else None


def _is_other(content: Content, base: Content, path: str) -> bool:
    return _blob(content, path) != _blob(base, path)


def _user_of(tx: Transaction, writer: FileCommit) -> User | None:
    """Return who of the team signs in with the address of a commit."""
    user = find_by_email(tx, writer.email)
    is_of_team = user is not None and user.is_active and actors.kind_of(user) is ActorKind.USER
    return user if is_of_team else None


def _lines(
    content: Content, path: str, problems: list[Problem], writer: FileCommit | None, *, is_theirs: bool
) -> list[str]:
    lines = [f"Line {one.line}: {one.message} {one.hint}".rstrip() for one in problems[:_MOST]]
    if len(problems) > _MOST:
        lines.append(f"And {len(problems) - _MOST} more.")
    if writer is None:
        lines.append("The file is as it was: a change of another one broke it.")
    elif is_theirs:
        lines.append(f"It came with your commit {writer.commit[:12]}.")
    else:
        lines.append(
            f"It came with commit {writer.commit[:12]} by {writer.author}, who does not sign in here."
        )
    kept = [
        one.message for one in content.problems if one.file == path and one.code == ProblemCode.QUARANTINED
    ]
    lines += kept or ["Until it is mended, what needs it cannot be started."]
    lines.append(
        "Mend it as content is changed, by pull request; `workbench content check` says whether it is right. "
        "This goes away by itself then."
    )
    return lines


def _count(number: int, noun: str) -> str:
    return f"an {noun}" if number == 1 else f"{number} {noun}s"
