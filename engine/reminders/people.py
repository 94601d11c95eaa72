"""Whom a reminder is for: the receivers of a rule as users of the team (RMD-03)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from engine.access import ActorKind, ApprovalSource
from engine.accounts import actors
from engine.accounts.actors import employees_of
from engine.accounts.models import User
from engine.bundles.models import Bundle
from engine.reference import absences
from engine.reminders.glances import AnyApproval, AnyTask
from engine.reminders.planner import Intended
from engine.tasks.models import Task
from engine.transaction import Transaction
from engine.watching.models import Watch, WatchMode

#: As far ahead it is known who is away: as far as explanations look.
_AHEAD = timedelta(days=90)


class People:
    """The users of the workspace who can be reminded; read once for one piece of work."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._users = {
            user.user_id: user
            for user in tx.find(User, order_by=("user_id",))
            if user.is_active and actors.kind_of(user) is ActorKind.USER
        }

    def name(self, user_id: str | None) -> str:
        """Return what somebody is called."""
        user = self._tx.find_by_key(User, user_id) if user_id else None
        return user.name if user is not None else "Somebody"

    def of(self, moment: Intended, thing: AnyTask | Bundle, approval: AnyApproval | None = None) -> list[str]:
        """Return the ids of the users whom a reminder is for, about a task, a bundle or an approval.

        What nobody has is its owner's to see to; so is a decision that the partner has not made, and what
        somebody has who is away, where nobody who sees it stands in.
        """
        to = moment.to
        if to == "assignee" and not isinstance(thing, Bundle):
            return self._is_there_for(thing, moment) or self._owner(thing)
        if to == "approvers" and approval is not None and approval.source is ApprovalSource.INTERNAL:
            own = {*self._has(thing), approval.requested_by} if not isinstance(thing, Bundle) else set()
            return [user_id for user_id in self.managers if user_id not in own] or self.managers
        if to in ("managers", "flag"):
            return self.managers
        if to == "watchers":
            return self._watching(thing)
        return self._owner(thing)

    def muted(self, user_ids: Iterable[str], tasks: Iterable[AnyTask]) -> set[tuple[str, str]]:
        """Return which users have muted which tasks, or the bundles of these."""
        asked = list(tasks)
        by_bundle: dict[str, list[str]] = {}
        for task in asked:
            by_bundle.setdefault(task.bundle_id or "", []).append(task.task_id)
        mode = {"user_id": sorted(set(user_ids)), "mode": WatchMode.MUTED}
        bundles = sorted(by_bundle.keys() - {""})
        of_tasks, of_bundles = self._tx.find_together(
            (Watch, {**mode, "watched_task_id": sorted(task.task_id for task in asked)}),
            (Watch, {**mode, "watched_bundle_id": bundles}),
        )
        found = {(watch.user_id, watch.watched_task_id) for watch in of_tasks}
        for watch in of_bundles:
            found |= {(watch.user_id, task_id) for task_id in by_bundle[watch.watched_bundle_id]}
        return found

    @cached_property
    def managers(self) -> list[str]:
        """Who manages: the managers, or the admins where there is none."""
        return [user.user_id for user in actors.managers_among(self._users.values())]

    @cached_property
    def _by_employee(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for user_id, employee_id in employees_of(self._tx, self._users).items():
            if employee_id is not None:
                found.setdefault(employee_id, []).append(user_id)
        return found

    def text(self, moment: Intended, task: AnyTask | None) -> str:
        """Return what a reminder says, with who is away, where that is why it goes to somebody else."""
        why = self._stand_in(task, moment)[1] if task is not None and moment.to == "assignee" else ""
        return f"{moment.text} {why}." if why else moment.text

    def _has(self, task: AnyTask) -> list[str]:
        return self._by_employee.get(task.assignee_id or "", [])

    def _is_there_for(self, task: AnyTask, moment: Intended) -> list[str]:
        whom, why = self._stand_in(task, moment)
        users = self._by_employee.get(whom or "", [])
        return users if not why or self._sees(whom, users, task) else []

    def _stand_in(self, task: AnyTask, moment: Intended) -> tuple[str | None, str]:
        """Return who does the work of a task when a reminder comes, and why it is they."""
        if task.assignee_id is None or task.assignee_id not in self._absences.by_employee:
            return task.assignee_id, ""
        at = max(moment.send_at, self._tx.wall_clock).astimezone(ZoneInfo(self._tx.workspace_zone))
        return self._absences.stand_in(task.assignee_id, at.date())

    @cached_property
    def _absences(self) -> absences.Absences:
        """Who is away from today on, in two statements."""
        today = self._tx.workspace_today
        return absences.between(self._tx, today, today + _AHEAD)

    def _sees(self, employee_id: str | None, user_ids: Iterable[str], task: AnyTask) -> bool:
        """Whether whoever stands in sees a task: they see all, or have one in its bundle."""
        if any(actors.joined(self._users[one], None).sees_everything for one in user_ids):
            return True
        return (task.bundle_id, employee_id) in self._bundles_of_substitutes

    @cached_property
    def _bundles_of_substitutes(self) -> set[tuple[str | None, str | None]]:
        """In which bundles those who stand in have open work, in one statement."""
        absent = (one for some in self._absences.by_employee.values() for one in some)
        whom = sorted({one.substitute_id for one in absent if one.substitute_id is not None})
        found = self._tx.find(Task, assignee_id=whom, is_open=True) if whom else []
        return {(task.bundle_id, task.assignee_id) for task in found if task.bundle_id is not None}

    def _owner(self, thing: AnyTask | Bundle) -> list[str]:
        return [thing.owner_id] if thing.owner_id in self._users else []

    def _watching(self, thing: AnyTask | Bundle) -> list[str]:
        places = (
            {"watched_task_id": thing.task_id, "watched_bundle_id": thing.bundle_id}
            if not isinstance(thing, Bundle)
            else {"watched_bundle_id": thing.bundle_id}
        )
        searches = [
            (Watch, {place: value, "mode": WatchMode.WATCHING}) for place, value in places.items() if value
        ]
        found = [watch.user_id for some in self._tx.find_together(*searches) for watch in some]
        return [user_id for user_id in dict.fromkeys(found) if user_id in self._users]
