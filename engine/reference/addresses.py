"""E-mail addresses lead from users to employees."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar


class HasAddress(Protocol):
    """An employee, or what columns tell of one."""

    @property
    def email(self) -> str | None:
        """Their address, None where none is known."""


E = TypeVar("E", bound=HasAddress)


def by_address(employees: Iterable[E]) -> dict[str, E]:
    """Return the employee of each address; one that several have leads to none of them by chance (S27)."""
    found: dict[str, list[E]] = {}
    for item in employees:
        if item.email:
            found.setdefault(item.email, []).append(item)
    return {address: only[0] for address, only in found.items() if len(only) == 1}
