"""What a person should know of a due day because of who does the task: they are away, or do not work then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property

from engine.catalog import due
from engine.catalog.calendars import Calendar
from engine.reference import absences
from engine.reference.absences import Absences
from engine.reference.models import Employee
from engine.transaction import Transaction


class PersonDays:
    """The days of those to whom tasks may go; at most three statements, however many they are."""

    def __init__(
        self, tx: Transaction, employee_ids: Iterable[str | None], calendars: Mapping[str, Calendar]
    ) -> None:
        """Look at these employees; ``calendars`` are those that there are now, by key."""
        self._tx, self._calendars = tx, calendars
        self._ids = frozenset(filter(None, employee_ids))

    def warnings(
        self, employee_id: str | None, day: date | None, calendar: Calendar | None
    ) -> tuple[str, ...]:
        """Say what is wrong with a due day for whoever does the task; ``calendar`` is the task's.

        Of days that are over nothing is said, nor twice that nobody works on one.
        """
        if employee_id is None or day is None or day < self._tx.today:
            return ()
        _, why = self._absences.stand_in(employee_id, day)
        found = [f"due while {why}"] if why else []
        person = self._people.get(employee_id)
        own = self._calendars.get(person.calendar or "") if person else None
        if person and own and due.is_working_day(day, calendar) and not own.is_working_day(day):
            found.append(f"due on {due.free_day(day, own)}, when {person.name} does not work")
        return tuple(found)

    @cached_property
    def _absences(self) -> Absences:
        return absences.between(self._tx, self._tx.today, date.max)

    @cached_property
    def _people(self) -> Mapping[str, Employee]:
        self._tx.read_ahead({Employee: self._ids})
        known = (self._tx.find_by_key(Employee, one) for one in self._ids)
        return {one.employee_id: one for one in known if one is not None}
