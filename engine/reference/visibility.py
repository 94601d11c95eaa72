"""Who sees for whom work is done: everybody who sees all of it (the table of definitions.md section 4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from engine.access import Permission, require
from engine.reference import records
from engine.reference.models import Campaign, Employee, Partner
from engine.transaction import Transaction

T = TypeVar("T", Employee, Partner, Campaign)


def require_partners(tx: Transaction) -> None:
    """Refuse partners and campaigns to whoever sees only their own work.

    Raises:
        ForbiddenError: the actor does.
    """
    require(tx.actor, Permission.SEE_ALL_WORK, "see whom work is done for")


def require_people(tx: Transaction) -> None:
    """Refuse employees to whoever sees only their own work.

    Raises:
        ForbiddenError: the actor does.
    """
    require(tx.actor, Permission.SEE_ALL_WORK, "see who works here")


def find_partner(tx: Transaction, key_or_id: str) -> Partner:
    """Return a partner.

    Raises:
        ForbiddenError: the actor sees only their own work.
        NotFoundError: there is none.
    """
    require_partners(tx)
    return records.find(tx, Partner, key_or_id)


def find_campaign(tx: Transaction, key_or_id: str) -> Campaign:
    """Return a campaign.

    Raises:
        ForbiddenError: the actor sees only their own work.
        NotFoundError: there is none.
    """
    require_partners(tx)
    return records.find(tx, Campaign, key_or_id)


def find_employee(tx: Transaction, key_or_id: str) -> Employee:
    """Return an employee.

    Raises:
        ForbiddenError: the actor sees only their own work.
        NotFoundError: there is none.
    """
    require_people(tx)
    return records.find(tx, Employee, key_or_id)


def in_order(found: Iterable[T], find: str = "") -> list[T]:
    """Return those with ``find`` in name or key, the active ones first, by name."""
    wanted = (item for item in found if find.lower() in f"{item.name}\n{item.key}".lower())
    return sorted(wanted, key=place_of)


def place_of(item: Employee | Partner | Campaign) -> tuple[bool, str, str]:
    """Return where an employee, a partner or a campaign stands in its list."""
    return not item.is_active, item.name.lower(), item.key
