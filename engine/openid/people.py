"""Whose account it is that a provider vouches for, and what their groups give them.

The first time an account is found by its e-mail, which the provider must have seen to be theirs; from then on
by what the provider calls them. So a changed e-mail keeps the account, and nobody else with that e-mail takes
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from engine.access import ActorKind, Permission, Role, require
from engine.accounts import actors, passwords, queries, service, sessions
from engine.accounts.bootstrap import OPERATOR_EMAIL
from engine.accounts.models import EndedBy, Identity, User
from engine.audit.models import Action
from engine.errors import BadRequestError, ConflictError, UnauthorizedError
from engine.invitations import service as invitations
from engine.openid.provider import Person
from engine.reference import employees
from engine.reference.models import Employee
from engine.transaction import Transaction

_CLOSED = "This account is not active any more. Ask an admin."


def enter(tx: Transaction, person: Person, invitation: str = "") -> User:
    """Return the user whom a provider vouches for, with what their groups give them by now.

    An ``invitation`` opens the account that it is for, whatever e-mail the provider knows them by.

    Who is in no group that gives anything any more comes back not active: their account is closed, unless
    nobody else administers. The event of the session that begins with it tells what is noted of their groups.

    Raises:
        UnauthorizedError: nobody has that e-mail, the provider has not seen whose it is, somebody else was
            joined to the account before, or it is closed.
    """
    user, roles_given = known(tx, person, invitation), list[Role]()
    if user is None:
        user, roles_given = _new(tx, person)
    return settle(tx, user, person, passwords.hash_token(invitation) if invitation else None, roles_given)


def known(tx: Transaction, person: Person, invitation: str = "") -> User | None:
    """Return whose account ``enter`` would open; None for somebody new. Nothing is changed by it.

    Raises:
        UnauthorizedError: as ``enter``, but for somebody new.
    """
    identity = _identity(tx, person)
    if invitation:
        user = invitations.whose(tx, invitation)
    elif identity is not None:
        user = tx.get(User, identity.user_id)
    elif (found := _by_email(tx, person)) is not None:
        user = found
    else:
        return None
    if not user.is_active and invitations.find_good(tx, user) is None:
        raise UnauthorizedError(_CLOSED)
    if identity is None or identity.user_id != user.user_id:
        _require_unjoined(tx, user, person)
    return user


def settle(
    tx: Transaction, user: User, person: Person, invitation: str | None, roles_given: Iterable[Role] = ()
) -> User:
    """Open the account of a user to whom the provider vouches for, join it, and follow their groups.

    ``invitation`` is the hash of the one that they came with; ``roles_given`` are theirs by groups alone.

    Raises:
        UnauthorizedError: as ``enter``.
    """
    if not user.is_active and invitation is None:
        invitation = invitations.find_good(tx, user)
        if invitation is None:
            raise UnauthorizedError(_CLOSED)
    if invitation is not None:
        invitations.accept_kept(tx, invitation, person.name)
    identity = _identity(tx, person)
    if identity is None or identity.user_id != user.user_id:
        identity = join(tx, user, person, roles_given)
    _follow_groups(tx, user, identity, person)
    return user


def closes(tx: Transaction, user: User, person: Person) -> bool:
    """Whether what the provider says of whom it was joined to takes the last role from an account in use."""
    identity = _identity(tx, person)
    if identity is None or identity.user_id != user.user_id or not user.is_active:
        return False
    return _groups_give(tx.settings.oidc_roles, user, person) and not any(
        _roles_by(tx, user, _of(tx, user), person)
    )


def join(tx: Transaction, user: User, person: Person, roles_given: Iterable[Role] = ()) -> Identity:
    """Let the provider's person sign in as a user from now on, who has some roles by their groups alone.

    Raises:
        UnauthorizedError: somebody else of that provider does so already, or they do as another user.
    """
    _require_unjoined(tx, user, person)
    identity = tx.add(
        Identity(
            identity_id=tx.new_id(Identity),
            workspace_id=tx.workspace_id,
            user_id=user.user_id,
            issuer=person.issuer,
            subject=person.subject,
            roles_given=list(roles_given),
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    summary = f"{user.name} signs in with OpenID from now on"
    tx.record(Action.USER_CHANGED, user, summary, after={"issuer": person.issuer})
    return identity


def _require_unjoined(tx: Transaction, user: User, person: Person) -> None:
    if tx.find_one(Identity, user_id=user.user_id, issuer=person.issuer) is not None:
        raise UnauthorizedError(
            f"{user.email} is joined to another person at {_name(tx)}. If you are who uses it here, ask an "
            "admin to let it be joined anew."
        )
    if _identity(tx, person) is not None:
        raise UnauthorizedError(f"You have an account here already. Sign in with {_name(tx)}.")


def _identity(tx: Transaction, person: Person) -> Identity | None:
    return tx.find_one(Identity, issuer=person.issuer, subject=person.subject)


def forget(tx: Transaction, user_id: str) -> User:
    """Let an account be joined anew: the next one with its e-mail whom the provider vouches for gets it.

    Whoever was joined is signed out everywhere, and what their groups gave goes with them. Who would be left
    with no role is a member until then, and the last admin stays one.

    Raises:
        ForbiddenError: the actor is no admin.
        OwnWorkError: it is the actor's own account, and groups gave it roles (S3).
        NotFoundError: no such user.
        ConflictError: nobody is joined to it.
    """
    require(tx.actor, Permission.ADMINISTER, "let accounts be joined anew")
    user = service.user_named(tx, user_id)
    found = _of(tx, user)
    if not found:
        raise ConflictError(f"{user.name} has not signed in with OpenID. There is nothing to forget.")
    tx.record(Action.USER_CHANGED, user, f"{user.name} is joined anew at their next sign-in with OpenID")
    _take_back(tx, user, found)
    sessions.end_all(tx, user, EndedBy.CHOICE)
    queries.forget(tx, Identity, [one.identity_id for one in found])
    return user


def _take_back(tx: Transaction, user: User, identities: Sequence[Identity]) -> None:
    """Take from a user what the groups of these gave them."""
    kept = _without(user.roles, _roles_given(identities))
    if service.is_last_admin(tx, user) and Role.ADMIN not in kept:
        kept.append(Role.ADMIN)
    kept = kept or [Role.MEMBER.value]
    if set(user.roles) != set(kept):
        why = f"without what their groups at {_name(tx)} gave"
        service.change_user(tx, user.user_id, roles=kept, why=why)
    employee_id, given = actors.employee_of(tx, user.user_id), _assignee_roles_given(identities)
    if given and employee_id is not None:
        employee = tx.get(Employee, employee_id)
        _put_assignee_roles(tx, employee, _without(employee.roles, given))


def _by_email(tx: Transaction, person: Person) -> User | None:
    """Find the account of somebody who comes for the first time; None where there is none.

    Raises:
        UnauthorizedError: the provider has not seen whose the address is.
    """
    if person.email is None:
        raise UnauthorizedError(
            f"{_name(tx)} does not say that your e-mail address is yours, so nobody can tell which account "
            "yours is. Have the address confirmed there, or ask an admin here for a link."
        )
    user = service.find_by_email(tx, person.email)
    return user if user is not None and user.email != OPERATOR_EMAIL else None


def _new(tx: Transaction, person: Person) -> tuple[User, list[Role]]:
    """Give somebody an account where that is set; beside it stand the roles that it has by groups alone.

    Raises:
        UnauthorizedError: they get none.
    """
    email = person.email or ""
    mailbox, _, domain = email.rpartition("@")
    if not mailbox or domain not in tx.settings.new_domains:
        raise UnauthorizedError(f"Nobody signs in here as {email}. Ask an admin to let you in.")
    by_groups = _given(tx.settings.roles_by_group, person)
    if tx.settings.oidc_roles and not by_groups:
        raise UnauthorizedError(f"None of your groups at {_name(tx)} leads here. Ask an admin to let you in.")
    try:
        user = service.add_user(tx, email, person.name, by_groups or [Role.MEMBER])
    except BadRequestError as error:  # which of several people they are, an admin has to say
        raise UnauthorizedError(
            f"No account can be made for {email} by itself. Ask an admin to add you."
        ) from error
    return user, [Role(role) for role in by_groups]


def _follow_groups(tx: Transaction, user: User, identity: Identity, person: Person) -> None:
    """Give and take the roles that groups give; what an admin gave stays. A client's people have none."""
    # What other providers' groups gave before goes as well: one of them counts, the one that is set.
    identities = [identity, *(one for one in _of(tx, user) if one is not identity)]
    if _groups_give(tx.settings.oidc_roles, user, person):
        _give_roles(tx, user, identities, person)
    employee_id = actors.employee_of(tx, user.user_id)
    if _groups_give(tx.settings.oidc_assignee_roles, user, person) and employee_id is not None:
        employee = tx.get(Employee, employee_id)
        kept = _without(employee.roles, _assignee_roles_given(identities))
        given = _without(_given(tx.settings.assignee_roles_by_group, person), kept)
        for one in identities:
            _note(tx, one, "assignee_roles_given", given if one is identity else [])
        _put_assignee_roles(tx, employee, [*kept, *given])


def _groups_give(setting: str, user: User, person: Person) -> bool:
    """Whether a user's groups count for what a setting gives: they are told, and it is one of the team."""
    return bool(setting) and person.groups is not None and actors.kind_of(user) is ActorKind.USER


def _give_roles(tx: Transaction, user: User, identities: Sequence[Identity], person: Person) -> None:
    """Give a user their roles, and note at the first identity which are by groups.

    Whoever would be left with none is closed out.
    """
    kept, given = _roles_by(tx, user, identities, person)
    why = f"by their groups at {_name(tx)}"
    if not kept and not given:
        service.change_user(tx, user.user_id, is_active=False, why=why)
        return
    for number, one in enumerate(identities):
        _note(tx, one, "roles_given", [Role(role) for role in given] if number == 0 else [])
    if set(user.roles) != {*kept, *given}:
        service.change_user(tx, user.user_id, roles=[*kept, *given], why=why)


def _roles_by(
    tx: Transaction, user: User, identities: Sequence[Identity], person: Person
) -> tuple[list[str], list[str]]:
    """Return the roles that a user keeps anyway, and those that groups give. The last admin stays one."""
    kept = _without(user.roles, _roles_given(identities))
    given = _without(_given(tx.settings.roles_by_group, person), kept)
    if service.is_last_admin(tx, user) and Role.ADMIN not in (*kept, *given):
        given.append(Role.ADMIN)
    return kept, given


def _note(tx: Transaction, identity: Identity, field: str, given: Sequence[str]) -> None:
    if getattr(identity, field) != given:
        setattr(identity, field, given)
        tx.save(identity)


def _put_assignee_roles(tx: Transaction, employee: Employee, wanted: Sequence[str]) -> None:
    if set(employee.roles) != set(wanted):
        employees.put(tx, employees.before(tx, []), employee, {"roles": list(wanted)})


def _of(tx: Transaction, user: User) -> list[Identity]:
    return tx.find(Identity, user_id=user.user_id, order_by=("identity_id",))


def _roles_given(identities: Iterable[Identity]) -> set[str]:
    return {role for one in identities for role in one.roles_given}


def _assignee_roles_given(identities: Iterable[Identity]) -> set[str]:
    return {role for one in identities for role in one.assignee_roles_given}


def _given(by_group: Mapping[str, Sequence[str]], person: Person) -> list[str]:
    """Return what somebody's groups give, in the order of the setting."""
    found = [role for group, roles in by_group.items() if group in (person.groups or ()) for role in roles]
    return list(dict.fromkeys(found))


def _without(roles: Iterable[str], others: Iterable[str]) -> list[str]:
    left_out = set(others)
    return [role for role in roles if role not in left_out]


def _name(tx: Transaction) -> str:
    return tx.settings.oidc_name
