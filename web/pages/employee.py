"""What the page of an employee shows: who they are, what is open of theirs, and where it would go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.access import Permission, may
from engine.catalog.content import Content
from engine.leaving import work
from engine.leaving.work import OpenWork
from engine.reference.models import Employee
from engine.tasks.models import Task
from engine.transaction import Transaction
from web.pages import absences, choices, roles
from web.pages.absences import AwayPage

#: As many tasks and bundles are listed; the numbers and links lead to all.
MOST = 20


@dataclass(frozen=True, kw_only=True)
class EmployeePage:
    """One employee, as a page has them."""

    work: OpenWork
    #: Who may get their work.
    people: choices.People
    away: AwayPage
    #: The calendars that their form offers, as (key, name).
    calendars: choices.Choices
    #: Roles that their form offers.
    roles: Sequence[str]
    may_administer: bool
    may_hand_over: bool
    may_train: bool

    @property
    def employee(self) -> Employee:
        """Who it is about."""
        return self.work.employee

    @property
    def kept(self) -> list[tuple[Task, str]]:
        """The tasks that whoever is chosen may not be given, and why."""
        refused = self.work.refused
        return [(task, refused[task.task_id]) for task in self.work.tasks if task.task_id in refused]

    @property
    def receiver(self) -> str:
        """Who gets the work, as the form names them; empty for nobody."""
        return self.work.to.employee_id if self.work.to else ""


def load(
    tx: Transaction, content: Content, employee_id: str, *, to: str = "", find: str = ""
) -> EmployeePage:
    """Return the page of an employee, with their open work as it would go ``to`` somebody or to nobody.

    Raises:
        ForbiddenError: the actor sees only their own work.
        NotFoundError: there is no such employee.
        BadRequestError: whoever is to get the work is no employee, not active, or the very same.
    """
    found = work.of(tx, employee_id, to)
    offered = choices.assignees(tx, found.to.employee_id if found.to else None, find)
    others = tuple(option for option in offered.options if option[0] != found.employee.employee_id)
    return EmployeePage(
        work=found,
        people=choices.People(others, offered.find, offered.is_cut, offered.is_empty),
        away=absences.load(tx, found.employee),
        calendars=[("", "that of their work"), *_calendars(content, found.employee.calendar)],
        roles=roles.known(content, found.employee.roles),
        may_administer=may(tx.actor, Permission.ADMINISTER),
        may_hand_over=may(tx.actor, Permission.WORK_ALL),
        may_train=may(tx.actor, Permission.DECIDE),
    )


def _calendars(content: Content, now: str | None) -> choices.Choices:
    """Return the calendars that there are, and the one that is chosen, there or not any more."""
    known = {key: calendar.name for key, calendar in sorted(content.calendars.items())}
    return list((known | ({now: known.get(now, now)} if now else {})).items())
