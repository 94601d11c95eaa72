"""Who is away on which days, and who stands in: the work stays theirs, the substitute hears of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from engine.access import Permission, may, require
from engine.audit.models import Action
from engine.errors import ConflictError, ForbiddenError, bad_field
from engine.reference import queries, records
from engine.reference.inputs import EnterAbsence, RemoveAbsence
from engine.reference.models import Absence, Employee
from engine.transaction import Transaction


class StandIn(NamedTuple):
    """Who is there for an employee's work on a day."""

    #: The employee themselves, or whoever stands in.
    employee: Employee
    #: Such as ``Ana is away until Thu 3 Dec; Ben stands in``; empty where they are there themselves.
    why: str


class Away(NamedTuple):
    """That somebody is away today."""

    #: ``away until Thu 3 Dec``.
    short: str
    #: ``Ana is away until Thu 3 Dec; Ben stands in``.
    why: str


@dataclass(frozen=True)
class Absences:
    """Who is away on the days of a span, read at once."""

    by_employee: Mapping[str, Sequence[Absence]]
    #: Everybody whom these name, by id.
    people: Mapping[str, Employee]
    #: The day on which this is read: days of another year are said with theirs.
    today: date

    def on(self, employee_id: str | None, day: date) -> Absence | None:
        """Return the absence of an employee that has this day; None where they are there."""
        of_theirs = self.by_employee.get(employee_id or "", ())
        return next((one for one in of_theirs if one.first_day <= day <= one.last_day), None)

    def stand_in(self, employee_id: str, day: date) -> tuple[str | None, str]:
        """Return the id of who stands in on a day, and why; the id is None where nobody does.

        A substitute who is away as well is stood in for by theirs, and so on; a circle, or one who is not
        active any more, means that nobody does. Of one who is there, the employee and nothing.
        """
        away: list[str] = []
        asked: set[str] = set()
        whom: str | None = employee_id
        while whom is not None and (absence := self.on(whom, day)) is not None:
            asked.add(whom)
            away.append(f"{self.people[whom].name} is away until {said(absence.last_day, self.today)}")
            whom = None if absence.substitute_id in asked else absence.substitute_id
        if not away:
            return employee_id, ""
        there = self.people.get(whom or "")
        is_there = there is not None and there.is_active
        who = there.name if there is not None and is_there else "nobody"
        return (whom if is_there else None), f"{', '.join(away)}; {who} stands in"

    def away(self, employee_id: str | None) -> Away | None:
        """Return that an employee is away today; None where they are there."""
        absence = self.on(employee_id, self.today)
        if absence is None:
            return None
        why = self.stand_in(absence.employee_id, self.today)[1]
        return Away(f"away until {said(absence.last_day, self.today)}", why)

    def told(self, reader_id: str | None) -> list[str]:
        """Say who is away today, by name, and who stands in for each; the reader knows of themselves."""
        others = (one for one in self.by_employee if one != reader_id and self.people[one].is_active)
        away = [one for one in others if self.on(one, self.today)]
        away.sort(key=lambda one: self.people[one].name.lower())
        return [self.stand_in(one, self.today)[1] for one in away]


def today(tx: Transaction) -> Absences:
    """Return who is away today."""
    return between(tx, tx.today, tx.today)


def between(tx: Transaction, first: date, last: date) -> Absences:
    """Return who is away on any day from ``first`` to ``last``; two statements, one where nobody is."""

    def read() -> Absences:
        found: dict[str, list[Absence]] = {}
        for absence in queries.absences(tx, first, last):
            found.setdefault(absence.employee_id, []).append(absence)
        named = {one.substitute_id for of_one in found.values() for one in of_one} | set(found)
        tx.read_ahead({Employee: named})
        known = [tx.find_by_key(Employee, one) for one in named if one is not None]
        people = {one.employee_id: one for one in known if one is not None}
        # Of whom the store has no readable record, nothing can be said.
        return Absences({one: of_one for one, of_one in found.items() if one in people}, people, tx.today)

    known: Absences = tx.once(("absences", first, last), read)
    return known


def stand_in(tx: Transaction, employee_id: str, day: date) -> StandIn:
    """Return who is there for an employee's work on a day, and why it is they.

    That is the employee, with an empty ``why``, where they are there. Where they are away it is their
    substitute; one who is away as well is stood in for by theirs, and so on. Where nobody stands in (no
    substitute, a circle of them, or one who is not active any more), it is the employee themselves, and
    ``why`` says that nobody does. ``why`` names everybody on the way, so both names stay known: ``Ana is away
    until Thu 3 Dec; Ben stands in``. It tells no reason for the absence: that is for the person and managers.

    It reads at most three statements, and in a transaction that only reads those once for each day.

    Raises:
        NotFoundError: there is no such employee.
    """
    employee = tx.get(Employee, employee_id)
    known = between(tx, day, day)
    whom, why = known.stand_in(employee_id, day)
    return StandIn(known.people[whom] if why and whom else employee, why)


def notice(tx: Transaction, employee_id: str | None, due: date | None) -> str:
    """Say of whoever has a task, or gets it, that they are away today or on its due day; empty where not."""
    own = tx.find(Absence, employee_id=employee_id, removed_at=None) if employee_id else []
    for day in (tx.today, due):
        if day and day >= tx.today and any(one.first_day <= day <= one.last_day for one in own):
            why = between(tx, day, day).stand_in(own[0].employee_id, day)[1]
            return why if day == tx.today else f"Due while {why}"
    return ""


def said(day: date, today: date) -> str:
    """Say a day in a sentence: ``Thu 3 Dec``, with the year where it is not this one."""
    text = f"{day:%a} {day.day} {day:%b}"
    return text if day.year == today.year else f"{text} {day.year}"


def days_said(first: date, last: date, today: date) -> str:
    """Say some days in a sentence: ``on Thu 3 Dec``, or ``from Tue 1 Dec to Thu 3 Dec``."""
    if first == last:
        return f"on {said(first, today)}"
    return f"from {said(first, today)} to {said(last, today)}"


def may_enter(tx: Transaction, employee: Employee) -> bool:
    """Whether the actor may say when an employee is away, and sees why: they themselves, and managers."""
    return may(tx.actor, Permission.WORK_ALL) or employee.employee_id == tx.actor.employee_id


def of(tx: Transaction, employee: Employee) -> list[Absence]:
    """Return the absences of an employee that are not over and were not taken back, the earliest first."""
    found = tx.find(Absence, employee_id=employee.employee_id)
    holding = (one for one in found if one.removed_at is None and one.last_day >= tx.today)
    return sorted(holding, key=lambda one: (one.first_day, one.absence_id))


def describe(tx: Transaction, absence: Absence) -> dict[str, Any]:
    """Return an absence as JSON; to whoever may not see why, without its kind and note."""
    told = absence.model_dump(mode="json")
    employee = tx.find_by_key(Employee, absence.employee_id)
    sees_why = employee is not None and may_enter(tx, employee)
    return told if sees_why else {**told, "kind": None, "note": None}


def to_come(tx: Transaction) -> list[Absence]:
    """Return the absences that are not over, the earliest first: everybody's to who sees all work, else own.

    Raises:
        ForbiddenError: the actor is no user of the team.
    """
    require(tx.actor, Permission.SEE_OWN_WORK, "see who is away")
    found = queries.absences(tx, tx.today, date.max)
    sees_all = may(tx.actor, Permission.SEE_ALL_WORK)
    own = tx.actor.employee_id
    return [one for one in found if sees_all or one.employee_id == own]


def enter(tx: Transaction, request: EnterAbsence) -> Absence:
    """Say that an employee is away on some days, and who stands in.

    Raises:
        NotFoundError: there is no such employee.
        ForbiddenError: it is somebody else's absence, and the actor is no manager.
        BadRequestError: the last day is before the first, they are away on one of these days already, or
            nobody of that name can stand in.
    """
    employee = records.find(tx, Employee, request.employee_id)
    _require(tx, employee)
    if request.last_day < request.first_day:
        raise bad_field("last_day", "it is before the first day; choose that one or a later one")
    _refuse_overlap(tx, employee, request)
    substitute = _substitute(tx, employee, request.substitute)
    absence = tx.add(
        Absence(
            absence_id=tx.new_id(Absence),
            workspace_id=tx.workspace_id,
            employee_id=employee.employee_id,
            first_day=request.first_day,
            last_day=request.last_day,
            kind=request.kind,
            note=request.note,
            substitute_id=substitute.employee_id if substitute else None,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    who = substitute.name if substitute else "nobody"
    days = days_said(absence.first_day, absence.last_day, tx.today)
    summary = f"{employee.name} is away {days}; {who} stands in"
    shown = {"employee_id", "first_day", "last_day", "substitute_id"}
    tx.record(Action.ABSENCE_ENTERED, absence, summary, after=absence.model_dump(mode="json", include=shown))
    return absence


def remove(tx: Transaction, request: RemoveAbsence) -> Absence:
    """Take an absence back: the employee is there on those days; that it was entered stays known.

    Raises:
        NotFoundError: there is no such employee or absence.
        ForbiddenError: it is somebody else's absence, and the actor is no manager.
        BadRequestError: it is the absence of another employee.
        ConflictError: it was taken back already.
    """
    employee = records.find(tx, Employee, request.employee_id)
    _require(tx, employee)
    absence = tx.get(Absence, request.absence_id)
    if absence.employee_id != employee.employee_id:
        raise bad_field("absence_id", f"it is no absence of {employee.name}; use one of theirs")
    if absence.removed_at is not None:
        raise ConflictError(f"That absence of {employee.name} was taken back already. Load the page again.")
    absence.removed_at = tx.now
    tx.save(absence)
    days = days_said(absence.first_day, absence.last_day, tx.today)
    tx.record(Action.ABSENCE_REMOVED, absence, f"{employee.name} is not away {days} after all")
    return absence


def _require(tx: Transaction, employee: Employee) -> None:
    if not may_enter(tx, employee):
        raise ForbiddenError(
            f"{tx.actor.name} may not say when {employee.name} is away: only they themselves and "
            "managers may."
        )


def _refuse_overlap(tx: Transaction, employee: Employee, request: EnterAbsence) -> None:
    """Refuse days on which they are away already: nobody could tell then who stands in."""
    for other in tx.find(Absence, employee_id=employee.employee_id):
        first, last = max(other.first_day, request.first_day), min(other.last_day, request.last_day)
        if other.removed_at is None and first <= last:
            theirs, both = (
                days_said(*days, tx.today) for days in ((other.first_day, other.last_day), (first, last))
            )
            message = (
                f"{employee.name} is away {theirs} already, and both would be {both}; choose other days, "
                "or take that absence back first"
            )
            raise bad_field("first_day", message, f"The absence cannot be entered: {message}.")


def _substitute(tx: Transaction, employee: Employee, given: str | None) -> Employee | None:
    if not given:
        return None
    found = records.named(tx, Employee, given, "substitute")
    if found is employee:
        raise bad_field(
            "substitute", f"that is {employee.name}, who is away; choose somebody else, or nobody"
        )
    records.must_be_active(found, "substitute")
    return found
