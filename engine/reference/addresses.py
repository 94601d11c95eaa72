"""E-mail addresses lead from users to employees."""

from __future__ import annotations

from collections.abc import Iterable

from engine.reference.models import Employee


def by_address(employees: Iterable[Employee]) -> dict[str, Employee]:
    """Return the employee of each address; one that several have leads to none of them by chance (S27)."""
    found: dict[str, list[Employee]] = {}
    for item in employees:
        if item.email:
            found.setdefault(item.email, []).append(item)
    return {address: only[0] for address, only in found.items() if len(only) == 1}
