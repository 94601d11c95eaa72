"""The commands about people who sign in: adding and changing them, their links, one's own password."""

from __future__ import annotations

from dataclasses import dataclass

from engine.access import Actor, Permission
from engine.accounts import inputs, passwords, service, sessions
from engine.accounts.models import EndedBy, User
from engine.command import AnyCommand, Command, Services, command
from engine.plurals import plural
from engine.throttle import Attempt
from engine.transaction import Transaction

_ADMINISTER = Permission.ADMINISTER


@dataclass(frozen=True, kw_only=True)
class Invited:
    """A user with a one-time link, which is stored nowhere and therefore shown only once."""

    user: User
    token: str
    #: Whether it went to them by e-mail, too.
    is_mailed: bool = False

    @property
    def path(self) -> str:
        """Where the link leads."""
        return f"/{'sign-in' if self.user.is_active else 'invitation'}/{self.token}"

    @property
    def lasts(self) -> str:
        """For how long it is good."""
        return "24 hours" if self.user.is_active else "7 days"


@dataclass(frozen=True, kw_only=True)
class NewPassword:
    """A new password, hashed before the transaction, with the proof that its owner asks for it."""

    #: The hash of the one that was proved; None where there was none.
    proved: str | None
    password_hash: str


def _add(tx: Transaction, request: inputs.AddUser) -> Invited:
    user = service.add_user(
        tx, request.email, request.name, request.role, employee=request.employee, partner=request.partner
    )
    return Invited(user=user, token=service.make_sign_in_link(tx, user))


def _change(tx: Transaction, request: inputs.ChangeUser) -> User:
    return service.change_user(
        tx,
        request.user_id,
        roles=request.role,
        is_active=request.is_active,
        employee=request.employee,
        revision=request.revision,
    )


def _link(tx: Transaction, request: inputs.OnUser) -> Invited:
    user = service.user_named(tx, request.user_id)
    return Invited(user=user, token=service.make_sign_in_link(tx, user))


def _hash(services: Services, actor: Actor, request: inputs.ChangePassword) -> NewPassword:
    """Prove the present password, or that they have just signed in, and hash the new one.

    Guesses get slower here too; a new password that is refused is none (S16).

    Raises:
        UnauthorizedError: too many wrong guesses, one after another, or the account takes no password.
        BadRequestError: ``current`` is not their password, or they have none and signed in long ago, or the
            new one is too short or too long.
    """
    with services.reading(actor) as tx:
        user = tx.get(User, actor.user_id)
        service.require_password_taken(tx, user)
        is_proved = sessions.sets_password(tx, user, request.session_id)
    # Guesses at an unlocked screen hold up nobody who signs in elsewhere.
    attempt = Attempt(user.email, device=f"session of {user.user_id}")
    if not is_proved:
        with services.sign_in_throttle.trying(attempt, services.clock.now()):
            service.prove(user, request.current)
    return NewPassword(proved=user.password_hash, password_hash=passwords.hash_password(request.password))


def _unlock(services: Services, actor: Actor, request: inputs.OnUser) -> User:
    with services.reading(actor) as tx:
        user = service.user_named(tx, request.user_id)
    services.sign_in_throttle.unlock(user.email)
    return user


def _end_sessions(tx: Transaction, request: inputs.EndSessions) -> int:
    user = service.user_named(tx, request.user_id)
    return sessions.end_all(tx, user, EndedBy.CHOICE, but=request.but)


def _set_password(tx: Transaction, _request: inputs.ChangePassword, new: NewPassword) -> User:
    return service.change_own_password(tx, new.proved, new.password_hash)


COMMANDS: tuple[AnyCommand, ...] = (
    command(
        "user add",
        "Let somebody sign in; makes a one-time link for their first visit.",
        input=inputs.AddUser,
        permission=Permission.LET_IN,
        run=_add,
        message=lambda made: f"{made.user.name} may sign in as {', '.join(made.user.roles)}.",
    ),
    command(
        "user change",
        "Change what somebody may do, or whether they may sign in.",
        input=inputs.ChangeUser,
        permission=_ADMINISTER,
        run=_change,
        message=lambda user: f"{user.name} was changed.",
    ),
    command(
        "user link",
        "Make a one-time link that signs somebody in.",
        input=inputs.OnUser,
        permission=Permission.LET_IN,
        run=_link,
        message=lambda made: f"A one-time link was made for {made.user.name}.",
    ),
    Command(
        name="user unlock",
        help="Forget the wrong passwords tried at an address, so that its owner need not wait.",
        input=inputs.OnUser,
        permission=_ADMINISTER,
        prepare=_unlock,
        run=lambda _tx, _request, user: user,
        message=lambda user: f"{user.name} may try their password again at once.",
    ),
    command(
        "user timezone",
        "Show and read times in somebody's own zone.",
        input=inputs.OwnZone,
        permission=Permission.BELONG,
        run=lambda tx, request: service.set_timezone(tx, request.user_id, request.timezone),
        message=lambda user: f"Times are shown to {user.name} in {user.timezone or 'the workspace zone'}.",
    ),
    command(
        "session end",
        "End a session: whoever uses it has to sign in again.",
        input=inputs.OnSession,
        permission=Permission.BELONG,
        run=lambda tx, request: sessions.end(tx, request.session_id),
        message="The session was ended.",
    ),
    command(
        "session end-all",
        "End all of somebody's sessions.",
        input=inputs.EndSessions,
        permission=Permission.BELONG,
        run=_end_sessions,
        message=lambda count: f"{plural(count, 'session was', 'sessions were')} ended.",
    ),
    Command(
        name="user password",
        help="Set your own password.",
        input=inputs.ChangePassword,
        permission=Permission.OPEN_WAYS_IN,
        prepare=_hash,
        run=_set_password,
        message=lambda _: "Your password is set. Sign in with it from now on; other browsers are signed out.",
    ),
)
