"""The step between the password, or the one-time link, and the session: of minutes, and one browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from engine.accounts import passwords, queries, sessions
from engine.accounts import service as accounts
from engine.accounts.models import BegunWith, User
from engine.audit.models import Action
from engine.errors import UnauthorizedError
from engine.second_factor import passkeys, service
from engine.second_factor.models import SecondFactor, SignInStep
from engine.second_factor.service import Proof
from engine.transaction import Transaction

LASTS = timedelta(minutes=5)
#: Steps of one person that go on at a time in one device, with the same first part: the one that began first
#: gives way.
_MOST = 20
_OVER = "Signing in took too long, or your password was changed meanwhile. Begin again."


@dataclass(frozen=True, kw_only=True)
class UnderWay:
    """Somebody who is signing in, and what they may prove it with."""

    user: User
    #: What they have proved already.
    begun_with: BegunWith
    factors: list[SecondFactor]
    #: What a passkey has to sign now.
    challenge: str


def begin(tx: Transaction, user: User, begun_with: BegunWith, *, device: str | None = None) -> str:
    """Begin the step of a user who has proved the first part; return the token for their browser's cookie.

    ``device`` is one that they signed in from before, None for any other: whoever has their password, and
    begins again and again, ends no step there.

    Raises:
        UnauthorizedError: that was a password, and the account takes none.
    """
    if begun_with is BegunWith.PASSWORD:
        accounts.require_password_taken(tx, user)
    token = passwords.new_token()
    earlier = tx.find(SignInStep, user_id=user.user_id)
    going_on = sorted((one for one in earlier if one.holds(tx.wall_clock)), key=lambda one: one.expires_at)
    alike = [one for one in going_on if (one.begun_with, one.device) == (begun_with, device)]
    given_way = alike[: max(0, len(alike) - _MOST + 1)]
    over = [one for one in earlier if one not in going_on]
    queries.forget(tx, SignInStep, [one.token_hash for one in (*over, *given_way)])
    tx.add(
        SignInStep(
            token_hash=passwords.hash_token(token),
            workspace_id=tx.workspace_id,
            user_id=user.user_id,
            begun_with=begun_with,
            device=device,
            password_hash=user.password_hash,
            challenge=passkeys.new_challenge(),
            expires_at=tx.wall_clock + LASTS,
        )
    )
    return token


def begin_by_link(tx: Transaction, user: User, *, device: str | None = None) -> str:
    """Begin the step of a user who has just used up a link (``accounts.service.redeem``), as ``begin`` does.

    A link is no second factor: whoever reads somebody's mail would have both.
    """
    tx.record(Action.SIGN_IN_LINK_USED, user, f"{user.name} followed a one-time link", after={})
    return begin(tx, user, BegunWith.LINK, device=device)


def forget_all(tx: Transaction, user_id: str) -> None:
    """Forget the steps of a user: whoever is at one begins again."""
    queries.forget(tx, SignInStep, [one.token_hash for one in tx.find(SignInStep, user_id=user_id)])


def find(tx: Transaction, token: str) -> UnderWay:
    """Return who is signing in with this token.

    Raises:
        UnauthorizedError: nobody; it is too old, the password is another one or not taken any more, the
            account closed, or no factor left.
    """
    return _find(tx, token)[1]


def take_challenge(tx: Transaction, token: str) -> UnderWay:
    """Return who is signing in with the challenge that they may have signed, and keep a fresh one.

    Whatever comes of it, nobody signs in with that challenge again.

    Raises:
        UnauthorizedError: as ``find``.
    """
    step, under_way = _find(tx, token)
    step.challenge = passkeys.new_challenge()
    tx.save(step)
    return under_way


def complete(
    tx: Transaction, token: str, proof: Proof, *, browser: str = "", instead_of: str | None = None
) -> str:
    """Sign in who has proved the second part too; return the session's token. The step is over.

    Raises:
        UnauthorizedError: as ``find``, or what they proved was used meanwhile.
    """
    step, under_way = _find(tx, token)
    service.take(tx, under_way.user, proof)
    session = sessions.begin(
        tx,
        under_way.user,
        step.begun_with,
        second_factor=proof.kind,
        browser=browser,
        instead_of=instead_of,
    )
    queries.forget(tx, SignInStep, [step.token_hash])
    return session


def _find(tx: Transaction, token: str) -> tuple[SignInStep, UnderWay]:
    step = tx.find_by_key(SignInStep, passwords.hash_token(token))
    if step is None or not step.holds(tx.wall_clock):
        raise UnauthorizedError(_OVER)
    user, factors = tx.get(User, step.user_id), service.of(tx, step.user_id)
    if not user.is_active or user.password_hash != step.password_hash or not factors:
        raise UnauthorizedError(_OVER)
    if step.begun_with is BegunWith.PASSWORD:
        accounts.require_password_taken(tx, user)
    return step, UnderWay(user=user, begun_with=step.begun_with, factors=factors, challenge=step.challenge)
