"""The step between the password, or the one-time link, and the session: of minutes, and one browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from engine.accounts import passwords, queries, sessions
from engine.accounts import service as accounts
from engine.accounts.models import BegunWith, User
from engine.audit.models import Action
from engine.errors import UnauthorizedError
from engine.invitations import service as invitations
from engine.openid import people
from engine.openid.provider import Person
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
class Awaited:
    """What is done to an account once the second factor is proved, and not before."""

    #: Whom a provider vouches for, to be joined to it.
    person: Person | None = None
    #: The token of the invitation that opens it.
    invitation: str = ""
    #: What its user is called from then on, and their password's hash, where they chose these with it.
    name: str = ""
    password_hash: str | None = None


@dataclass(frozen=True, kw_only=True)
class UnderWay:
    """Somebody who is signing in, and what they may prove it with."""

    user: User
    #: What they have proved already.
    begun_with: BegunWith
    factors: list[SecondFactor]
    #: What a passkey has to sign now.
    challenge: str


def begin(
    tx: Transaction,
    user: User,
    begun_with: BegunWith,
    *,
    device: str | None = None,
    awaited: Awaited | None = None,
) -> str:
    """Begin the step of a user who has proved the first part; return the token for their browser's cookie.

    ``device`` is one that they signed in from before, None for any other: whoever has their password, and
    begins again and again, ends no step there. What is ``awaited`` changes nothing before the step is
    completed: whoever has the mail, or the account at the provider, has no more than that.

    Raises:
        UnauthorizedError: that was a password, and the account takes none.
    """
    if begun_with is BegunWith.PASSWORD:
        accounts.require_password_taken(tx, user)
    token, awaited = passwords.new_token(), awaited or Awaited()
    person = awaited.person
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
            issuer=person.issuer if person else None,
            subject=person.subject if person else None,
            groups=sorted(person.groups) if person and person.groups is not None else None,
            invitation=passwords.hash_token(awaited.invitation) if awaited.invitation else None,
            name=person.name if person else awaited.name,
            new_password_hash=awaited.password_hash,
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

    First what waited for it is done: the account opened that they were invited to, and joined to whom the
    provider vouched for.

    Raises:
        UnauthorizedError: as ``find``, or what they proved was used meanwhile, or what waited cannot be done.
    """
    step, under_way = _find(tx, token)
    service.take(tx, under_way.user, proof)
    _do_awaited(tx, step, under_way.user)
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


def _do_awaited(tx: Transaction, step: SignInStep, user: User) -> None:
    if step.issuer is not None and step.subject is not None:
        groups = None if step.groups is None else frozenset(step.groups)
        person = Person(issuer=step.issuer, subject=step.subject, email=None, name=step.name, groups=groups)
        people.settle(tx, user, person, step.invitation)
    elif step.invitation is not None:
        invitations.accept_kept(tx, step.invitation, step.name, step.new_password_hash)


def _find(tx: Transaction, token: str) -> tuple[SignInStep, UnderWay]:
    step = tx.find_by_key(SignInStep, passwords.hash_token(token))
    if step is None or not step.holds(tx.wall_clock):
        raise UnauthorizedError(_OVER)
    user, factors = tx.get(User, step.user_id), service.of(tx, step.user_id)
    opens = user.invited_at is not None and (step.issuer is not None or step.invitation is not None)
    if not (user.is_active or opens) or user.password_hash != step.password_hash or not factors:
        raise UnauthorizedError(_OVER)
    if step.begun_with is BegunWith.PASSWORD:
        accounts.require_password_taken(tx, user)
    return step, UnderWay(user=user, begun_with=step.begun_with, factors=factors, challenge=step.challenge)
