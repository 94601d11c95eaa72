"""Handing over all that is open of somebody's in one step, and saying that they do no work any more (R20)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.access import Permission, require
from engine.audit.models import Action
from engine.bundles.models import Bundle
from engine.leaving import work
from engine.leaving.work import OpenWork
from engine.reference import campaigns, records
from engine.reference.models import Campaign, Employee
from engine.schedules import service as schedules
from engine.schedules.models import Schedule
from engine.tasks import assignment
from engine.tasks.models import Task
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class HandedOver:
    """What became of somebody's open work, task by task."""

    employee: Employee
    #: Who has it now; None is nobody.
    to: Employee | None
    tasks: Sequence[Task]
    #: What stays theirs, and why (S18).
    kept: Sequence[tuple[Task, str]]
    bundles: Sequence[Bundle]
    schedules: Sequence[Schedule]
    #: Bundles whose owner stays: nobody can own one who does not sign in.
    kept_bundles: Sequence[Bundle]
    #: Schedules whose owner stays, for the same reason: by those of an account that is closed nothing begins.
    kept_schedules: Sequence[Schedule]
    campaigns: Sequence[Campaign]

    def as_json(self) -> dict[str, Any]:
        """Return it as data for programs."""
        return {
            "employee": self.employee.key,
            "is_active": self.employee.is_active,
            "to": self.to.key if self.to else None,
            "tasks": [
                {
                    "task_id": task.task_id,
                    "task_number": task.task_number,
                    "title": task.title,
                    "refused": why,
                }
                for task, why in [*((task, None) for task in self.tasks), *self.kept]
            ],
            "bundles": [bundle.bundle_id for bundle in self.bundles],
            "kept_bundles": [bundle.bundle_id for bundle in self.kept_bundles],
            "schedules": [schedule.schedule_id for schedule in self.schedules],
            "kept_schedules": [schedule.schedule_id for schedule in self.kept_schedules],
            "campaigns": [campaign.key for campaign in self.campaigns],
        }


def hand_over(tx: Transaction, employee: str, to: str | None = None) -> HandedOver:
    """Give all that is open of an employee's to another one, or to nobody: then its roles may claim it.

    A task that the other may not do stays where it is, with the reason; the others move all the same. Who
    worked on a task stays one of those who did it (S3). Their running bundles, and the schedules by which
    more begin, go to the user whom the other signs in as; without one the owner stays. In campaigns the other
    takes their roles, or nobody does.

    Raises:
        ForbiddenError: the actor is neither manager nor admin.
        NotFoundError: there is no such employee.
        BadRequestError: whoever is to get it is no employee, not active, or the very same.
    """
    require(tx.actor, Permission.WORK_ALL, "hand over somebody's work")
    return _give(tx, work.of(tx, employee, to))


def deactivate(tx: Transaction, employee: str, to: str | None = None) -> HandedOver:
    """Say that somebody gets no work any more, and hand over what is open of theirs, all in one.

    Their name stays on what they did, and whether they may sign in is another question.

    Raises:
        ForbiddenError: the actor is no admin.
        ConflictError: they are not active already.
        NotFoundError, BadRequestError: as ``hand_over``; nothing was changed.
    """
    require(tx.actor, Permission.ADMINISTER, "make employees active or inactive")
    found = work.of(tx, employee, to)
    records.set_active(tx, found.employee, False)
    return _give(tx, found)


def _give(tx: Transaction, found: OpenWork) -> HandedOver:
    receiver, name = found.to, found.employee.name
    for task in found.moving:
        goes_to = f"to {receiver.name}" if receiver else "to nobody"
        assignment.hand_on(tx, task, receiver, f"{task.name} went from {name} {goes_to}")
    if found.owner is not None:
        for bundle in found.bundles:
            bundle.owner_id = found.owner.user_id
            tx.save(bundle)
            tx.record(
                Action.BUNDLE_HANDED_OVER, bundle, f"{bundle.title} went from {name} to {found.owner.name}"
            )
        for schedule in found.schedules:
            schedules.give(tx, schedule, found.owner)
    for campaign, roles in found.campaigns:
        people = {**campaign.people, **dict.fromkeys(roles, receiver.employee_id if receiver else "")}
        campaigns.put(tx, campaign, {"people": people})
    return HandedOver(
        employee=found.employee,
        to=receiver,
        tasks=found.moving,
        kept=[(task, found.refused[task.task_id]) for task in found.tasks if task.task_id in found.refused],
        bundles=found.bundles if found.owner else (),
        schedules=found.schedules if found.owner else (),
        kept_bundles=() if found.owner else found.bundles,
        kept_schedules=() if found.owner else found.schedules,
        campaigns=[campaign for campaign, _ in found.campaigns],
    )
