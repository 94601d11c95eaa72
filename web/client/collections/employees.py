"""The calls of employees; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import UNSET, Unset, in_path, revision_of
from .ids import AbsenceId, EmployeeId


class Employees(Collection):
    """The calls of employees."""

    def list(self, *, find: str | None = None, limit: int | None = None) -> Listing[models.Employee]:
        """List: Who does the work, those who are active first, by name.

        Args:
            find: A part of the name or key, in any case.
            limit: How many are given at most, else all.
        """
        return self._list(models.Employee, "employees", "/api/employees", {"find": find}, limit)

    def add(
        self,
        *,
        key: str,
        name: str,
        email: str | Unset | None = UNSET,
        kind: Literal["human", "agent"] | Unset = UNSET,
        roles: Sequence[str] | Unset = UNSET,
        training: bool | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.Employee]:
        """Add somebody who is assigned work.

        Args:
            key: A short word for them, which stays: templates and files name them by it, remarks call them by
                @key.
            name: What pages call them.
            email: Their address; a user who signs in with it is this employee.
            kind: Whether they are a person or an automated colleague.
            roles: What they may claim: the roles that templates give tasks to, such as writer.
            training: Whether everything that they hand over needs an approval.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Employee,
            "POST",
            "/api/employees",
            {"email": email, "key": key, "kind": kind, "name": name, "roles": roles, "training": training},
            key=idempotency_key,
        )

    def get(self, employee_id: EmployeeId) -> models.Employee:
        """Get one: Who does the work, those who are active first, by name.

        Args:
            employee_id: Its id, in any of its forms.
        """
        return self._get(models.Employee, f"/api/employees/{in_path(employee_id, 'employee_id')}", {})

    def update(
        self,
        employee_id: EmployeeId,
        *,
        calendar: str | Unset | None = UNSET,
        email: str | Unset | None = UNSET,
        kind: Literal["human", "agent"] | Unset | None = UNSET,
        name: str | Unset | None = UNSET,
        roles: Sequence[str] | Unset | None = UNSET,
        training: bool | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Employee]:
        """Change what is said of an employee.

        Args:
            employee_id: Their key or id.
            calendar: The key of the calendar of their own working days and holidays; empty for that of their
                work.
            email: Their address; empty takes it away.
            kind: Whether they are a person or an automated colleague.
            name: What pages call them.
            roles: All that they may claim: the roles that templates give tasks to.
            training: Whether everything that they hand over needs an approval.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Employee,
            "PATCH",
            f"/api/employees/{in_path(employee_id, 'employee_id')}",
            {
                "calendar": calendar,
                "email": email,
                "kind": kind,
                "name": name,
                "roles": roles,
                "training": training,
            },
            revision=revision_of(employee_id, revision),
            key=idempotency_key,
        )

    def list_absences(self, employee_id: EmployeeId, *, limit: int | None = None) -> Listing[models.Absence]:
        """List: When an employee is away now or later, and who stands in.

        Args:
            employee_id: Its id, in any of its forms.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.Absence,
            "absences",
            f"/api/employees/{in_path(employee_id, 'employee_id')}/absences",
            {},
            limit,
        )

    def get_absence(self, employee_id: EmployeeId, absence_id: AbsenceId) -> models.Absence:
        """Get one: When an employee is away now or later, and who stands in.

        Args:
            employee_id: Its id, in any of its forms.
            absence_id: Its id, in any of its forms.
        """
        return self._get(
            models.Absence,
            f"/api/employees/{in_path(employee_id, 'employee_id')}/absences/{in_path(absence_id, 'absence_id')}",
            {},
        )

    def activate(
        self, employee_id: EmployeeId, *, idempotency_key: str | None = None
    ) -> Answer[models.Employee]:
        """Give an employee work again who was not active.

        Args:
            employee_id: Their key or id.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Employee,
            "POST",
            f"/api/employees/{in_path(employee_id, 'employee_id')}/activate",
            {},
            key=idempotency_key,
        )

    def away(
        self,
        employee_id: EmployeeId,
        *,
        first_day: date | str,
        last_day: date | str,
        kind: Literal["holiday", "sick", "other"] | Unset = UNSET,
        note: str | Unset | None = UNSET,
        substitute: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.Absence]:
        """Say that somebody is away on some days, and who stands in.

        Args:
            employee_id: Their key or id.
            first_day: The first day on which they are away.
            last_day: The last day on which they are away; the first one again for a single day.
            kind: Why, in one word; they themselves and managers see it.
            note: What else to know; they themselves and managers see it.
            substitute: The key or id of who hears of their work meanwhile; left out, nobody does. The work
                stays theirs.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Absence,
            "POST",
            f"/api/employees/{in_path(employee_id, 'employee_id')}/away",
            {
                "first_day": first_day,
                "kind": kind,
                "last_day": last_day,
                "note": note,
                "substitute": substitute,
            },
            key=idempotency_key,
        )

    def deactivate(
        self, employee_id: EmployeeId, *, to: str | Unset | None = UNSET, idempotency_key: str | None = None
    ) -> Answer[models.HandedOver]:
        """Give somebody no work any more, and hand over what is open of theirs.

        Args:
            employee_id: Their key or id.
            to: The key or id of who gets it; left out, nobody does, and whoever has a task's role may claim
                it.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.HandedOver,
            "POST",
            f"/api/employees/{in_path(employee_id, 'employee_id')}/deactivate",
            {"to": to},
            key=idempotency_key,
        )

    def hand_over(
        self, employee_id: EmployeeId, *, to: str | Unset | None = UNSET, idempotency_key: str | None = None
    ) -> Answer[models.HandedOver]:
        """Hand over all that is open of somebody's, in one step.

        Args:
            employee_id: Their key or id.
            to: The key or id of who gets it; left out, nobody does, and whoever has a task's role may claim
                it.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.HandedOver,
            "POST",
            f"/api/employees/{in_path(employee_id, 'employee_id')}/hand-over",
            {"to": to},
            key=idempotency_key,
        )

    def not_away(
        self, employee_id: EmployeeId, *, absence_id: str, idempotency_key: str | None = None
    ) -> Answer[models.Absence]:
        """Take an absence back: they are there on those days.

        Args:
            employee_id: Their key or id.
            absence_id: The id of the absence.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Absence,
            "POST",
            f"/api/employees/{in_path(employee_id, 'employee_id')}/not-away",
            {"absence_id": absence_id},
            key=idempotency_key,
        )

    def training(
        self,
        employee_id: EmployeeId,
        *,
        training: bool,
        reason: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.Employee]:
        """Say whether somebody is in training.

        Args:
            employee_id: Their key or id.
            training: Whether everything that they hand over needs an approval.
            reason: Why; it is kept with the change.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Employee,
            "POST",
            f"/api/employees/{in_path(employee_id, 'employee_id')}/training",
            {"reason": reason, "training": training},
            key=idempotency_key,
        )
