"""The first records of a new store: the default workspace and its local operator."""

from __future__ import annotations

from engine.access import Role
from engine.accounts.models import User, Workspace
from engine.audit.models import Action
from engine.transaction import Transaction

#: The key of the workspace that a new store is made with.
DEFAULT_WORKSPACE = "default"
#: The admin that the command line acts as, unless ``--as`` names somebody else.
OPERATOR_EMAIL = "operator@localhost"


def add_default_workspace(tx: Transaction) -> Workspace:
    """Add the workspace that ``tx`` is opened for, with its local operator."""
    workspace = tx.add(
        Workspace(
            workspace_id=tx.workspace_id,
            key=DEFAULT_WORKSPACE,
            name="Workbench",
            timezone=tx.timezone,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    tx.record(
        Action.WORKSPACE_CREATED,
        workspace,
        "Workspace created",
        after={"key": workspace.key, "timezone": workspace.timezone},
    )
    operator = tx.add(
        User(
            user_id=tx.new_id(User),
            workspace_id=tx.workspace_id,
            email=OPERATOR_EMAIL,
            name="Local operator",
            roles=[Role.ADMIN],
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    tx.record(
        Action.USER_ADDED,
        operator,
        "Local operator added",
        after={"email": operator.email, "roles": [Role.ADMIN]},
    )
    return workspace
