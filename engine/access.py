"""Who may see or do what: the actor, the access roles, and the one function that decides.

The table of definitions.md section 4 is ``_RULES`` below. Screens, the command line and
use cases all ask ``may`` or ``require``; nothing else compares roles.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.errors import ForbiddenError


class Role(StrEnum):
    """What a user may do; who does a task is an assignee role, a free name."""

    ADMIN = "admin"  #: everything, and people and settings
    MANAGER = "manager"  #: sees and works everything, decides, starts bundles
    STRATEGIST = "strategist"  #: sees everything, owns templates, works own tasks
    MEMBER = "member"  #: works own, assigned and claimable tasks
    PARTNER = "partner"  #: a client's person: approves what is visible to them
    AGENT = "agent"  #: an automated colleague with a member's rights


class ActorKind(StrEnum):
    """What stands behind an action (AUD-09)."""

    USER = "user"  #: a person of the team
    PARTNER_USER = "partner_user"  #: a person of a client
    AGENT = "agent"  #: an automated colleague
    SYSTEM = "system"  #: a scheduled job or a set-up step
    SYNC = "sync"  #: the exchange with the Portal


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Whoever acts, joined to the employee they are, within one workspace."""

    user_id: str
    workspace_id: str
    name: str
    roles: frozenset[Role]
    kind: ActorKind = ActorKind.USER
    #: The employee this user is; None for partners and the system.
    employee_id: str | None = None
    #: Free assignee roles of that employee (writer, operator, ...): what they may claim.
    assignee_roles: frozenset[str] = frozenset()
    partner_id: str | None = None

    @property
    def sees_everything(self) -> bool:
        """Whether the whole workspace is visible to the actor."""
        return may(self, Permission.SEE_ALL_WORK)


class Permission(StrEnum):
    """One thing that a user may be allowed to do."""

    SEE_ALL_WORK = "see_all_work"  #: see every task and bundle of the workspace
    SEE_OWN_WORK = "see_own_work"  #: see own, assigned and claimable tasks and their bundles
    WORK_ALL = "work_all"  #: change any task
    WORK_OWN = "work_own"  #: change own, assigned and claimed tasks
    CLAIM = "claim"  #: take a task that waits for one of one's assignee roles
    START_BUNDLE = "start_bundle"  #: start work from a template
    DECIDE = "decide"  #: approve artifacts, decide what waits for a manager
    LOAD_REFERENCE = "load_reference"  #: load employees, partners and campaigns
    ADMINISTER = "administer"  #: people and settings
    EXPORT = "export"  #: take the whole workspace out, or bring one in
    BROWSE_TEMPLATES = "browse_templates"  #: read templates, process docs and their origins


_TEAM = frozenset({Role.ADMIN, Role.MANAGER, Role.STRATEGIST, Role.MEMBER, Role.AGENT})
_LEADS = frozenset({Role.ADMIN, Role.MANAGER})

_RULES: dict[Permission, frozenset[Role]] = {
    Permission.SEE_ALL_WORK: _LEADS | {Role.STRATEGIST},
    Permission.SEE_OWN_WORK: _TEAM,
    Permission.WORK_ALL: _LEADS,
    Permission.WORK_OWN: _TEAM,
    Permission.CLAIM: _TEAM - {Role.STRATEGIST},
    Permission.START_BUNDLE: _TEAM,
    Permission.DECIDE: _LEADS,
    Permission.LOAD_REFERENCE: _LEADS,
    Permission.ADMINISTER: frozenset({Role.ADMIN}),
    Permission.EXPORT: _LEADS,
    Permission.BROWSE_TEMPLATES: _TEAM,
}


def may(actor: Actor, permission: Permission) -> bool:
    """Say whether any of the actor's roles grants the permission."""
    return bool(actor.roles & _RULES[permission])


def require(actor: Actor, permission: Permission, doing: str) -> None:
    """Refuse unless the actor has the permission; ``doing`` completes "may not ...".

    Raises:
        ForbiddenError: names the roles that may.
    """
    if not may(actor, permission):
        roles = ", ".join(sorted(_RULES[permission]))
        raise ForbiddenError(f"{actor.name} may not {doing}. It takes one of these roles: {roles}.")


@dataclass(frozen=True, kw_only=True)
class TaskRelation:
    """What an actor is to one task."""

    owns: bool
    assigned: bool
    claimable: bool
    #: The actor owns, is assigned or may claim another task of the same bundle.
    in_bundle: bool


def may_see_task(actor: Actor, relation: TaskRelation) -> bool:
    """Say whether the actor may see a task (CNF-17; definitions.md section 4)."""
    if may(actor, Permission.SEE_ALL_WORK):
        return True
    related = relation.owns or relation.assigned or relation.claimable or relation.in_bundle
    return related and may(actor, Permission.SEE_OWN_WORK)


def may_work_task(actor: Actor, relation: TaskRelation) -> bool:
    """Say whether the actor may change a task; a claimed task is an assigned one."""
    if may(actor, Permission.WORK_ALL):
        return True
    return (relation.owns or relation.assigned) and may(actor, Permission.WORK_OWN)
