"""Holding back all messages: one switch for admins, which each sending job asks before it begins."""

from __future__ import annotations

from engine.access import Permission, require
from engine.accounts import actors
from engine.accounts.models import Workspace
from engine.audit.models import Action
from engine.command import Services
from engine.transaction import Transaction


def is_paused(services: Services) -> bool:
    """Whether messages are held back now."""
    with services.reading(actors.system(services.workspace.workspace_id)) as tx:
        return tx.get(Workspace, tx.workspace_id).messages_paused_at is not None


def pause(tx: Transaction, *, is_paused: bool) -> Workspace:
    """Hold back all messages, or let them go out again; what is written meanwhile waits.

    Raises:
        ForbiddenError: the actor is no admin.
    """
    require(tx.actor, Permission.ADMINISTER, "hold back messages")
    workspace = tx.get(Workspace, tx.workspace_id)
    if (workspace.messages_paused_at is not None) is not is_paused:
        workspace.messages_paused_at = tx.now if is_paused else None
        tx.save(workspace)
        done = "holds back all messages" if is_paused else "lets messages go out again"
        tx.record(
            Action.MESSAGES_PAUSED, workspace, f"{tx.actor.name} {done}", after={"is_paused": is_paused}
        )
    return workspace
