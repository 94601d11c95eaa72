"""Who does the work: adding and changing employees, one by one or from a file (REF-04, R20)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import OwnWorkError, bad_field
from engine.reference import records
from engine.reference.addresses import by_address
from engine.reference.inputs import AddEmployee, ChangeEmployee
from engine.reference.models import Employee, EmployeeKind
from engine.reference.readdressed import Readdressed
from engine.reference.records import Outcome
from engine.transaction import Transaction

#: What of one's own employee somebody else changes.
_NOT_BY_ONESELF = ("email", "kind", "roles", "training")
_IN_WORDS = {"email": "e-mail"}


@dataclass(frozen=True)
class Before:
    """What decides about changes of employees, as it was before the first of them."""

    #: All that the actor is and ever was (S3).
    own: frozenset[str]
    #: To which employee each address led that is about to be another one's, or one's no more.
    led_to: Mapping[str, str]


def before(tx: Transaction, emails: Iterable[tuple[str | None, str | None]]) -> Before:
    """Look at how things are; ``emails`` are what those who change have and will have."""
    moved = {address for one in emails if one[0] != one[1] for address in one if address}
    holders = by_address(tx.find(Employee, email=sorted(moved)) if moved else [])
    own = frozenset[str]() if tx.settings.own_approval else tx.wiring.oneself(tx)
    return Before(own, {address: employee.employee_id for address, employee in holders.items()})


def add(tx: Transaction, request: AddEmployee) -> Employee:
    """Add somebody who is assigned work.

    Raises:
        ForbiddenError: the actor is no admin.
        BadRequestError: the key is taken.
    """
    records.refuse_taken(tx, Employee, request.key)
    return put(tx, before(tx, [(None, request.email)]), None, request.model_dump())[0]


def change(tx: Transaction, request: ChangeEmployee, calendars: Collection[str] = ()) -> Employee:
    """Change what is said of an employee; ``calendars`` are the keys of those that there are.

    Raises:
        NotFoundError: there is none.
        ForbiddenError: the actor is no admin.
        OwnWorkError: it is the actor's own e-mail, kind, roles or training (S3).
        BadRequestError: there is no such calendar.
        StaleWriteError: somebody changed them since they were read.
    """
    known = records.find(tx, Employee, request.employee_id, revision=request.revision)
    fields = request.model_dump(exclude={"employee_id", "revision"}, exclude_none=True)
    if "email" in fields:
        fields["email"] = fields["email"].lower() or None
    if "calendar" in fields:
        fields["calendar"] = _calendar(fields["calendar"], calendars)
    email = fields.get("email", known.email)
    return put(tx, before(tx, [(known.email, email)]), known, fields)[0]


def _calendar(given: str, known: Collection[str]) -> str | None:
    if given and given not in known:
        choices = f"use one of: {', '.join(sorted(known))}" if known else "there is none in content/calendars"
        raise bad_field("calendar", f"there is no calendar {given!r}; {choices}")
    return given or None


def put(
    tx: Transaction, earlier: Before, known: Employee | None, fields: Mapping[str, Any], where: str = ""
) -> tuple[Employee, Outcome]:
    """Make an employee, or give the ``known`` one these fields; ``where`` they stand goes before their names.

    Whoever was joined by an address that is another's from now on stays who they were (a reaction).

    Raises:
        ForbiddenError: something would change, and the actor is no admin.
        OwnWorkError: it decides who the actor is, and what they may do or judge (S3).
    """
    if known is None:
        fields = {"kind": EmployeeKind.HUMAN, **fields}
    elif known.employee_id in earlier.own:
        _refuse_oneself(tx, known, fields, where)
    had = known.email if known is not None else None
    has = fields.get("email", had)
    moved = {
        address: earlier.led_to[address] for address in (had, has) if address and address in earlier.led_to
    }
    fact = Readdressed(moved) if has != had and moved else None
    return records.bring(tx, Employee, known, fields, fact)


def _refuse_oneself(tx: Transaction, employee: Employee, fields: Mapping[str, Any], where: str) -> None:
    """Refuse what decides who the actor is and what they may do or judge; repeating it is no change (S3)."""
    for name in _NOT_BY_ONESELF:
        if name in fields and fields[name] != getattr(employee, name):
            raise OwnWorkError(
                f"{where}{name}: {employee.name} is who {tx.actor.name} is or was, and nobody changes their "
                f"own {_IN_WORDS.get(name, name)}. Leave it as it is, or ask another admin to change it."
            )
