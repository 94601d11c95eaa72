"""What tasks tell people: to whom, in which words, with an attempt's end or not at all (TYP-07, CNF-47)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.access import ActorKind
from engine.accounts import actors
from engine.accounts.models import User
from engine.bundles.models import Bundle
from engine.catalog.message_settings import PLACE
from engine.clock import in_zone
from engine.executions.executors.base import ExecutorError, Result
from engine.executions.models import Execution
from engine.executions.told import key_of, take_back
from engine.notifications.models import About, NotificationKind
from engine.notifications.service import notify
from engine.reference.models import Employee
from engine.tasks import visibility
from engine.tasks.models import Task
from engine.transaction import Transaction


def tell(tx: Transaction, one: Execution, task: Task, result: Result) -> Result:
    """Write what an attempt tells people; return the result with who was told.

    Those who have muted the task or its bundle are told only what names them, rather than a role or what they
    are to the task. The task is linked for those who see it. What the attempts before have told is over.

    Raises:
        ExecutorError: ``RECIPIENT_UNKNOWN``, ``NOBODY_TO_TELL``; nothing is written.
    """
    team = _Team.read(tx)
    wanted = [team.meant(task, message.recipients) for message in result.messages]
    if not all(wanted):
        raise ExecutorError(
            "NOBODY_TO_TELL",
            "None of those who are to be told can sign in to this workspace. Name somebody who can.",
        )
    take_back(tx, task)
    muted, facts, told = frozenset(tx.wiring.muted(tx, task)), _facts(tx, task), dict[str, User]()
    linked = About(task_ids=(task.task_id,), bundle_id=task.bundle_id)
    for number, (message, users) in enumerate(zip(result.messages, wanted, strict=True)):
        for user in users:
            if user.user_id in muted and not team.names(user, message.recipients):
                continue
            told[user.user_id] = user
            notify(
                tx,
                user_ids=[user.user_id],
                kind=NotificationKind.MESSAGE,
                title=_filled(message.title, facts),
                lines=[_filled(line, facts) for line in message.lines],
                about=linked if team.sees(tx, user, task) else About(),
                key=key_of(one, number),
                goes_out=message.goes_out,
            )
    names = ", ".join(user.name for user in told.values()) or "nobody, as all of them have muted it"
    return replace(
        result,
        summary=f"{result.summary} It went to {names}.",
        outputs={**result.outputs, "told": list(told)},
    )


def _facts(tx: Transaction, task: Task) -> Mapping[str, str]:
    """Give what stands for each of ``message_settings.PLACES``."""
    bundle = tx.find_by_key(Bundle, task.bundle_id) if task.bundle_id else None
    due = f"{in_zone(task.deadline, tx.workspace_zone):%Y-%m-%d}" if task.deadline else "no day"
    return {
        "task.name": task.title,
        "task.due": due,
        "bundle.title": bundle.title if bundle is not None else "",
    }


def _filled(text: str, facts: Mapping[str, str]) -> str:
    return PLACE.sub(lambda found: facts.get(found[1], found[0]), text)


@dataclass(frozen=True)
class _Team:
    """Who can be told: the people of the team who may sign in, with the employee that each of them is."""

    users: Mapping[str, User]
    employees: Mapping[str, Employee]
    #: By the ids of users.
    employee_of: Mapping[str, Employee]

    @classmethod
    def read(cls, tx: Transaction) -> _Team:
        users = {
            user.user_id: user
            for user in tx.find(User, order_by=("user_id",))
            if user.is_active and actors.kind_of(user) is ActorKind.USER
        }
        employees = {one.employee_id: one for one in tx.find(Employee)}
        joined = actors.employees_of(tx, users)
        found = {user_id: employees[one] for user_id, one in joined.items() if one in employees}
        return cls(users, employees, found)

    def meant(self, task: Task, recipients: Iterable[Mapping[str, str]]) -> Sequence[User]:
        """Return whom settings name, each once.

        Raises:
            ExecutorError: ``RECIPIENT_UNKNOWN``.
        """
        found: dict[str, User] = {}
        for recipient in recipients:
            [(how, whom)] = recipient.items()
            found.update({user.user_id: user for user in self._named(task, how, whom)})
        return list(found.values())

    def names(self, user: User, recipients: Iterable[Mapping[str, str]]) -> bool:
        """Whether settings name somebody, by key or by address."""
        one = self.employee_of.get(user.user_id)
        keys = {recipient.get("employee") for recipient in recipients}
        addresses = {recipient.get("email", "").lower() for recipient in recipients}
        return user.email in addresses or (one is not None and one.key in keys)

    def _named(self, task: Task, how: str, whom: str) -> Sequence[User]:
        if how == "relation":
            return self._related(task, whom)
        if how == "role":
            return [
                user
                for user in self.users.values()
                if (one := self.employee_of.get(user.user_id)) and one.is_active and whom in one.roles
            ]
        if how == "email":
            users = [user for user in self.users.values() if user.email == whom.lower()]
        else:
            users = self._who_are({one.employee_id for one in self.employees.values() if one.key == whom})
        if not users:
            said = f"Nobody of the team who can sign in is {whom}. Correct the recipients."
            raise ExecutorError("RECIPIENT_UNKNOWN", said)
        return users

    def _related(self, task: Task, relation: str) -> Sequence[User]:
        if relation == "managers":
            return actors.managers_among(self.users.values())
        if relation == "owner":
            return [self.users[task.owner_id]] if task.owner_id in self.users else []
        return self._who_are({task.assignee_id} if task.assignee_id else set())

    def _who_are(self, employee_ids: set[str]) -> list[User]:
        return [
            user
            for user in self.users.values()
            if (one := self.employee_of.get(user.user_id)) and one.employee_id in employee_ids
        ]

    def sees(self, tx: Transaction, user: User, task: Task) -> bool:
        """Whether somebody may see the task."""
        return visibility.sees_as(tx, actors.joined(user, self.employee_of.get(user.user_id)), task)
