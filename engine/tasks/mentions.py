"""Calling somebody by ``@key`` in a remark."""

from __future__ import annotations

import re

from engine.reference.models import Employee
from engine.transaction import Transaction

#: ``@ana``, but neither ``ana@example.com`` nor ``@ana-maria``, which is no key.
_MENTION = re.compile(r"(?<![\w@.+/-])@([A-Za-z][A-Za-z0-9_]*)(?![\w@-])")


def find(tx: Transaction, text: str) -> list[str]:
    """Return the ids of the active employees that a text calls, in its order; other words stay words."""
    keys = list(dict.fromkeys(key.lower() for key in _MENTION.findall(text)))
    if not keys:
        return []
    active = {item.key: item.employee_id for item in tx.find(Employee, key=keys) if item.is_active}
    return [active[key] for key in keys if key in active]
