"""Sessions: beginning them, finding whom one signs in, and ending them for good (S5).

A session is a record, and its token is kept as a hash: what is ended here is ended in every process, and a
copied cookie with it. Whoever keeps an answer of ``find`` asks again once the topic of the user's sessions
(``topics.sessions_of``) or of people has moved, and looks at ``expires_at`` each time. How long a session
lasts goes by the clock, also in a store whose recorded time is ahead of it (S10).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.access import Actor, Permission, may, require
from engine.accounts import actors, passwords, queries
from engine.accounts.models import BegunWith, EndedBy, SecondFactorKind, Session, User
from engine.audit import topics
from engine.audit.models import Action
from engine.errors import NotFoundError, UnauthorizedError
from engine.transaction import Transaction

#: A session ends then, however often it is used; the cookie of an unused one ends sooner.
LIFETIME = timedelta(days=90)
#: Browsers in which one person is signed in at a time; the one that was begun first gives way.
MOST = 20
#: What somebody signed in with, after "with".
_WITH_WHAT = {BegunWith.PASSWORD: "a password", BegunWith.LINK: "a link", BegunWith.OPENID: "OpenID"}
#: How long after following a link a new password may be set without the present one, which was lost.
_LINK_PROVES_FOR = timedelta(minutes=30)
#: How long after signing in a second factor, or a first password, may be added without another proof.
_FRESH_FOR = timedelta(minutes=15)
_LONGEST_BROWSER = 80
#: What second factors are called within a sentence.
_NAMES: Mapping[SecondFactorKind, str] = {
    SecondFactorKind.APP: "a code of an app",
    SecondFactorKind.PASSKEY: "a passkey",
    SecondFactorKind.RECOVERY_CODE: "a recovery code",
}


@dataclass(frozen=True)
class SignedIn:
    """Whom a session, or an API token, signs in."""

    actor: Actor
    #: Its id: that of the session, or of the token.
    session_id: str
    expires_at: datetime
    #: What a session began with; None for an API token.
    begun_with: BegunWith | None = None
    #: What was proved besides in that session; None for nothing.
    second_factor: SecondFactorKind | None = None
    #: Whether they have to set up a second factor before they may do anything else.
    must_set_up: bool = False


def begin(
    tx: Transaction,
    user: User,
    begun_with: BegunWith,
    *,
    second_factor: SecondFactorKind | None = None,
    browser: str = "",
    instead_of: str | None = None,
) -> str:
    """Sign a user in, ending the session ``instead_of`` which that browser had; return the new one's token.

    ``second_factor`` is what they have proved besides, if that was asked for.

    What is over of the user's is forgotten with it: events have told of it, and sign-ins fill no store.

    Raises:
        UnauthorizedError: the account is not active any more.
    """
    if not user.is_active:
        raise UnauthorizedError("This account is not active any more. Ask an admin.")
    if instead_of is not None and (earlier := tx.find_by_key(Session, instead_of)) is not None:
        _end(tx, earlier, EndedBy.SIGN_OUT)
    _tidy(tx, user)
    token = passwords.new_token()
    tx.add(
        Session(
            session_id=tx.new_id(Session),
            workspace_id=tx.workspace_id,
            user_id=user.user_id,
            token_hash=passwords.hash_token(token),
            begun_with=begun_with,
            second_factor=second_factor,
            browser=browser[:_LONGEST_BROWSER],
            expires_at=tx.wall_clock + LIFETIME,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    after = {"by": begun_with.value}
    if second_factor is not None:
        after["second_factor"] = second_factor.value
    tx.record(
        Action.USER_SIGNED_IN,
        user,
        f"{user.name} signed in with {with_what(begun_with, second_factor)}",
        after=after,
        concerning=[topics.sessions_of(user.user_id)],
    )
    return token


def with_what(begun_with: BegunWith, second_factor: SecondFactorKind | None = None) -> str:
    """Say with what somebody signed in, after "with"."""
    return _WITH_WHAT[begun_with] + (f" and {name_of(second_factor)}" if second_factor is not None else "")


def name_of(second_factor: SecondFactorKind) -> str:
    """Say what a second factor is, within a sentence."""
    return _NAMES[second_factor]


def find(tx: Transaction, token: str) -> SignedIn | None:
    """Find whom the session with this token signs in, in one statement; None where it signs in nobody."""
    found = queries.find_by_secret(tx, Session, passwords.hash_token(token), "token_hash")
    if found is None:
        return None
    session, user, employee = found
    if not user.is_active or not session.holds(tx.wall_clock):
        return None
    return SignedIn(
        actors.joined(user, employee),
        session.session_id,
        session.expires_at,
        session.begun_with,
        session.second_factor,
    )


def proved(tx: Transaction, session_id: str | None, second_factor: SecondFactorKind) -> None:
    """Note that a session of the actor has proved a second factor by now, which it did not when it began."""
    session = tx.find_by_key(Session, session_id) if session_id else None
    if session is not None and session.user_id == tx.actor.user_id and session.second_factor is None:
        session.second_factor = second_factor
        tx.save(session)


def ended_by(tx: Transaction, token: str) -> EndedBy | None:
    """Return what ended the session with this token before its time.

    None where nothing did: it has expired, or was forgotten since.
    """
    found = tx.find(Session, token_hash=passwords.hash_token(token))
    return found[0].ended_by if found else None


def alive(tx: Transaction, user_id: str) -> list[Session]:
    """Return the sessions that sign a user in now, the latest first.

    Raises:
        ForbiddenError: they are somebody else's, and the actor is no admin.
    """
    if user_id != tx.actor.user_id:
        require(tx.actor, Permission.ADMINISTER, "see where somebody else is signed in")
    return _alive(tx, user_id)


def alive_by_user(tx: Transaction) -> dict[str, list[Session]]:
    """Return the sessions of everybody that sign them in now, the latest first, in one statement.

    Raises:
        ForbiddenError: the actor is no admin.
    """
    require(tx.actor, Permission.ADMINISTER, "see where others are signed in")
    found: dict[str, list[Session]] = {}
    for session in _latest_first(tx, tx.find(Session, ended_at=None)):
        found.setdefault(session.user_id, []).append(session)
    return found


def came_by_link(tx: Transaction, session_id: str | None) -> bool:
    """Whether a session of the actor began with a link just now: proof enough for a new password."""
    session = _began_within(tx, session_id, _LINK_PROVES_FOR)
    return session is not None and session.begun_with is BegunWith.LINK


def sets_password(tx: Transaction, user: User, session_id: str | None) -> bool:
    """Whether a session of the actor is proof enough for a new password of theirs.

    One that has just begun with a link is, and for a first password any that has just begun. Whoever acts by
    an API token is in none.
    """
    if tx.actor.scopes is not None:
        return False
    return came_by_link(tx, session_id) or (user.password_hash is None and is_fresh(tx, session_id))


def is_fresh(tx: Transaction, session_id: str | None) -> bool:
    """Whether the actor has just signed in: proof enough that it is them who adds to their ways in."""
    return _began_within(tx, session_id, _FRESH_FOR) is not None


def _began_within(tx: Transaction, session_id: str | None, length: timedelta) -> Session | None:
    """Return a session of the actor that began so short a time ago and goes on; else None."""
    session = tx.find_by_key(Session, session_id) if session_id else None
    if session is None or session.user_id != tx.actor.user_id or not session.holds(tx.wall_clock):
        return None
    # Counted by the clock, as its end is; a clock that was set back proves nothing.
    is_within = abs(tx.wall_clock - (session.expires_at - LIFETIME)) < length
    return session if is_within else None


def end(tx: Transaction, session_id: str, by: EndedBy = EndedBy.CHOICE) -> Session:
    """End a session: one's own, or anybody's for an admin. One that is over already stays as it is.

    Raises:
        NotFoundError: there is none that the actor may end.
    """
    session = tx.find_by_key(Session, session_id)
    if session is None or not (session.user_id == tx.actor.user_id or may(tx.actor, Permission.ADMINISTER)):
        raise NotFoundError(f"There is no session {session_id} that you may end. Load the page again.")
    _end(tx, session, by)
    return session


def end_all(tx: Transaction, user: User, by: EndedBy, *, but: str | None = None) -> int:
    """End the sessions of a user, except the one with the id ``but``; return how many signed them in.

    Those that have expired are ended, too: the clock that says so may be set back. Whoever has given their
    password, and not yet the second factor, begins again.

    Raises:
        ForbiddenError: they are somebody else's, and the actor is no admin.
    """
    ended = {session.session_id for session in alive(tx, user.user_id)} - {but}
    for session in tx.find(Session, user_id=user.user_id, order_by=("session_id",)):
        if session.session_id != but:
            _end(tx, session, by)
    tx.wiring.forget_steps(tx, user.user_id)
    return len(ended)


def _alive(tx: Transaction, user_id: str) -> list[Session]:
    return _latest_first(tx, tx.find(Session, user_id=user_id))


def _latest_first(tx: Transaction, sessions: Iterable[Session]) -> list[Session]:
    found = [session for session in sessions if session.holds(tx.wall_clock)]
    return sorted(found, key=lambda session: (session.created_at, session.session_id), reverse=True)


def _end(tx: Transaction, session: Session, by: EndedBy) -> None:
    if session.ended_at is not None:
        return
    session.ended_at, session.ended_by = tx.now, by
    tx.save(session)
    user = tx.get(User, session.user_id)
    tx.record(
        Action.SESSION_ENDED,
        user,
        f"A session of {user.name} was ended",
        after={"by": by.value},
        concerning=[topics.sessions_of(user.user_id)],
    )


def _tidy(tx: Transaction, user: User) -> None:
    """Make room for one more: forget what is over, end what is too many."""
    for session in _alive(tx, user.user_id)[MOST - 1 :]:
        _end(tx, session, EndedBy.TOO_MANY)
    tx.flush()
    over = [one for one in tx.find(Session, user_id=user.user_id) if not one.holds(tx.wall_clock)]
    queries.forget(tx, Session, [session.session_id for session in over])
