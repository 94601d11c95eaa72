"""Keeping secrets: set, removed, listed by name, and opened by whatever needs them."""

from __future__ import annotations

from engine.access import Permission, require
from engine.accounts.models import Workspace
from engine.audit.models import Action
from engine.command import Services
from engine.errors import NotFoundError
from engine.secrets import sealing
from engine.secrets.models import Secret
from engine.transaction import Transaction


def keep(tx: Transaction, name: str, sealed: str) -> Secret:
    """Keep a sealed value under a name, in place of the one that was there.

    Raises:
        ForbiddenError: the actor is no admin.
    """
    require(tx.actor, Permission.ADMINISTER, "set a secret")
    secret = tx.find_one(Secret, name=name)
    if secret is None:
        ids = {"secret_id": tx.new_id(Secret), "workspace_id": tx.workspace_id}
        moments = {"created_at": tx.now, "updated_at": tx.now}
        secret = tx.add(Secret.model_validate({"name": name, "sealed": sealed, **ids, **moments}))
    else:
        secret.sealed = sealed
        tx.save(secret)
    _tell(tx, Action.SECRET_SET, "set", name)
    return secret


def remove(tx: Transaction, name: str) -> Secret:
    """Forget the value under a name.

    Raises:
        NotFoundError: there is none.
        ForbiddenError: the actor is no admin.
    """
    secret = next((one for one in list_all(tx) if one.name == name), None)
    if secret is None:
        raise NotFoundError(f"There is no secret “{name}”. `workbench secrets list` shows their names.")
    secret.sealed = None
    tx.save(secret)
    _tell(tx, Action.SECRET_REMOVED, "removed", name)
    return secret


def list_all(tx: Transaction) -> list[Secret]:
    """Return the secrets that have a value, by their names.

    Raises:
        ForbiddenError: the actor is no admin.
    """
    require(tx.actor, Permission.ADMINISTER, "see which secrets there are")
    found = [secret for secret in tx.find(Secret) if secret.sealed is not None]
    return sorted(found, key=lambda secret: secret.name)


def open_secret(services: Services, tx: Transaction, name: str) -> str | None:
    """Return the value under a name, for use by the product alone; None where there is none.

    Raises:
        ConflictError, UnavailableError: it cannot be opened (``sealing.unseal``).
    """
    secret = tx.find_one(Secret, name=name)
    if secret is None or secret.sealed is None:
        return None
    return sealing.unseal(services.settings, name, secret.sealed)


def _tell(tx: Transaction, action: Action, done: str, name: str) -> None:
    """Record what was done to a secret as an event of the workspace: exports have no secrets to point at."""
    workspace = tx.get(Workspace, tx.workspace_id)
    tx.record(action, workspace, f"{tx.actor.name} {done} the secret “{name}”", after={"name": name})
