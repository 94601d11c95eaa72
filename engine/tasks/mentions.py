"""Whom a remark is for: who is called by ``@key``, and who answers for its task."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from engine.access import Permission, may
from engine.accounts.models import User
from engine.reference.models import Employee
from engine.tasks.models import Task
from engine.transaction import Transaction

#: ``@ana``, but neither ``ana@example.com`` nor ``@ana-maria``, which is no key.
_MENTION = re.compile(r"(?<![\w@.+/-])@([A-Za-z][A-Za-z0-9_]*)(?![\w@-])")
#: So many names that nobody has are told of, each with no more than so many characters of it.
_MOST_TOLD, _SHOWN = 3, 40
#: Among so many people the nearest names are looked for, and so many of them are said.
_LOOKED_AT, _MOST_NEAR = 1000, 3


def find(tx: Transaction, text: str) -> list[str]:
    """Return the ids of the active employees that a text calls, in its order; other words stay words.

    Whoever wrote it is told of names that nobody has.
    """
    keys = list(dict.fromkeys(key.lower() for key in _MENTION.findall(text)))
    if not keys:
        return []
    active = {item.key: item.employee_id for item in tx.find(Employee, key=keys) if item.is_active}
    unknown = [key for key in keys if key not in active]
    if unknown and may(tx.actor, Permission.SEE_OWN_WORK):  # no partner learns who works here
        tx.say(_nobody(tx, unknown[:_MOST_TOLD]))
    return [active[key] for key in keys if key in active]


def _nobody(tx: Transaction, unknown: Iterable[str]) -> str:
    named = [f"@{key if len(key) <= _SHOWN else f'{key[:_SHOWN]}…'}" for key in unknown]
    near = ", ".join(f"@{key} ({name})" for key, name in _nearest(tx, unknown).items())
    hint = f" The nearest short names are {near}." if near else ""
    return f"Nobody is called {' or '.join(named)}, so nobody was told by that name.{hint}"


def _nearest(tx: Transaction, unknown: Iterable[str]) -> dict[str, str]:
    """Return who may have been meant: short name -> name; people are looked for by a part of theirs, too."""
    people = tx.find(Employee, order_by=("key",), limit=_LOOKED_AT)
    active = [person for person in people if person.is_active]
    by_word = {word: person for person in active for word in person.name.lower().split()}
    by_word |= {person.key: person for person in active}
    words = [word for key in unknown for word in difflib.get_close_matches(key, by_word, _MOST_NEAR)]
    return dict(list({by_word[word].key: by_word[word].name for word in words}.items())[:_MOST_NEAR])


def responsible(tx: Transaction, task: Task) -> list[str]:
    """Return the employee to be told of what concerns a task: the assignee, else the owner."""
    if task.assignee_id is not None:
        return [task.assignee_id]
    owner = tx.find_by_key(User, task.owner_id)
    return [owner.employee_id] if owner is not None and owner.employee_id is not None else []
