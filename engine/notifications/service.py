"""Telling somebody something: written with what it reports, told once (RMD-05, RMD-09)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from engine.accounts.models import User
from engine.audit import topics
from engine.audit.models import Action
from engine.notifications.models import About, Notification, NotificationKind
from engine.transaction import Transaction

#: Longer titles are cut, as the subject of an e-mail is.
LONGEST_TITLE = 300
_NOTHING = About()


def notify(
    tx: Transaction,
    *,
    user_ids: Iterable[str],
    kind: NotificationKind,
    title: str,
    lines: Sequence[str] = (),
    about: About = _NOTHING,
    key: str,
) -> list[Notification]:
    """Tell some people something, in the transaction of what it reports: it goes out if that commits.

    Each gets one notification per ``key``: whoever was told under this key before is not told again, whatever
    else is said now, and what they were told then is returned. What no inbox shows by itself
    (``models.LISTED``) is an item of theirs; beside that it goes out by the ways that the person has chosen
    for its ``kind``, at once or with their messages of a day, never within their quiet hours. Who may not
    sign in any more, and who is no user of this workspace, is told nothing.

    ``title`` and ``lines`` are plain text, said to the person alone: to a partner's people nothing of how the
    work came about. ``about`` says where the message leads: to the bundle, else to the first task that they
    see.
    """
    told: list[Notification] = []
    wanted = list(dict.fromkeys(user_ids))
    tx.read_ahead({User: wanted})
    known = {one.user_id: one for one in tx.find(Notification, user_id=wanted, key=key)} if wanted else {}
    for user_id in wanted:
        user = tx.find_by_key(User, user_id)
        if user is None or not user.is_active:
            continue
        if user_id not in known:
            facts = {"kind": kind, "title": one_line(title), "lines": list(lines), "key": key}
            ids = {"about_task_ids": list(about.task_ids), "about_bundle_id": about.bundle_id}
            known[user_id] = _tell(tx, user, {**facts, **ids})
        told.append(known[user_id])
    return told


def one_line(text: str) -> str:
    """Put a text into one line that is no longer than a title."""
    return " ".join(text.split())[:LONGEST_TITLE]


def _tell(tx: Transaction, user: User, facts: dict[str, Any]) -> Notification:
    ids = {"notification_id": tx.new_id(Notification), "workspace_id": tx.workspace_id}
    moments = {"due_at": tx.now, "created_at": tx.now, "updated_at": tx.now}
    notification = tx.add(Notification.model_validate({"user_id": user.user_id, **ids, **moments, **facts}))
    concerning = [topics.inbox_of(user.user_id)] if notification.is_listed else []
    summary = f"{user.name} is told: {notification.title}"
    after = {"kind": notification.kind.value}
    tx.record(Action.NOTIFICATION_MADE, notification, summary, after=after, concerning=concerning)
    return notification
