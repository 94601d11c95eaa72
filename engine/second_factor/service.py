"""What second factors somebody has: setting one up, naming and removing it, recovery codes, and a reset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from engine.access import Actor, ActorKind, Permission, may, require
from engine.accounts import actors, queries, sessions
from engine.accounts import service as accounts
from engine.accounts.bootstrap import OPERATOR_EMAIL
from engine.accounts.models import EndedBy, SecondFactorKind, User
from engine.audit import topics
from engine.audit.models import Action, Event
from engine.config import SECOND_FACTOR_OFF, SECOND_FACTOR_REQUIRED, Settings
from engine.errors import ConflictError, NotFoundError, UnauthorizedError, bad_field
from engine.notifications.models import NotificationKind
from engine.notifications.service import notify
from engine.second_factor import codes
from engine.second_factor.models import FactorSetup, RecoveryCode, SecondFactor
from engine.second_factor.passkeys import Passkey
from engine.transaction import Transaction

#: As many factors somebody has at a time.
MOST = 10
LONGEST_NAME = 60
_SETUP_LASTS = timedelta(minutes=15)
_USED_MEANWHILE = "That was used meanwhile. Try again, with the next code."


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What somebody has just proved; it counts once it is taken (``take``)."""

    kind: SecondFactorKind
    #: The factor, or for a recovery code its hash.
    key: str
    #: What its counter is from then on.
    counter: int = 0


@dataclass(frozen=True, kw_only=True)
class Added:
    """A factor that was set up, with the recovery codes that came with the first one."""

    factor: SecondFactor
    recovery_codes: list[str]


def must_have(settings: Settings, actor: Actor) -> bool:
    """Whether somebody may do nothing before they have a second factor, as the settings have it."""
    leads = may(actor, Permission.ADMINISTER) or may(actor, Permission.WORK_ALL)
    return settings.second_factor == SECOND_FACTOR_REQUIRED and leads and actor.kind is ActorKind.USER


def is_asked_for(tx: Transaction, user_id: str) -> bool:
    """Whether somebody is asked for a second factor: they have one, and it is not switched off."""
    return tx.settings.second_factor != SECOND_FACTOR_OFF and bool(of(tx, user_id))


def of(tx: Transaction, user_id: str) -> list[SecondFactor]:
    """Return the factors of a user, the oldest first."""
    return tx.find(SecondFactor, user_id=user_id, order_by=("second_factor_id",))


def by_user(tx: Transaction) -> dict[str, list[SecondFactor]]:
    """Return everybody's factors by their users' ids, in one statement.

    Raises:
        ForbiddenError: the actor is no admin.
    """
    require(tx.actor, Permission.ADMINISTER, "see the second factors of others")
    found: dict[str, list[SecondFactor]] = {}
    for factor in tx.find(SecondFactor, order_by=("second_factor_id",)):
        found.setdefault(factor.user_id, []).append(factor)
    return found


def recovery_codes_left(tx: Transaction, user_id: str) -> int:
    """Count the recovery codes that a user has not used."""
    return sum(code.used_at is None for code in tx.find(RecoveryCode, user_id=user_id))


def begin_setup(
    tx: Transaction,
    kind: SecondFactorKind,
    name: str,
    *,
    sealed: str | None = None,
    challenge: str | None = None,
    session_id: str | None = None,
    proof: Proof | None = None,
) -> FactorSetup:
    """Begin to set up a factor for the actor, in place of what they began before; it adds none yet.

    It goes on in the session ``session_id`` alone. ``proof`` is None where they gave their password, or have
    just signed in.

    Raises:
        UnauthorizedError: what they proved was used meanwhile.
        ConflictError: second factors are switched off, or they have as many as somebody may have.
        BadRequestError: it has no name, a long one, or one that another of theirs has.
    """
    if tx.settings.second_factor == SECOND_FACTOR_OFF:
        raise ConflictError("Second factors are switched off here. Ask the operator.")
    own = of(tx, tx.actor.user_id)
    if len(own) >= MOST:
        raise ConflictError(f"You have {MOST} second factors already. Remove one that you do not use.")
    if proof is not None:
        user = tx.get(User, tx.actor.user_id)
        take(tx, user, proof)
        summary = f"{user.name} proved with {sessions.name_of(proof.kind)} that they set up another one"
        _tell(tx, Action.SECOND_FACTOR_PROVED, user, summary)
    fields = {
        "kind": kind,
        "name": _checked_name(name, own),
        "sealed": sealed,
        "challenge": challenge,
        "begun_in": session_id,
        "expires_at": tx.wall_clock + _SETUP_LASTS,
    }
    setup = tx.find_by_key(FactorSetup, tx.actor.user_id)
    if setup is None:
        ids = {"user_id": tx.actor.user_id, "workspace_id": tx.workspace_id}
        return tx.add(FactorSetup.model_validate({**ids, **fields}))
    for field, value in fields.items():
        setattr(setup, field, value)
    return tx.save(setup)


def find_setup(tx: Transaction, session_id: str | None = None) -> FactorSetup | None:
    """Find what the actor is setting up in a session; None for nothing, and what they began too long ago."""
    setup = tx.find_by_key(FactorSetup, tx.actor.user_id)
    if setup is None or setup.begun_in != session_id or not setup.holds(tx.wall_clock):
        return None
    return setup


def take_setup(tx: Transaction, fresh: str, session_id: str | None = None) -> FactorSetup:
    """Return a copy of what the actor is setting up, and keep a ``fresh`` challenge: each counts once.

    Raises:
        ConflictError: nothing in this session, or they began too long ago.
    """
    setup = _setup(tx, session_id)
    taken = setup.model_copy()
    if setup.challenge is not None:
        setup.challenge = fresh
        tx.save(setup)
    return taken


def add(
    tx: Transaction,
    proved: FactorSetup,
    *,
    counter: int = 0,
    passkey: Passkey | None = None,
    session_id: str | None = None,
) -> Added:
    """Add what the actor has set up and ``proved``; the first one ends their sessions but ``session_id``.

    Raises:
        ConflictError: they began it in another session, or something else meanwhile, or another user has
            that passkey.
        BadRequestError: another factor of theirs has its name.
    """
    setup, own = _setup(tx, session_id), of(tx, tx.actor.user_id)
    if (setup.kind, setup.name, setup.sealed) != (proved.kind, proved.name, proved.sealed):
        raise ConflictError("You began to set up something else meanwhile. Begin again.")
    user = tx.get(User, tx.actor.user_id)
    if passkey is not None and tx.find(SecondFactor, credential=passkey.credential):
        raise ConflictError("This passkey is set up already. Take another one.")
    factor = tx.add(
        SecondFactor(
            second_factor_id=tx.new_id(SecondFactor),
            workspace_id=tx.workspace_id,
            user_id=user.user_id,
            kind=setup.kind,
            name=_checked_name(setup.name, own),
            sealed=setup.sealed,
            credential=passkey.credential if passkey else None,
            public_key=passkey.public_key if passkey else None,
            counter=passkey.counter if passkey else counter,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    summary = f"{_called(factor)} of {user.name} was set up"
    event = _tell(tx, Action.SECOND_FACTOR_ADDED, user, summary, factor)
    _warn(tx, user, event, f"{_called(factor)} was set up as your second factor")
    sessions.proved(tx, session_id, factor.kind)
    fresh = [] if own else _new_codes(tx, user)
    if not own:
        sessions.end_all(tx, user, EndedBy.SECOND_FACTOR, but=session_id)
    tx.flush()
    queries.forget(tx, FactorSetup, [user.user_id])
    return Added(factor=factor, recovery_codes=fresh)


def rename(tx: Transaction, second_factor_id: str, name: str) -> SecondFactor:
    """Call a factor of the actor's something else.

    Raises:
        NotFoundError: it is none of theirs.
        BadRequestError: as ``begin_setup``.
    """
    factor, others = _own(tx, second_factor_id)
    wanted = _checked_name(name, others)
    if factor.name != wanted:
        factor.name = wanted
        tx.save(factor)
        user = tx.get(User, factor.user_id)
        _tell(tx, Action.SECOND_FACTOR_RENAMED, user, f"{user.name} calls it {wanted}", factor)
    return factor


def remove(tx: Transaction, second_factor_id: str, proof: Proof | None) -> SecondFactor:
    """Ask the actor for a factor of theirs no more; ``proof`` is None where they gave their password.

    The recovery codes go with the last one.

    Raises:
        NotFoundError: it is none of theirs.
        ConflictError: it is their last one, and they must have one.
        UnauthorizedError: what they proved was used meanwhile.
    """
    factor, others = _own(tx, second_factor_id)
    if not others and must_have(tx.settings, tx.actor):
        raise ConflictError("You need a second factor here. Set up another one first, then remove this.")
    user = tx.get(User, factor.user_id)
    if proof is not None:
        take(tx, user, proof)
    summary = f"{_called(factor)} of {user.name} was removed"
    event = _tell(tx, Action.SECOND_FACTOR_REMOVED, user, summary, factor)
    _warn(tx, user, event, f"{_called(factor)} is your second factor no more")
    _forget(tx, user, [factor.second_factor_id], codes_too=not others)
    return factor


def make_recovery_codes(tx: Transaction, proof: Proof | None) -> list[str]:
    """Give the actor ten new recovery codes; those that they had are void. ``proof`` as for ``remove``.

    Raises:
        ConflictError: they have no second factor.
        UnauthorizedError: what they proved was used meanwhile.
    """
    user = tx.get(User, tx.actor.user_id)
    if not of(tx, user.user_id):
        raise ConflictError("Recovery codes stand in for a second factor. Set one up first.")
    if proof is not None:
        take(tx, user, proof)
    return _new_codes(tx, user, is_warned=True)


def reset(tx: Transaction, user: User) -> User:
    """Take all factors of somebody away, who has lost them; they are signed out everywhere, and told.

    Links that were made for them are void: without a factor, one that was never used would let in by itself.

    Raises:
        ForbiddenError: the actor is no admin, or acts by a token.
        ConflictError: they have none, or it is oneself: whose screen stands unlocked would have none left.
            The local operator, who acts at the command line, may.
    """
    require(tx.actor, Permission.LET_IN, "take second factors away")
    if user.email != OPERATOR_EMAIL:
        refuse_oneself(tx, user)
    own = of(tx, user.user_id)
    if not own:
        raise ConflictError(f"{user.name} has no second factor, so there is nothing to take away.")
    summary = f"The second factors of {user.name} were taken away"
    event = tx.record(
        Action.SECOND_FACTORS_RESET,
        user,
        summary,
        after={"names": [factor.name for factor in own]},
        concerning=[topics.sessions_of(user.user_id)],
    )
    sessions.end_all(tx, user, EndedBy.SECOND_FACTOR)
    accounts.void_links(tx, user)
    notify(
        tx,
        user_ids=[user.user_id],
        kind=NotificationKind.ACCOUNT,
        title="Your second factors were taken away",
        lines=[
            f"{tx.actor.name} did it. Your password, or a link, is enough to sign in now.",
            "If you did not ask for it, tell an admin at once. Set up a new one under “Your account”.",
        ],
        key=f"second_factors_reset:{event.audit_event_id}",
    )
    _forget(tx, user, [factor.second_factor_id for factor in own], codes_too=True)
    return user


def refuse_oneself(tx: Transaction, user: User) -> None:
    """Refuse to take one's own factors away by a reset, which asks for no proof of them.

    Raises:
        ConflictError: the user is the actor, or another account of theirs.
    """
    if actors.is_self(tx, user):
        raise ConflictError(
            "These are your own. Remove them under “Your account”; if you have lost them, ask another admin, "
            "or the operator, who does it on the server."
        )


def take(tx: Transaction, user: User, proof: Proof) -> None:
    """Let what a user has proved count, this once.

    Raises:
        UnauthorizedError: it was used meanwhile, or is theirs no more.
    """
    if proof.kind is SecondFactorKind.RECOVERY_CODE:
        code = tx.find_by_key(RecoveryCode, proof.key)
        if code is None or code.user_id != user.user_id or code.used_at is not None:
            raise UnauthorizedError(_USED_MEANWHILE)
        code.used_at = tx.now
        tx.save(code)
        return
    factor = tx.find_by_key(SecondFactor, proof.key)
    if factor is None or factor.user_id != user.user_id or not factor.takes(proof.counter):
        raise UnauthorizedError(_USED_MEANWHILE)
    factor.counter, factor.used_at = proof.counter, tx.now
    tx.save(factor)


def _setup(tx: Transaction, session_id: str | None) -> FactorSetup:
    if (setup := find_setup(tx, session_id)) is None:
        raise ConflictError("What you began to set up is over. Begin again.")
    return setup


def _own(tx: Transaction, second_factor_id: str) -> tuple[SecondFactor, list[SecondFactor]]:
    """Return a factor of the actor's, and their others."""
    own = of(tx, tx.actor.user_id)
    factor = next((one for one in own if one.second_factor_id == second_factor_id), None)
    if factor is None:
        raise NotFoundError(f"There is no second factor {second_factor_id} of yours. Load the page again.")
    return factor, [one for one in own if one is not factor]


def _new_codes(tx: Transaction, user: User, *, is_warned: bool = False) -> list[str]:
    """Make recovery codes in place of those that there are."""
    known = tx.find(RecoveryCode, user_id=user.user_id)
    fresh = codes.new_recovery_codes()
    for code in fresh:
        tx.add(
            RecoveryCode(
                code_hash=codes.hash_recovery(user.user_id, code),
                workspace_id=tx.workspace_id,
                user_id=user.user_id,
                created_at=tx.now,
                updated_at=tx.now,
            )
        )
    event = _tell(tx, Action.RECOVERY_CODES_MADE, user, f"{user.name} has new recovery codes")
    if is_warned:
        _warn(tx, user, event, "You have new recovery codes")
    tx.flush()
    queries.forget(tx, RecoveryCode, [code.code_hash for code in known])
    return fresh


def _forget(tx: Transaction, user: User, factor_ids: list[str], *, codes_too: bool) -> None:
    tx.flush()
    queries.forget(tx, SecondFactor, factor_ids)
    if codes_too:
        known = tx.find(RecoveryCode, user_id=user.user_id)
        queries.forget(tx, RecoveryCode, [code.code_hash for code in known])


def _checked_name(name: str, others: list[SecondFactor]) -> str:
    wanted = " ".join(name.split())
    if not wanted:
        raise bad_field("name", "give it a name, such as “Phone”")
    if len(wanted) > LONGEST_NAME:
        raise bad_field("name", f"the name is longer than {LONGEST_NAME} characters")
    if any(one.name == wanted for one in others):
        raise bad_field("name", f"another of your second factors is called “{wanted}”")
    return wanted


def _called(factor: SecondFactor) -> str:
    kind = "passkey" if factor.kind is SecondFactorKind.PASSKEY else "app"
    return f"The {kind} “{factor.name}”"


def _tell(
    tx: Transaction, action: Action, user: User, summary: str, factor: SecondFactor | None = None
) -> Event:
    """Record it at the user, as factors leave with no export."""
    after = (
        {}
        if factor is None
        else {
            "second_factor": factor.second_factor_id,
            "kind": factor.kind.value,
            "name": factor.name,
        }
    )
    return tx.record(action, user, summary, after=after, concerning=[topics.sessions_of(user.user_id)])


def _warn(tx: Transaction, user: User, event: Event, title: str) -> None:
    """Tell somebody what was done to their sign-in in their name, as it may not have been them."""
    notify(
        tx,
        user_ids=[user.user_id],
        kind=NotificationKind.ACCOUNT,
        title=title,
        lines=["If that was not you, set a new password at once, end the other sessions, and tell an admin."],
        key=f"second_factor:{event.audit_event_id}",
    )
