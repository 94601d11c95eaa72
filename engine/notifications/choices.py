"""What people want to be told outside of the inbox: what they chose, else what is usual for them."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from typing import Any

from engine.access import ActorKind
from engine.accounts import actors, passwords
from engine.accounts.models import User
from engine.audit.models import Action
from engine.config import Settings
from engine.errors import NotFoundError
from engine.notifications.models import MessageSettings, NotificationKind, Way
from engine.secrets.models import Secret
from engine.secrets.names import CHAT
from engine.transaction import Transaction

#: What stands before somebody's e-mail in the name of the secret that is the address of their chat.
#: What is told to everybody of the team who has not chosen: what needs an answer.
_NEEDS_AN_ANSWER = [
    NotificationKind.TO_DECIDE,
    NotificationKind.SENT_BACK,
    NotificationKind.MENTIONED,
    NotificationKind.REMINDER,
    NotificationKind.MESSAGE,
    NotificationKind.CONTENT_BROKEN,
    NotificationKind.ACCOUNT,
]
_OF_PARTNERS = [NotificationKind.TO_DECIDE, NotificationKind.WORKLOG, NotificationKind.ACCOUNT]
_OF_ADMINS = [
    NotificationKind.JOB_FAILED,
    NotificationKind.WEBHOOK_FAILED,
    NotificationKind.REQUESTS_FAIL,
]
_OF_SOME = {*_OF_ADMINS, NotificationKind.CONTENT_REWRITTEN, NotificationKind.PROPOSAL}


def offered_to(user: User) -> list[NotificationKind]:
    """List what somebody may choose to be told."""
    if actors.kind_of(user) is ActorKind.PARTNER_USER:
        return list(_OF_PARTNERS)
    withheld = {NotificationKind.WORKLOG} | (_OF_SOME - set(_looked_after_by(user)))
    return [kind for kind in NotificationKind if kind not in withheld]


def usual(user: User) -> list[NotificationKind]:
    """List what somebody is told who has not chosen."""
    if actors.kind_of(user) is ActorKind.PARTNER_USER:
        return list(_OF_PARTNERS)
    return [*_NEEDS_AN_ANSWER, *_looked_after_by(user)]


def _looked_after_by(user: User) -> list[NotificationKind]:
    """List what concerns somebody for what they look after."""
    of_admins = _OF_ADMINS if actors.administers(user) else []
    of_leads = [NotificationKind.CONTENT_REWRITTEN] if actors.leads(user) else []
    return [*of_admins, *of_leads, *([NotificationKind.PROPOSAL] if actors.proposes(user) else [])]


def of(tx: Transaction, users: Iterable[User]) -> dict[str, MessageSettings]:
    """Return what some people want, by their user ids: what is kept, else what is usual, not kept yet."""
    people = {user.user_id: user for user in users}
    kept = {one.user_id: one for one in tx.find(MessageSettings, user_id=list(people))} if people else {}
    return {user_id: kept.get(user_id) or _new(tx, user) for user_id, user in people.items()}


def kept_or_begun(tx: Transaction, users: Iterable[User]) -> dict[str, MessageSettings]:
    """Return what some people want as ``of`` does, and keep what is usual for those who have not chosen.

    From then on it is told what happens, and nothing before.
    """
    wanted = {user.user_id: user for user in users}
    found = of(tx, wanted.values())
    for user_id, chosen in found.items():
        if not tx.has(MessageSettings, chosen.message_settings_id):
            tx.add(chosen)
            _record(tx, chosen, f"{wanted[user_id].name} is told what is usual")
        elif chosen.stop_token is None:
            chosen.stop_token = passwords.new_token()
            tx.save(chosen)
            _record(tx, chosen, f"{wanted[user_id].name} got another address that stops e-mails")
    return found


def change(tx: Transaction, user: User, wanted: Mapping[str, Any]) -> MessageSettings:
    """Change what somebody is told; what has happened before is not told because they want more now.

    What was refused at their address is tried again from now on.
    """
    chosen = kept_or_begun(tx, [user])[user.user_id]
    before = {*chosen.kinds} if chosen.ways else set()
    tells_more = not {*wanted.get("kinds", chosen.kinds)} <= before
    tells_more |= not {*wanted.get("ways", chosen.ways)} <= {*chosen.ways}
    for name, value in wanted.items():
        setattr(chosen, name, value)
    if tells_more:
        chosen.since = tx.now
    chosen.refused_address = chosen.refusal = None
    tx.save(chosen)
    _record(tx, chosen, f"{user.name} chose what they are told")
    return chosen


def stop(tx: Transaction, token: str) -> User:
    """Send no more e-mails to whoever got this token with one; return whose they were.

    Raises:
        NotFoundError: nobody has it.
    """
    user, chosen = whose(tx, token)
    if Way.MAIL in chosen.ways:
        chosen.ways = [way for way in chosen.ways if way is not Way.MAIL]
        tx.save(chosen)
        _record(tx, chosen, f"{user.name} wants no more e-mails")
    return user


def whose(tx: Transaction, token: str) -> tuple[User, MessageSettings]:
    """Return who got this token with an e-mail, and what they want.

    Raises:
        NotFoundError: nobody did.
    """
    chosen_id, _, secret = token.partition(".")
    chosen = tx.find_by_key(MessageSettings, chosen_id)
    user = tx.find_by_key(User, chosen.user_id) if chosen else None
    if not (
        chosen
        and user
        and chosen.stop_token
        and hmac.compare_digest(_bytes(chosen.stop_token), _bytes(secret))
    ):
        raise NotFoundError("This address stops no e-mails. Sign in, and choose under Messages what you get.")
    return user, chosen


def stopping(chosen: MessageSettings) -> str:
    """Return what ``stop`` takes, for somebody's e-mails."""
    return f"{chosen.message_settings_id}.{chosen.stop_token}"


def is_begun(tx: Transaction, chosen: MessageSettings) -> bool:
    """Whether ``kept_or_begun`` would keep nothing of somebody's."""
    return chosen.stop_token is not None and tx.has(MessageSettings, chosen.message_settings_id)


def refused(tx: Transaction, user: User, said: str) -> None:
    """Note that a mail server does not know somebody's address: nothing more is sent there."""
    chosen = kept_or_begun(tx, [user])[user.user_id]
    chosen.refused_address, chosen.refusal = user.email, said
    tx.save(chosen)
    _record(tx, chosen, f"E-mails to {user.name} are refused")


def chat_secret(user: User) -> str:
    """Name the secret that is the address of somebody's chat."""
    return f"{CHAT}{user.email}"


def has_chat(tx: Transaction, user: User) -> bool:
    """Whether an address of a chat is kept for somebody."""
    kept = tx.find_one(Secret, name=chat_secret(user))
    return kept is not None and kept.sealed is not None


def ways_to(settings: Settings, user: User, chosen: MessageSettings, kind: NotificationKind) -> list[Way]:
    """List the ways by which somebody is told of a kind of thing now."""
    if kind not in chosen.kinds or kind not in offered_to(user):
        return []
    return [way for way in chosen.ways if way is not Way.MAIL or gets_mail(settings, user, chosen)]


def gets_mail(settings: Settings, user: User, chosen: MessageSettings) -> bool:
    """Whether e-mails can be sent to somebody at all, whatever they chose."""
    return bool(settings.smtp_host) and chosen.refused_address != user.email and not _is_local(user)


def _new(tx: Transaction, user: User) -> MessageSettings:
    is_agent = actors.kind_of(user) is ActorKind.AGENT
    return MessageSettings(
        message_settings_id=tx.new_id(MessageSettings),
        workspace_id=tx.workspace_id,
        user_id=user.user_id,
        kinds=usual(user),
        ways=[] if is_agent or _is_local(user) else [Way.MAIL],
        since=tx.now,
        stop_token=passwords.new_token(),
        created_at=tx.now,
        updated_at=tx.now,
    )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _is_local(user: User) -> bool:
    """Whether an address is none that a mail server knows: that of the operator of this machine."""
    return user.email.endswith("@localhost")


def _record(tx: Transaction, chosen: MessageSettings, summary: str) -> None:
    after = {"kinds": [*chosen.kinds], "ways": [*chosen.ways], "is_daily": chosen.is_daily}
    tx.record(Action.MESSAGES_CHOSEN, chosen, summary, after=after)
