"""Making, rotating and revoking API tokens, and finding whom a secret lets in.

Which tokens there are is for an admin to say, as people and settings are (definitions.md section 4). Nobody
is shown what another person acts with, though: that person takes the secret themselves, by rotating the token
for the first time. An agent has nobody who could; an admin takes its secret.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from engine.access import ActorKind, Permission, Scope, may, require
from engine.accounts import actors, passwords, queries, service
from engine.accounts.models import User
from engine.accounts.sessions import SignedIn
from engine.audit import history, topics
from engine.audit.models import Action
from engine.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    TokenExpiredError,
    TokenRevokedError,
    UnauthorizedError,
)
from engine.ledger import mark_of_user
from engine.reference.models import Employee
from engine.tokens.inputs import MakeToken, RotateToken
from engine.tokens.models import ApiToken
from engine.transaction import Transaction

#: How every secret begins, so that programs that look for leaked ones know it.
PREFIX = "wbt_"
#: As many characters of a secret are kept to recognise it by; the others are more than anybody guesses.
SHOWN = len(PREFIX) + 6
#: As many one user has at a time.
MOST = 20
#: How exactly is kept when a token was last used.
MARKED_EVERY = timedelta(minutes=1)
#: For so long one that has expired is still listed, as something may have stopped working.
_LISTED_FOR = timedelta(days=30)
_TOLD = {
    Action.TOKEN_MADE: "was made",
    Action.TOKEN_ROTATED: "has a new secret",
    Action.TOKEN_REVOKED: "was revoked",
}


@dataclass(frozen=True, kw_only=True)
class Made:
    """A token with its secret, which nobody can be shown again."""

    token: ApiToken
    #: For whom it acts.
    user: User
    #: None where its user has yet to take it.
    secret: str | None


def make(tx: Transaction, new: MakeToken) -> Made:
    """Make a token for a user, the actor's own where none is named.

    Raises:
        ForbiddenError: the actor is no admin.
        NotFoundError: there is no such user.
        ConflictError: the account is closed, has as many tokens as somebody may have, or one of that name.
    """
    require(tx.actor, Permission.ADMINISTER, "make API tokens")
    user = service.user_named(tx, new.user_id or tx.actor.user_id)
    if not user.is_active:
        raise ConflictError(f"{user.name} may not sign in. Make the account active first, then repeat.")
    alive = [
        one for one in tx.find(ApiToken, user_id=user.user_id, revoked_at=None) if one.holds(tx.wall_clock)
    ]
    if len(alive) >= MOST:
        raise ConflictError(
            f"{user.name} has {MOST} API tokens already. Revoke one that nobody uses any more."
        )
    name = new.name.strip()
    if any(one.name == name for one in alive):
        raise ConflictError(
            f"{user.name} has an API token “{name}” already. Take another name, or rotate that."
        )
    secret = _new_secret() if user.user_id in taken_by_actor(tx, [user.user_id]) else None
    token = tx.add(
        ApiToken(
            api_token_id=tx.new_id(ApiToken),
            workspace_id=tx.workspace_id,
            user_id=user.user_id,
            name=name,
            scopes=[scope for scope in Scope if scope is Scope.READ or scope in new.scopes],
            token_hash=passwords.hash_token(secret) if secret else None,
            starts_with=secret[:SHOWN] if secret else None,
            made_by=tx.actor.user_id,
            expires_at=tx.wall_clock + timedelta(days=new.days),
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    after = {"scopes": [scope.value for scope in token.scopes], "days": new.days}
    _tell(tx, Action.TOKEN_MADE, token, user, after)
    return Made(token=token, user=user, secret=secret)


def rotate(tx: Transaction, asked: RotateToken) -> Made:
    """Give a token a new secret; the present one goes on for the overlap, and the one before it ends at once.

    Its end stays as it is. So its user also takes the first secret of a token that an admin made for them.

    Raises:
        NotFoundError: there is none that the actor may rotate.
        ForbiddenError: it is another person's, or the actor acts by a token without the scope for it.
        ConflictError: it is revoked or has expired.
    """
    token, user = _of_actor(tx, asked.api_token_id)
    require(tx.actor, Permission.OPEN_WAYS_IN, "rotate API tokens")
    if user.user_id not in taken_by_actor(tx, [user.user_id]):
        raise ForbiddenError(
            f"The secret of “{token.name}” is {user.name}'s alone: they rotate it. You can revoke it."
        )
    if not token.holds(tx.wall_clock):
        raise ConflictError(f"The API token “{token.name}” is over. Make another one.")
    secret = _new_secret()
    if token.token_hash is not None:
        token.previous_hash = token.token_hash
        token.previous_ends_at = tx.wall_clock + timedelta(hours=asked.overlap_hours)
    token.token_hash, token.starts_with = passwords.hash_token(secret), secret[:SHOWN]
    tx.save(token)
    _tell(tx, Action.TOKEN_ROTATED, token, user, {"overlap_hours": asked.overlap_hours})
    return Made(token=token, user=user, secret=secret)


def revoke(tx: Transaction, api_token_id: str) -> ApiToken:
    """Let nobody in by a token any more: one's own, or anybody's for an admin; a repeat changes nothing.

    Raises:
        NotFoundError: there is none that the actor may revoke.
    """
    token, user = _of_actor(tx, api_token_id)
    _revoke(tx, token, user)
    return token


def revoke_all(tx: Transaction, user_id: str) -> None:
    """Let nobody in by any token of a user any more."""
    user = tx.get(User, user_id)
    for token in tx.find(ApiToken, user_id=user_id, revoked_at=None, order_by=("api_token_id",)):
        _revoke(tx, token, user)


def listed(tx: Transaction, *, everybody: bool = False) -> list[ApiToken]:
    """Return the actor's tokens, or for an admin those of everybody, that are not revoked, the newest first.

    One that has expired is listed for some days more.

    Raises:
        ForbiddenError: those of everybody are asked for, and the actor is no admin.
    """
    if everybody:
        require(tx.actor, Permission.ADMINISTER, "see the API tokens of others")
        found = tx.find(ApiToken, revoked_at=None)
    else:
        found = tx.find(ApiToken, revoked_at=None, user_id=tx.actor.user_id)
    shown = [token for token in found if tx.wall_clock < token.expires_at + _LISTED_FOR]
    return sorted(shown, key=lambda token: token.api_token_id, reverse=True)


def found(tx: Transaction, api_token_id: str) -> ApiToken:
    """Return a token of the actor's own, or for an admin anybody's, also one that is over.

    Raises:
        NotFoundError: there is none that the actor may see.
    """
    token, _ = _of_actor(tx, api_token_id)
    return token


def find(tx: Transaction, secret: str) -> SignedIn | None:
    """Find whom a secret lets in, in one statement; None where it lets in nobody (any more)."""
    digest = passwords.hash_token(secret)
    found = queries.find_by_secret(tx, ApiToken, digest, "token_hash", "previous_hash")
    if found is None:
        return None
    token, user, employee = found
    ends_at = token.ends_at(digest)
    if not user.is_active or token.revoked_at is not None or tx.wall_clock >= ends_at:
        return None
    actor = replace(actors.joined(user, employee), scopes=frozenset(token.scopes), token_name=token.name)
    return SignedIn(actor, token.api_token_id, ends_at)


def why_not(tx: Transaction, secret: str) -> UnauthorizedError | None:
    """Say why a secret that ``find`` finds nobody for lets in nobody; None where there never was such one."""
    digest = passwords.hash_token(secret)
    found = queries.find_by_secret(tx, ApiToken, digest, "token_hash", "previous_hash")
    if found is None:
        return None
    token, user, _ = found
    if token.revoked_at is not None or not user.is_active:
        return TokenRevokedError("This API token was revoked. Ask an admin for another one.")
    if digest == token.token_hash or tx.wall_clock >= token.expires_at:
        return TokenExpiredError("This API token has expired. Ask an admin for another one.")
    return TokenExpiredError("This secret was rotated, and its overlap is over. Use the newer one.")


def taken_by_actor(tx: Transaction, user_ids: Iterable[str]) -> frozenset[str]:
    """Return of which of these users the actor is shown secrets: themselves, and for an admin the agents."""
    if not may(tx.actor, Permission.ADMINISTER):
        return frozenset({tx.actor.user_id}).intersection(user_ids)
    employees = actors.employees_of(tx, set(user_ids))
    tx.read_ahead({Employee: filter(None, employees.values())})
    return frozenset(
        user_id
        for user_id, employee_id in employees.items()
        if user_id == tx.actor.user_id or _is_agent(tx, user_id, employee_id)
    )


def _is_agent(tx: Transaction, user_id: str, employee_id: str | None) -> bool:
    employee = tx.find_by_key(Employee, employee_id) if employee_id else None
    return actors.joined(tx.get(User, user_id), employee).kind is ActorKind.AGENT


def mark_name(api_token_id: str) -> str:
    """Name the mark that says when a token was used last."""
    return f"token/{api_token_id}"


def last_used(tx: Transaction, tokens: list[ApiToken]) -> dict[str, datetime]:
    """Return when tokens were used last, to the minute, by their ids; unused ones are left out."""
    marks = {
        mark_of_user(token.user_id, mark_name(token.api_token_id)): token.api_token_id for token in tokens
    }
    found = history.positions(tx, marks) if marks else {}
    return {marks[name]: datetime.fromtimestamp(position / 1000, UTC) for name, position in found.items()}


def _of_actor(tx: Transaction, api_token_id: str) -> tuple[ApiToken, User]:
    token = tx.find_by_key(ApiToken, api_token_id)
    if token is None or not (token.user_id == tx.actor.user_id or may(tx.actor, Permission.ADMINISTER)):
        raise NotFoundError(
            f"There is no API token {api_token_id} that is yours. Look at those that there are."
        )
    return token, tx.get(User, token.user_id)


def _revoke(tx: Transaction, token: ApiToken, user: User) -> None:
    if token.revoked_at is not None:
        return
    token.revoked_at = tx.now
    tx.save(token)
    _tell(tx, Action.TOKEN_REVOKED, token, user, {})


def _tell(tx: Transaction, action: Action, token: ApiToken, user: User, after: dict[str, object]) -> None:
    """Record it at the user, as tokens leave with no export."""
    tx.record(
        action,
        user,
        f"The API token “{token.name}” of {user.name} {_TOLD[action]}",
        after={"token": token.api_token_id, "name": token.name, **after},
        concerning=[topics.tokens_of(user.user_id)],
    )


def _new_secret() -> str:
    return PREFIX + passwords.new_token()
