"""People who sign in: adding them, checking their password, one-time links."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from engine.access import Permission, Role, require
from engine.accounts import actors, passwords, queries, sessions
from engine.accounts.bootstrap import OPERATOR_EMAIL
from engine.accounts.closed import Closed
from engine.accounts.models import LONG_AGO, BegunWith, EndedBy, Identity, SignInLink, User
from engine.audit.models import Action
from engine.catalog.calendars import zone_named
from engine.errors import (
    BadRequestError,
    ConflictError,
    NotFoundError,
    OwnWorkError,
    UnauthorizedError,
    bad_field,
)
from engine.reference.models import Employee, Partner
from engine.transaction import Transaction

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_LINK_LIFETIME = timedelta(hours=24)
_NO_MATCH = "This e-mail and password do not match. Try again, or ask an admin for a link."


def add_user(
    tx: Transaction,
    email: str,
    name: str,
    roles: Sequence[str],
    *,
    employee: str | None = None,
    partner: str | None = None,
    password_hash: str | None = None,
    is_invited: bool = False,
) -> User:
    """Let somebody sign in, once they have accepted where they are invited.

    ``employee`` is the key of the employee they are; without it the employee with the
    same e-mail is taken, if there is one. A partner's user names their ``partner``.

    Raises:
        ForbiddenError: the actor is no admin.
        BadRequestError: no e-mail, an unknown role, employee or partner.
        ConflictError: the address is taken.
    """
    require(tx.actor, Permission.ADMINISTER, "add users")
    address = _checked_email(email)
    if tx.find_one(User, email=address):
        raise ConflictError(f"{address} already signs in here. Use another address, or change that user.")
    parsed = _checked_roles(roles)
    partner_id = _partner_id(tx, partner, parsed)
    _check_partner(parsed, partner_id)
    user = User(
        user_id=tx.new_id(User),
        workspace_id=tx.workspace_id,
        email=address,
        name=name.strip() or address,
        roles=parsed,
        employee_id=_employee_id(tx, employee, address),
        partner_id=partner_id,
        is_active=not is_invited,
        invited_at=tx.now if is_invited else None,
        password_hash=password_hash,
        created_at=tx.now,
        updated_at=tx.now,
    )
    tx.add(user)
    after = {
        "email": user.email,
        "name": user.name,
        "roles": list(user.roles),
        "employee_id": user.employee_id,
    }
    may = "is to" if is_invited else "may"
    tx.record(Action.USER_ADDED, user, f"{user.name} {may} sign in as {', '.join(parsed)}", after=after)
    return user


def change_user(
    tx: Transaction,
    user_id: str,
    *,
    roles: Sequence[str] | None = None,
    is_active: bool | None = None,
    employee: str | None = None,
    revision: int | None = None,
    why: str = "",
) -> User:
    """Change what a user may do, whether they may sign in, or which employee they are; None leaves it.

    ``employee`` is a key; an empty one leaves it to the e-mail, as for a new user. Whom they were before is
    kept: it stays their own work (S3). Who is not active any more is signed out everywhere at once, and their
    links are void; coming back revives neither (S5). The event says ``why``.

    Raises:
        ForbiddenError: the actor is no admin.
        OwnWorkError: it is the actor's own roles or join, under this account or another of theirs (S3).
        NotFoundError: no such user.
        BadRequestError: an unknown role or employee, or roles that do not go together.
        ConflictError: nobody would be left to administer, or it is the local operator.
        StaleWriteError: ``revision`` is given and the user has moved on.
    """
    require(tx.actor, Permission.ADMINISTER, "change users")
    user = tx.get(User, user_id, revision=revision)
    wanted = _checked_roles(roles) if roles is not None else list(user.roles)
    stays = user.is_active if is_active is None else is_active
    _check_partner(wanted, user.partner_id)
    _check_admin_left(tx, user, is_admin=stays and Role.ADMIN in wanted)
    before = (set(user.roles), user.is_active, user.employee_id)
    joined = user.employee_id
    if employee is not None:
        joined = _employee_id(tx, employee, user.email) if employee else None
    if (set(wanted), joined) != (before[0], before[2]):
        _refuse_oneself(tx, user)
    if joined != before[2]:
        _join(tx, user, joined)
    user.roles, user.is_active = wanted, stays
    if stays:
        user.invited_at = None  # nothing waits for them any more
    if (set(user.roles), user.is_active, user.employee_id) == before:
        return user
    tx.save(user)
    closes = before[1] and not stays
    may = "may" if stays else "is to"
    state = "may not sign in any more" if closes else f"{may} sign in as {', '.join(wanted)}"
    summary = f"{user.name} {state}{f', {why}' if why else ''}"
    tx.record(Action.USER_CHANGED, user, summary, fact=Closed(user.user_id) if closes else None)
    if closes:
        _void_ways_in(tx, user, EndedBy.DEACTIVATION)
    return user


def set_timezone(tx: Transaction, user: str, timezone: str) -> User:
    """Say in which zone a user, named by id or e-mail, reads and writes times; empty is the workspace's.

    What is due when stays: days without an hour end where the calendar or the workspace says.

    Raises:
        ForbiddenError: it is somebody else's account, and the actor is no admin.
        NotFoundError: no such user.
        BadRequestError: there is no such zone.
    """
    found = tx.find_by_key(User, tx.actor.user_id)
    if found is None or user not in (found.user_id, found.email):
        require(tx.actor, Permission.ADMINISTER, "say where somebody else reads times")
        found = user_named(tx, user)
    try:
        zone = zone_named(timezone).key if timezone else None
    except ValueError as error:
        raise bad_field("timezone", str(error)) from error
    if found.timezone != zone:
        found.timezone = zone
        tx.save(found)
        where = zone or "the workspace's zone"
        tx.record(Action.USER_CHANGED, found, f"{found.name} reads times in {where}")
    return found


def set_password(tx: Transaction, user_id: str, password_hash: str) -> User:
    """Give a user a password: their own, or anybody's for an admin; they are signed out everywhere (S5).

    It comes hashed (``passwords.hash_password``): that takes its time, which no transaction waits for.
    """
    if user_id != tx.actor.user_id:
        require(tx.actor, Permission.ADMINISTER, "set somebody else's password")
    user = tx.get(User, user_id)
    user.password_hash = password_hash
    tx.save(user)
    tx.record(Action.USER_CHANGED, user, f"{user.name} has a new password")
    _void_ways_in(tx, user, EndedBy.NEW_PASSWORD)
    return user


def prove(user: User, current: str) -> None:
    """Check the present password before it is changed, so that an unlocked screen is not enough.

    Raises:
        BadRequestError: it is not theirs, or they have none: a session of whatever age proves nothing then.
    """
    if user.password_hash is None:
        raise BadRequestError(
            "You have no password yet, and signed in more than a quarter of an hour ago. Sign in again, then "
            "set one."
        )
    if not passwords.matches(current, user.password_hash):
        summary = "That is not your present password. Try again, or ask an admin for a sign-in link."
        raise bad_field("current", "not your present password", summary)


def change_own_password(tx: Transaction, proved: str | None, password_hash: str) -> User:
    """Replace the actor's password, whose hash was ``proved``, by a new one, which comes hashed.

    Raises:
        ConflictError: the password was changed meanwhile.
    """
    user = tx.get(User, tx.actor.user_id)
    if user.password_hash != proved:
        raise ConflictError("Your password was changed meanwhile. Load the page again, then repeat.")
    return set_password(tx, user.user_id, password_hash)


def verify_password(tx: Transaction, email: str, password: str) -> User:
    """Find the user to whom this address and password belong.

    Raises:
        UnauthorizedError: they do not match; never says which of the two is wrong.
    """
    return check_password(find_by_email(tx, email), password)


def find_by_email(tx: Transaction, email: str) -> User | None:
    """Find the user with this address."""
    return tx.find_one(User, email=email.strip().lower())


def check_password(user: User | None, password: str) -> User:
    """Return the user if the password is theirs; takes its time, also where there is nobody.

    Raises:
        UnauthorizedError: as ``verify_password``.
    """
    right = passwords.matches(password, user.password_hash if user else None)
    if user is None or not right or not user.is_active:
        raise UnauthorizedError(_NO_MATCH)
    return user


def begin_session(tx: Transaction, proved: User, *, browser: str = "", instead_of: str | None = None) -> str:
    """Sign in the user whose password ``verify_password`` has proved; return the session's token.

    Raises:
        UnauthorizedError: the password was changed meanwhile, the account closed, or it takes no password.
    """
    user = tx.get(User, proved.user_id)
    if user.password_hash != proved.password_hash:
        raise UnauthorizedError(_NO_MATCH)
    require_password_taken(tx, user)
    return sessions.begin(tx, user, BegunWith.PASSWORD, browser=browser, instead_of=instead_of)


def takes_password(tx: Transaction, user: User) -> bool:
    """Whether an account takes a password; one of an OpenID provider may not, as the settings say."""
    issuer = tx.settings.oidc_issuer
    if tx.settings.oidc_passwords or not issuer:
        return True
    return tx.find_one(Identity, user_id=user.user_id, issuer=issuer) is None


def require_password_taken(tx: Transaction, user: User) -> None:
    """Refuse the password of an account that takes none.

    Raises:
        UnauthorizedError: it takes none.
    """
    if not takes_password(tx, user):
        raise UnauthorizedError(f"This account takes no password. Sign in with {tx.settings.oidc_name}.")


def user_named(tx: Transaction, name: str) -> User:
    """Return the user with an id, or with an e-mail.

    Raises:
        NotFoundError: there is none.
    """
    if "@" not in name:
        return tx.get(User, name)
    user = find_by_email(tx, name)
    if user is None:
        raise NotFoundError(f"Nobody signs in here as {name}. Check the address, or add them first.")
    return user


def make_sign_in_link(tx: Transaction, user: User) -> str:
    """Return a fresh token that signs the user in once within 24 hours; it voids the one before.

    Raises:
        ForbiddenError: it is for somebody else, and the actor is no admin.
        ConflictError: the account is not active.
    """
    if user.user_id != tx.actor.user_id:
        require(tx.actor, Permission.LET_IN, "make a sign-in link for somebody else")
    if user.invited_at is not None:
        raise ConflictError(f"{user.name} has not accepted the invitation yet. Send it again.")
    if not user.is_active:
        raise ConflictError(f"{user.name} may not sign in. Make the account active first, then repeat.")
    token = passwords.new_token()
    add_link(tx, user, token, _LINK_LIFETIME)
    tx.record(Action.SIGN_IN_LINK_MADE, user, f"A one-time sign-in link was made for {user.name}")
    return token


def add_link(tx: Transaction, user: User, token: str, lifetime: timedelta, *, invites: bool = False) -> None:
    """Let a token sign a user in once, or open the account that they are invited to; others are void."""
    void_links(tx, user)
    tx.add(
        SignInLink(
            token_hash=passwords.hash_token(token),
            workspace_id=tx.workspace_id,
            user_id=user.user_id,
            expires_at=tx.wall_clock + lifetime,
            invites=invites,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )


def whose_link(tx: Transaction, token: str) -> User:
    """Return the user whom a link would sign in; it stays unused.

    Raises:
        UnauthorizedError: unknown, used, void or too old, or the account is not active.
    """
    return _good_link(tx, token)[1]


def redeem(tx: Transaction, token: str) -> User:
    """Use up a sign-in link and return the user it signs in; the event of their session tells of it, too.

    Raises:
        UnauthorizedError: unknown, used, void or too old, or the account is not active.
    """
    link, user = _good_link(tx, token)
    link.used_at = tx.now
    tx.save(link)
    return user


def _good_link(tx: Transaction, token: str) -> tuple[SignInLink, User]:
    link = tx.find_by_key(SignInLink, passwords.hash_token(token))
    if link is None or link.invites or not link.is_good(tx.wall_clock):
        raise UnauthorizedError(
            "This sign-in link was used already, is too old, or a newer one was made. "
            "Ask for a new one, or sign in with your password."
        )
    user = tx.get(User, link.user_id)
    if not user.is_active:
        raise UnauthorizedError("This account is not active any more. Ask an admin.")
    return link, user


def _void_ways_in(tx: Transaction, user: User, by: EndedBy) -> None:
    sessions.end_all(tx, user, by)
    void_links(tx, user)


def void_links(tx: Transaction, user: User) -> None:
    """Void the user's link, and forget those that were good for nothing any more."""
    links = tx.find(SignInLink, user_id=user.user_id)
    queries.forget(tx, SignInLink, [link.token_hash for link in links if not link.is_good(tx.wall_clock)])
    for link in links:
        if link.is_good(tx.wall_clock):
            link.expires_at = LONG_AGO
            tx.save(link)


def _checked_email(email: str) -> str:
    address = email.strip().lower()
    if not _EMAIL.fullmatch(address):
        raise bad_field(
            "email",
            "not an e-mail address",
            f"{email!r} is not an e-mail address; write it like ana@example.com.",
        )
    return address


def _checked_roles(roles: Sequence[str]) -> list[Role]:
    known = ", ".join(Role)
    if not roles:
        raise bad_field("role", "choose at least one", f"Whoever signs in has a role. Choose from: {known}.")
    if unknown := [role for role in roles if role not in set(Role)]:
        raise bad_field(
            "role", f"one of {known}", f"{', '.join(unknown)} is not a role. Choose from: {known}."
        )
    return list(dict.fromkeys(Role(role) for role in roles))


def _check_partner(roles: Sequence[Role], partner_id: str | None) -> None:
    """Refuse to mix a client's people with the team: they would see what is internal."""
    if Role.PARTNER in roles and len(roles) > 1:
        message = "a client's person has the role partner alone"
    elif Role.PARTNER in roles and partner_id is None:
        message = "this user belongs to no partner; add a user of that partner instead"
    elif Role.PARTNER not in roles and partner_id is not None:
        message = "this user belongs to a partner, and stays the partner's"
    else:
        return
    raise bad_field("role", message, f"The roles {', '.join(roles)} cannot be given: {message}.")


def _check_admin_left(tx: Transaction, user: User, *, is_admin: bool) -> None:
    """Refuse to take away the last person who administers, or the command line's own user."""
    if is_admin or Role.ADMIN not in user.roles or not user.is_active:
        return
    if user.email == OPERATOR_EMAIL:
        raise ConflictError(
            "The local operator is who the command line acts as, so they stay an active admin."
        )
    if is_last_admin(tx, user):
        raise ConflictError(
            f"{user.name} is the last active admin. Make somebody else an admin first, then repeat."
        )


def is_last_admin(tx: Transaction, user: User) -> bool:
    """Whether nobody but a user administers; the local operator, who is the server's, does not count."""
    others = [
        other
        for other in tx.find(User)
        if other.user_id != user.user_id and other.is_active and Role.ADMIN in other.roles
    ]
    return Role.ADMIN in user.roles and all(other.email == OPERATOR_EMAIL for other in others)


def _refuse_oneself(tx: Transaction, user: User) -> None:
    """Refuse to change one's own roles, or who one is: both decide what one may judge (S3)."""
    if not tx.settings.own_approval and actors.is_self(tx, user):
        raise OwnWorkError(
            f"{tx.actor.name} cannot change their own roles, or whom they stand for: {user.email} is their "
            "account. Ask another admin, or change it with `workbench user change` on the server."
        )


def _join(tx: Transaction, user: User, employee_id: str | None) -> None:
    """Join a user to another employee, or leave it to their e-mail; whom they were is kept (S3)."""
    were = actors.employee_of(tx, user.user_id)
    user.employee_id = employee_id
    if were is not None and were not in user.former_employee_ids:
        user.former_employee_ids = [*user.former_employee_ids, were]


def _employee_id(tx: Transaction, key: str | None, email: str) -> str | None:
    if key is None:
        same = tx.find(Employee, email=email, order_by=("key",))
        if len(same) > 1:
            names = " and ".join(f"{item.name} ({item.key})" for item in same)
            raise bad_field(
                "employee",
                "several employees have this address",
                f"{email} is the address of several employees: {names}. Say which of them is meant by "
                "--employee KEY, or correct the addresses in the reference data.",
            )
        return same[0].employee_id if same else None
    employee = tx.find_one(Employee, key=key)
    if employee is None:
        raise BadRequestError(
            f"There is no employee {key!r}. Load them first: workbench reference load FILE."
        )
    return employee.employee_id


def _partner_id(tx: Transaction, key: str | None, roles: Sequence[Role]) -> str | None:
    if key is None:
        if Role.PARTNER in roles:
            raise BadRequestError(
                "A user with the role partner needs the partner they belong to: --partner KEY."
            )
        return None
    partner = tx.find_one(Partner, key=key)
    if partner is None:
        raise BadRequestError(f"There is no partner {key!r}. Load them first: workbench reference load FILE.")
    return partner.partner_id
