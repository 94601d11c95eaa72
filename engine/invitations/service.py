"""Inviting somebody, and what becomes of it: accepted, sent again, withdrawn, or too old."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from engine.access import Permission, require
from engine.accounts import passwords, service
from engine.accounts.models import SignInLink, User
from engine.audit.models import Action
from engine.errors import ConflictError, UnauthorizedError
from engine.invitations.inputs import Invite
from engine.jobs import putting
from engine.jobs.models import Lane
from engine.transaction import Transaction

LIFETIME = timedelta(days=7)
#: The kind of the job that sends an invitation.
JOB = "send_invitation"
_MOST_ATTEMPTS = 12


def invite(tx: Transaction, asked: Invite, token: str, sealed: str | None) -> User:
    """Make an account ready for somebody, which ``token`` opens; mail it, ``sealed``, where that is set up.

    A closed account is offered again; a newer invitation voids the one before.

    Raises:
        ForbiddenError: the actor is no admin.
        BadRequestError: no e-mail, an unknown role, employee or partner, or roles that do not go together.
        ConflictError: the address signs in here already.
    """
    require(tx.actor, Permission.ADMINISTER, "invite people")
    user = service.find_by_email(tx, asked.email)
    whom: dict[str, Any] = {"employee": asked.employee}
    if user is None:
        whom |= {"partner": asked.partner, "is_invited": True}
        user = service.add_user(tx, asked.email, asked.name, asked.role, **whom)
    elif user.is_active:
        raise ConflictError(f"{user.email} signs in here already. Change what they may do instead.")
    else:
        service.change_user(tx, user.user_id, roles=asked.role, **whom)
    return _offer(tx, user, token, sealed)


def invite_again(tx: Transaction, name: str, token: str, sealed: str | None) -> User:
    """Make a newer invitation for somebody who has not accepted one yet; the one before is void.

    Raises:
        ForbiddenError: the actor is no admin.
        NotFoundError, ConflictError: nobody of that id or e-mail is invited.
    """
    require(tx.actor, Permission.ADMINISTER, "invite people")
    return _offer(tx, _invited(tx, name), token, sealed)


def withdraw(tx: Transaction, name: str) -> User:
    """Take an invitation back: its link opens nothing any more.

    Raises:
        ForbiddenError: the actor is no admin.
        NotFoundError, ConflictError: nobody of that id or e-mail is invited.
    """
    require(tx.actor, Permission.ADMINISTER, "withdraw invitations")
    user = _invited(tx, name)
    user.invited_at = None
    tx.save(user)
    tx.record(Action.USER_CHANGED, user, f"The invitation of {user.email} was withdrawn")
    return user


def whose(tx: Transaction, token: str) -> User:
    """Return for whom an invitation is; it stays unused.

    Raises:
        UnauthorizedError: it is none, or was accepted, withdrawn or replaced, or is too old; says which.
    """
    return _whose(tx, passwords.hash_token(token))[0]


def _whose(tx: Transaction, token_hash: str) -> tuple[User, SignInLink]:
    link = tx.find_by_key(SignInLink, token_hash)
    if link is None or not link.invites:
        raise UnauthorizedError(
            "There is no such invitation. Open the newest one that you got, or ask an admin for another."
        )
    if link.used_at is not None:
        raise UnauthorizedError(
            "This invitation was accepted already. Sign in, or ask an admin for a one-time link."
        )
    user = tx.get(User, link.user_id)
    if link.is_void or user.invited_at is None:
        raise UnauthorizedError(
            "This invitation was withdrawn, or a newer one was made. Open the newest one, or ask an admin."
        )
    if not link.is_good(tx.wall_clock):
        raise UnauthorizedError(
            "This invitation is too old: each is good for 7 days. Ask an admin to send it again."
        )
    return user, link


def accept(tx: Transaction, token: str, name: str, password_hash: str | None = None) -> User:
    """Open the account that an invitation is for, to whoever has it; an empty name stays as it was.

    Raises:
        UnauthorizedError: as ``whose``.
    """
    return accept_kept(tx, passwords.hash_token(token), name, password_hash)


def accept_kept(tx: Transaction, token_hash: str, name: str, password_hash: str | None = None) -> User:
    """Do what ``accept`` does, for an invitation of which the hash alone was kept.

    Raises:
        UnauthorizedError: as ``whose``, or a password is given and the account takes none.
    """
    user, link = _whose(tx, token_hash)
    if password_hash is not None and not service.takes_password(tx, user):
        raise UnauthorizedError(
            f"This account takes no password. Accept the invitation with {tx.settings.oidc_name}."
        )
    link.used_at = tx.now
    tx.save(link)
    user.name, user.password_hash = name.strip() or user.name, password_hash
    user.is_active, user.invited_at = True, None
    tx.save(user)
    tx.record(
        Action.USER_CHANGED,
        user,
        f"{user.name} accepted the invitation and may sign in as {', '.join(user.roles)}",
    )
    return user


def find_good(tx: Transaction, user: User) -> str | None:
    """Return the hash of the invitation that opens a user's account now; None for none."""
    good = [one for one in tx.find(SignInLink, user_id=user.user_id) if one.is_good(tx.wall_clock)]
    return good[0].token_hash if user.invited_at is not None and good else None


def _offer(tx: Transaction, user: User, token: str, sealed: str | None) -> User:
    user.invited_at = tx.now
    tx.save(user)
    service.add_link(tx, user, token, LIFETIME, invites=True)
    tx.record(
        Action.SIGN_IN_LINK_MADE, user, f"{user.email} was invited to sign in as {', '.join(user.roles)}"
    )
    if sealed is not None:
        putting.put(
            tx,
            JOB,
            key=f"invitation:{passwords.hash_token(token)}",
            args={"user_id": user.user_id, "sealed": sealed},
            not_before=tx.wall_clock,
            lane=Lane(name="messages by mail"),
            max_attempts=_MOST_ATTEMPTS,
        )
    return user


def _invited(tx: Transaction, name: str) -> User:
    user = service.user_named(tx, name)
    if user.invited_at is None:
        raise ConflictError(f"No invitation waits for {user.name}. Invite them, or make a sign-in link.")
    return user
