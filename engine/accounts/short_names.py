"""How remarks call a user who is no employee: by what their e-mail begins with (R21).

It is worked out and kept nowhere, so no two people ever share one: what is an employee's key, or would be
short for two users, is short for neither of them; they are called by their whole address, as in
``@mara@example.com``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from engine.access import Role
from engine.accounts import actors, queries
from engine.accounts.models import User
from engine.reference.models import Employee
from engine.transaction import Transaction

_NO_SIGN = re.compile(r"[^a-z0-9_]+")


def short_for(email: str) -> str:
    """Return what an address is short for: ``mara.maier@example.com`` for ``mara_maier``; empty for none."""
    return _NO_SIGN.sub("_", email.partition("@")[0].lower()).strip("_").lstrip("0123456789_")


def unshared(emails: Iterable[str], keys: Collection[str]) -> Mapping[str, str]:
    """Return the address that each short name stands for; ``keys`` are the employees'."""
    found: dict[str, list[str]] = {}
    for email in emails:
        if short := short_for(email):
            found.setdefault(short, []).append(email)
    return {short: only[0] for short, only in found.items() if len(only) == 1 and short not in keys}


def find(tx: Transaction, words: Collection[str]) -> dict[str, str]:
    """Return the ids of those whom words call that are no employee's key: short names, or whole addresses.

    A user who is an employee is called as that; people of partners, and who may not sign in, are not called.
    """
    if not words:
        return {}
    addresses = [word for word in words if "@" in word]
    shorts = [word for word in words if "@" not in word]
    found = {user.email: user for user in tx.find(User, email=addresses)} if addresses else {}
    if shorts:
        by_short = unshared(queries.unjoined(tx), ())
        meant = {by_short[word]: word for word in shorts if word in by_short}
        users = tx.find(User, email=sorted(meant)) if meant else []
        found |= {meant[user.email]: user for user in users}
    team = {word: user for word, user in found.items() if user.is_active and Role.PARTNER not in user.roles}
    employees = actors.employees_of(tx, [user.user_id for user in team.values()]) if team else {}
    ids = {word: employees[user.user_id] or user.user_id for word, user in team.items()}
    tx.read_ahead({Employee: employees.values()})
    return {word: one for word, one in ids.items() if _is_called(tx, one, is_address="@" in word)}


def _is_called(tx: Transaction, one: str, *, is_address: bool) -> bool:
    """Whether somebody hears of it: an employee by an address alone, as their key is their short name."""
    employee = tx.find_by_key(Employee, one) if one.startswith(f"{Employee.spec.prefix}_") else None
    return employee is None or (is_address and employee.is_active)
