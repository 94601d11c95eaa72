"""What is open of somebody's: tasks, bundles, roles in campaigns; what of it another may not take (R20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.access import Permission, require
from engine.accounts import actors
from engine.accounts.models import User
from engine.bundles.models import Bundle, BundleStatus
from engine.errors import bad_field
from engine.reference import records
from engine.reference.models import Campaign, Employee
from engine.schedules.models import Schedule
from engine.tasks import assignment, judges
from engine.tasks.models import Task
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class OpenWork:
    """What is open of an employee's, and how it would go to somebody, or to nobody."""

    employee: Employee
    #: Whom they sign in as.
    users: Sequence[User]
    #: Their open tasks, the soonest due first.
    tasks: Sequence[Task]
    #: The running bundles that they own, the oldest first.
    bundles: Sequence[Bundle]
    #: The schedules whose bundles are theirs, switched on or paused.
    schedules: Sequence[Schedule]
    #: The active campaigns that name them, with the roles that they have there, by name.
    campaigns: Sequence[tuple[Campaign, Sequence[str]]]
    #: Who is to get it; None is nobody.
    to: Employee | None = None
    #: Why they may not take a task, by its id (S18); it stays where it is.
    refused: Mapping[str, str] = field(default_factory=dict)
    #: Who owns the bundles and schedules then: the user who ``to`` is; None leaves them where they are.
    owner: User | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is open."""
        return not (self.tasks or self.bundles or self.schedules or self.campaigns)

    @property
    def moving(self) -> list[Task]:
        """The tasks that nothing keeps."""
        return [task for task in self.tasks if task.task_id not in self.refused]

    @property
    def without_role(self) -> int:
        """How many of the tasks that move nobody could claim: they have no assignee role."""
        return sum(1 for task in self.moving if task.assignee_role is None)


def of(tx: Transaction, employee: str, to: str | None = None) -> OpenWork:
    """Return what is open of an employee's, named by key or id like whoever is ``to`` get it.

    It takes as many statements for one task as for a thousand.

    Raises:
        ForbiddenError: the actor sees only their own work.
        NotFoundError: there is no such employee.
        BadRequestError: whoever is to get it is no employee, not active, or the very same.
    """
    require(tx.actor, Permission.SEE_ALL_WORK, "see what is open of somebody's")
    leaver = records.find(tx, Employee, employee)
    receiver = assignment.find_employee(tx, to, "to") if to and to.strip() else None
    if receiver is leaver:
        raise bad_field("to", f"that is {leaver.name}, whose work it is; choose somebody else, or nobody")
    users = actors.users_of(tx, leaver)
    user_ids = [user.user_id for user in users]
    tasks, bundles, schedules, campaigns = tx.find_together(
        (Task, {"assignee_id": leaver.employee_id, "is_open": 1}),
        (Bundle, {"owner_id": user_ids, "status": BundleStatus.ACTIVE}),
        (Schedule, {"owner_id": user_ids}),
        (Campaign, {}),
    )
    tasks.sort(key=_soonest)
    return OpenWork(
        employee=leaver,
        users=users,
        tasks=tasks,
        bundles=sorted(bundles, key=lambda bundle: (bundle.created_at, bundle.bundle_id)),
        schedules=sorted(schedules, key=lambda schedule: (schedule.template_id, schedule.schedule_id)),
        campaigns=_naming(campaigns, leaver.employee_id),
        to=receiver,
        refused=judges.why_not(tx, tasks, receiver.employee_id) if receiver else {},
        owner=_owner(tx, receiver) if receiver and (bundles or schedules) else None,
    )


def _soonest(task: Task) -> tuple[bool, str, int]:
    return task.due_date is None, task.due_date.isoformat() if task.due_date else "", task.task_number


def _naming(campaigns: Sequence[Campaign], employee_id: str) -> list[tuple[Campaign, list[str]]]:
    found = []
    for campaign in sorted(campaigns, key=lambda one: (one.name.lower(), one.key)):
        roles = [role for role, named in campaign.people.items() if named == employee_id]
        if campaign.is_active and roles:
            found.append((campaign, roles))
    return found


def _owner(tx: Transaction, employee: Employee) -> User | None:
    """Return the user who an employee is: the first of theirs that may sign in."""
    active = (user for user in actors.users_of(tx, employee) if user.is_active)
    return min(active, key=lambda user: (user.created_at, user.user_id), default=None)
