"""What somebody is to a task, as far as the task itself tells; the pure half of ``visibility``."""

from __future__ import annotations

from typing import Protocol

from engine.access import Actor, Permission, TaskRelation, may


class Whose(Protocol):
    """What of a task says whose it is; its record has it, and so has whatever was read of it without one."""

    @property
    def owner_id(self) -> str:
        """The user who made it."""

    @property
    def assignee_id(self) -> str | None:
        """The employee who does it."""

    @property
    def assignee_role(self) -> str | None:
        """The role whose members may claim it."""

    @property
    def assigned_to_bot(self) -> bool:
        """Whether a program does it."""


def relation_of(actor: Actor, task: Whose, *, in_bundle: bool = False) -> TaskRelation:
    """Say what somebody is to the task; only ``in_bundle`` is not told by the task itself."""
    return TaskRelation(
        owns=task.owner_id == actor.user_id,
        assigned=task.assignee_id is not None and task.assignee_id == actor.employee_id,
        claimable=is_claimable_by(actor, task),
        in_bundle=in_bundle,
    )


def is_claimable_by(actor: Actor, task: Whose) -> bool:
    """Whether the task waits for somebody with a role that somebody's employee has."""
    return (
        task.assignee_id is None
        and not task.assigned_to_bot
        and task.assignee_role is not None
        and task.assignee_role in actor.assignee_roles
        and may(actor, Permission.SEE_CLAIMABLE)
    )
