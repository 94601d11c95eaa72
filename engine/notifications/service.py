"""Telling somebody something: written with what it reports, told once (RMD-05, RMD-09)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.accounts.models import User
from engine.audit import topics
from engine.audit.models import Action
from engine.clock import to_text
from engine.jobs import putting
from engine.jobs.models import Lane
from engine.notifications import choices, timing
from engine.notifications.models import About, Notification, NotificationKind, Way
from engine.transaction import Transaction

#: Longer titles are cut, as the subject of an e-mail is; longer lines, and more of them, too.
LONGEST_TITLE, LONGEST_LINE, MOST_LINES = 300, 1000, 20
#: The kind of job by which each way goes out, and how often it is tried: for about seven hours.
JOBS = {Way.MAIL: "send_mail", Way.CHAT: "send_chat"}
MOST_ATTEMPTS = 12
_NOTHING = About()
#: What no text holds that is kept.
_CONTROLS = re.compile("[\\x00-\\x1f\\x7f-\\x9f]")


def notify(
    tx: Transaction,
    *,
    user_ids: Iterable[str],
    kind: NotificationKind,
    title: str,
    lines: Sequence[str] = (),
    about: About = _NOTHING,
    key: str,
    goes_out: bool = True,
) -> list[Notification]:
    """Tell some people something, in the transaction of what it reports: it goes out if that commits.

    Each gets one notification per ``key``: whoever was told under this key before is not told again, whatever
    else is said now, and what they were told then is returned. What no inbox shows by itself
    (``models.LISTED``) is an item of theirs; beside that it goes out by the ways that the person has chosen
    for its ``kind``, at once or with their messages of a day, never within their quiet hours. Who may not
    sign in any more, and who is no user of this workspace, is told nothing.

    ``title`` and ``lines`` are plain text, said to the person alone: to a partner's people nothing of how the
    work came about. ``about`` says what they are told of; e-mails of one bundle stand together. With
    ``goes_out`` false the inbox alone tells it.
    """
    wanted = list(dict.fromkeys(user_ids))
    tx.read_ahead({User: wanted})
    users = [user for user_id in wanted if (user := tx.find_by_key(User, user_id)) and user.is_active]
    facts: dict[str, Any] = {"kind": kind, "title": title, "lines": lines, "key": key, "about": about}
    facts["goes_out"] = goes_out
    return [made for user in users for made in tell_together(tx, user, [facts])]


def tell_together(tx: Transaction, user: User, told: Sequence[Mapping[str, Any]]) -> list[Notification]:
    """Tell one person several things in one message; each is what ``notify`` takes."""
    keys = [facts["key"] for facts in told]
    known = {one.key: one for one in tx.find(Notification, user_id=user.user_id, key=keys)}
    fresh = [_add(tx, user, **facts) for facts in told if facts["key"] not in known]
    _put_jobs(tx, user, fresh)
    made = {**known, **{one.key: one for one in fresh}}
    return [made[key] for key in keys]


def call_off(tx: Transaction, notification: Notification) -> None:
    """Take what somebody was told out of their inbox, as it is over; what did not go out yet never does."""
    notification.over_at = tx.now
    if notification.sent_at is None:
        notification.ways = []
    tx.save(notification)
    concerning = [topics.inbox_of(notification.user_id)]
    summary = f"It is over: {notification.title}"
    tx.record(Action.NOTIFICATION_OVER, notification, summary, concerning=concerning)


def one_line(text: str) -> str:
    """Put a text into one line that is no longer than a title."""
    return " ".join(_CONTROLS.sub(" ", text).split())[:LONGEST_TITLE]


def _add(
    tx: Transaction,
    user: User,
    *,
    kind: NotificationKind,
    title: str,
    lines: Sequence[str],
    key: str,
    about: About,
    goes_out: bool = True,
) -> Notification:
    chosen = choices.of(tx, [user])[user.user_id]
    ways = choices.ways_to(tx.settings, user, chosen, kind) if goes_out else []
    notification = tx.add(
        Notification(
            notification_id=tx.new_id(Notification),
            workspace_id=tx.workspace_id,
            user_id=user.user_id,
            kind=kind,
            key=key,
            title=one_line(title),
            lines=[_CONTROLS.sub(" ", line)[:LONGEST_LINE] for line in lines[:MOST_LINES]],
            about_task_ids=list(about.task_ids),
            about_bundle_id=about.bundle_id,
            ways=ways,
            due_at=timing.goes_out(chosen, tx.wall_clock, user.timezone or tx.workspace_zone)
            if ways
            else tx.wall_clock,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    concerning = [topics.inbox_of(user.user_id)] if notification.is_listed else []
    summary = f"{user.name} is told: {notification.title}"
    after = {"kind": kind.value, "ways": [*ways]}
    tx.record(Action.NOTIFICATION_MADE, notification, summary, after=after, concerning=concerning)
    return notification


def _put_jobs(tx: Transaction, user: User, fresh: Sequence[Notification]) -> None:
    """Put one job per way: for what goes out now, and for all that goes out at one moment later."""
    for way in Way:
        now = [one for one in fresh if way in one.ways and one.due_at <= tx.wall_clock]
        if now:
            ids = [one.notification_id for one in now]
            _put(tx, way, f"{way}:{ids[0]}", {"notification_ids": ids}, now[0])
        for one in fresh:
            if way in one.ways and one.due_at > tx.wall_clock:
                moment = to_text(one.due_at)
                args = {"user_id": user.user_id, "due_at": moment}
                _put(tx, way, f"{way}:{user.user_id}:{moment}", args, one)


def _put(tx: Transaction, way: Way, key: str, args: dict[str, Any], one: Notification) -> None:
    putting.put(
        tx,
        JOBS[way],
        key=key,
        args=args,
        not_before=one.due_at,
        lane=Lane(name=f"messages by {way}"),
        max_attempts=MOST_ATTEMPTS,
    )
