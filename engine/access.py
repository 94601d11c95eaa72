"""Who may see or do what: the actor, the access roles, and the one function that decides.

The table of definitions.md section 4 is ``_RULES`` below. Screens, the command line and
use cases all ask ``may`` or ``require``; nothing else compares roles.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.errors import ForbiddenError, ScopeMissingError


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


class ApprovalSource(StrEnum):
    """Whose decision an approval is (APR-13)."""

    INTERNAL = "internal"  #: the team's own managers
    PORTAL = "portal"  #: the partner's people


class Scope(StrEnum):
    """What an API token may be used for, of what the roles of its user grant."""

    READ = "read"  #: see what its user sees; every token has it
    WORK = "work"  #: change work: tasks and bundles, notes, what is watched
    DECIDE = "decide"  #: judge: approvals, human reviews, answers to help, QA
    CONTENT = "content"  #: write changes of templates, and offer them
    ADMIN = "admin"  #: people, tokens, settings, reference data, exports; it leads to all the rest


class Outcome(StrEnum):
    """What a decision on a deliverable version says; there are exactly three (APR-03)."""

    APPROVED = "approved"  #: right as it is
    APPROVED_PENDING_CHANGES = "approved_pending_changes"  #: go ahead, change this one thing, no second look
    REJECTED = "rejected"  #: not yet; the feedback says why


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
    #: Those that they were before: what these did stays their own work (S3).
    former_employee_ids: frozenset[str] = frozenset()
    #: Free assignee roles of that employee (writer, operator, ...): what they may claim.
    assignee_roles: frozenset[str] = frozenset()
    partner_id: str | None = None
    #: The IANA zone in which they read and write times; None for the workspace's.
    timezone: str | None = None
    #: What they may do of what their roles grant, as they act by an API token; None for all of it.
    scopes: frozenset[Scope] | None = None
    #: The name of that token; None where they act themselves.
    token_name: str | None = None

    @property
    def name_in_events(self) -> str:
        """Who acts, and by which token: what was done with one that was stolen can be told apart."""
        return self.name if self.token_name is None else f"{self.name} (token “{self.token_name}”)"

    @property
    def ever_employee_ids(self) -> frozenset[str]:
        """The employee they are, and all that they were before; asked for where own work is told."""
        return self.former_employee_ids | ({self.employee_id} if self.employee_id else set())

    @property
    def sees_everything(self) -> bool:
        """Whether the whole workspace is visible to the actor."""
        return may(self, Permission.SEE_ALL_WORK)


class Permission(StrEnum):
    """One thing that a user may be allowed to do."""

    SEE_ALL_WORK = "see_all_work"  #: see every task and bundle of the workspace
    SEE_OWN_WORK = "see_own_work"  #: see own, assigned and claimable tasks and their bundles
    WORK_ALL = "work_all"  #: change any task
    SEE_CLAIMABLE = "see_claimable"  #: see tasks that wait for one of one's assignee roles
    SEE_AS_PARTNER = "see_as_partner"  #: see what waits for one's own partner, or was sent to it
    WORK_OWN = "work_own"  #: change own, assigned and claimed tasks; note, watch and be reminded
    CLAIM = "claim"  #: take a task that waits for one of one's assignee roles
    START_BUNDLE = "start_bundle"  #: start work from a template
    DECIDE = "decide"  #: internal approvals, artifacts, human reviews, answers to help, QA
    DECIDE_AS_PARTNER = "decide_as_partner"  #: portal approvals of one's own partner
    LOAD_REFERENCE = "load_reference"  #: load reference data, add and change partners and campaigns
    ADMINISTER = "administer"  #: people and settings
    EXPORT = "export"  #: take the whole workspace out, or bring one in
    BELONG = "belong"  #: look after one's own account, and remark on what one sees
    OPEN_WAYS_IN = "open_ways_in"  #: make what lets one in: a password, a token's secret, a calendar feed
    LET_IN = "let_in"  #: let others in: an account, a link, an invitation, no second factor any more
    JUDGE = "judge"  #: decide approvals at all, internal or portal
    BROWSE_TEMPLATES = "browse_templates"  #: read templates, process docs and their origins
    PROPOSE = "propose"  #: write changes of templates, and offer them for review


_TEAM = frozenset({Role.ADMIN, Role.MANAGER, Role.STRATEGIST, Role.MEMBER, Role.AGENT})
_LEADS = frozenset({Role.ADMIN, Role.MANAGER})

_RULES: dict[Permission, frozenset[Role]] = {
    Permission.SEE_ALL_WORK: _LEADS | {Role.STRATEGIST},
    Permission.SEE_OWN_WORK: _TEAM,
    Permission.WORK_ALL: _LEADS,
    Permission.WORK_OWN: _TEAM,
    Permission.SEE_CLAIMABLE: _TEAM - {Role.STRATEGIST},
    Permission.SEE_AS_PARTNER: frozenset({Role.PARTNER}),
    Permission.CLAIM: _TEAM - {Role.STRATEGIST},
    Permission.START_BUNDLE: _TEAM,
    Permission.DECIDE: _LEADS,
    Permission.DECIDE_AS_PARTNER: frozenset({Role.PARTNER}),
    Permission.LOAD_REFERENCE: _LEADS,
    Permission.ADMINISTER: frozenset({Role.ADMIN}),
    Permission.EXPORT: _LEADS,
    Permission.BELONG: frozenset(Role),
    Permission.OPEN_WAYS_IN: frozenset(Role),
    Permission.LET_IN: frozenset({Role.ADMIN}),
    Permission.JUDGE: _LEADS | {Role.PARTNER},
    Permission.BROWSE_TEMPLATES: _TEAM,
    Permission.PROPOSE: _LEADS | {Role.STRATEGIST},
}


#: The scope that each permission takes from whoever acts by a token. What may be seen takes ``READ`` alone,
#: so that a token shows what its user sees; what changes anything never does. What has none no token may:
#: whoever found one would let themselves in by it, as anybody, for good.
SCOPES: dict[Permission, Scope] = {
    Permission.SEE_ALL_WORK: Scope.READ,
    Permission.SEE_OWN_WORK: Scope.READ,
    Permission.SEE_CLAIMABLE: Scope.READ,
    Permission.SEE_AS_PARTNER: Scope.READ,
    Permission.BROWSE_TEMPLATES: Scope.READ,
    Permission.WORK_ALL: Scope.WORK,
    Permission.WORK_OWN: Scope.WORK,
    Permission.CLAIM: Scope.WORK,
    Permission.START_BUNDLE: Scope.WORK,
    Permission.BELONG: Scope.WORK,
    Permission.DECIDE: Scope.DECIDE,
    Permission.DECIDE_AS_PARTNER: Scope.DECIDE,
    Permission.JUDGE: Scope.DECIDE,
    Permission.PROPOSE: Scope.CONTENT,
    Permission.LOAD_REFERENCE: Scope.ADMIN,
    Permission.ADMINISTER: Scope.ADMIN,
    Permission.EXPORT: Scope.ADMIN,
    # A way in that a token opened would outlive it, and have no scopes.
    Permission.OPEN_WAYS_IN: Scope.ADMIN,
}

#: What is a judgement: an automated colleague makes none, whichever roles it has beside (decision 12).
_JUDGEMENTS = frozenset({Permission.DECIDE, Permission.DECIDE_AS_PARTNER, Permission.JUDGE})


def is_agent(actor: Actor) -> bool:
    """Whether an automated colleague acts, who judges nothing."""
    return actor.kind is ActorKind.AGENT or Role.AGENT in actor.roles


def may(actor: Actor, permission: Permission) -> bool:
    """Say whether one of the actor's roles grants the permission, and their token, if any, has its scope.

    A scope never gives what the roles do not.
    """
    return _grants(actor, permission) and _is_in_scope(actor, permission)


def _grants(actor: Actor, permission: Permission) -> bool:
    if permission in _JUDGEMENTS and is_agent(actor):
        return False
    return bool(actor.roles & _RULES[permission])


def _is_in_scope(actor: Actor, permission: Permission) -> bool:
    return actor.scopes is None or SCOPES.get(permission) in actor.scopes


def require(actor: Actor, permission: Permission, doing: str) -> None:
    """Refuse unless the actor has the permission; ``doing`` completes "may not ...".

    Raises:
        ForbiddenError: names the roles that may; or the actor acts by a token, and no token may.
        ScopeMissingError: the roles grant it, and the token that the actor acts by lacks the scope.
    """
    if not _grants(actor, permission):
        roles = ", ".join(sorted(_RULES[permission]))
        person = " of a person, not of an agent" if permission in _JUDGEMENTS else ""
        raise ForbiddenError(f"{actor.name} may not {doing}. It takes one of these roles{person}: {roles}.")
    if not _is_in_scope(actor, permission):
        if permission not in SCOPES:
            raise ForbiddenError(f"No API token may {doing}. Do it on the board, or at the command line.")
        raise ScopeMissingError(actor.token_name or "", SCOPES[permission].value, doing)


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


@dataclass(frozen=True, kw_only=True)
class WorkRelation:
    """What an actor is to the work that is judged."""

    #: They did it: gave content to a version of it, are the task's assignee, or were while it was worked on.
    is_own_work: bool
    #: They belong to the partner that the work is for.
    is_own_partner: bool


class Refusal(StrEnum):
    """Why somebody may not decide."""

    ROLE = "role"  #: it takes another role
    PARTNER = "partner"  #: the work is for another partner
    OWN_WORK = "own_work"  #: nobody judges their own work


_DECIDERS = {
    ApprovalSource.INTERNAL: Permission.DECIDE,
    ApprovalSource.PORTAL: Permission.DECIDE_AS_PARTNER,
}


def why_not_decide(
    actor: Actor,
    source: ApprovalSource,
    outcome: Outcome,
    relation: WorkRelation,
    *,
    own_work_allowed: bool = False,
) -> Refusal | None:
    """Say why the actor may not make this decision; None where they may.

    The one policy of approvals, human reviews and files that are to serve as proof, for pages, links, the
    command line and whatever comes (decision 12, APR-16, S18).
    ``own_work_allowed`` is the setting ``own_approval`` of a team of one: it lifts the separation of duties,
    never the roles. All three outcomes are one act of judging, so none is freer than another; ``outcome`` is
    asked for so that this stays a decision of this function.
    """
    _ = Outcome(outcome)
    if actor.kind is ActorKind.SYSTEM or not may(actor, _DECIDERS[source]):
        return Refusal.ROLE  # whatever runs by itself never approves
    if source is ApprovalSource.PORTAL and not relation.is_own_partner:
        return Refusal.PARTNER
    if relation.is_own_work and not own_work_allowed:
        return Refusal.OWN_WORK
    return None
