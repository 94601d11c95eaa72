"""What the fields of several pages offer, as (value, words)."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from engine.app import Workbench
from engine.audit import topics
from engine.reference.models import Employee
from engine.tasks.queries import assignable
from engine.transaction import Transaction
from web import snapshot
from web.context import current_workbench

Choices = list[tuple[str, str]]

#: As many as a list shows; its search finds the others.
MOST = 50
#: Per engine: up to where things had happened to people when the first of them were read, and they.
_first: WeakKeyDictionary[Workbench, tuple[tuple[int, ...], Choices]] = WeakKeyDictionary()


@dataclass(frozen=True)
class People:
    """Who may be assigned, as many as a list shows."""

    #: Nobody first, then by key, but whoever is assigned now is always there.
    options: tuple[tuple[str, str], ...] = ()
    #: What was searched for in their names.
    find: str = ""
    #: Whether there are more.
    is_cut: bool = False
    #: Whether nobody has what was searched for in their name.
    is_empty: bool = False
    #: Whether the user may see how much everybody has.
    shows_load: bool = False


def assignees(tx: Transaction, now: str | None = None, find: str = "") -> People:
    """Return who may be assigned: the first active employees with ``find`` in their names, capitals aside.

    ``now`` is the id of whoever is assigned already.
    """
    if find:
        every = assignable.active_employees(tx)
        found = [person for person in every if find.lower() in person[1].lower()]
    else:
        found = _first_employees(tx)
    shown = [("", "nobody"), *found[:MOST]]
    if now is not None and now not in dict(shown):
        person = tx.find_by_key(Employee, now)
        shown += [(now, person.name)] if person is not None and person.is_active else []
    return People(tuple(shown), find, len(found) > MOST, not found, tx.actor.sees_everything)


def _first_employees(tx: Transaction) -> Choices:
    """Return the first active employees, one more than is shown; kept until something happens to people."""
    positions = snapshot.positions()
    if positions is None:
        return assignable.active_employees(tx, MOST + 1)
    as_of = tuple(positions.get(name, 0) for name in (topics.PAST, topics.FLOOR, topics.REFERENCE))
    kept_as_of, found = _first.get(current_workbench(), (None, []))
    if kept_as_of != as_of:
        found = assignable.active_employees(tx, MOST + 1)
        _first[current_workbench()] = as_of, found
    return found
