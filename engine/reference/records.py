"""The one way in which an employee, a partner or a campaign is made or changed, by a file or by a command.

Only what differs becomes a change, and every change its event (REF-04).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from engine.access import Permission, require
from engine.audit.models import Action
from engine.errors import ConflictError, NotFoundError, bad_field
from engine.record import Revised
from engine.reference.models import Campaign, Employee, Partner
from engine.transaction import Transaction
from engine.wiring import Fact

T = TypeVar("T", Employee, Partner, Campaign)


class Outcome(StrEnum):
    """What became of a record that somebody named."""

    CREATED = "created"  #: there was none
    UPDATED = "updated"  #: it was different
    UNCHANGED = "unchanged"  #: it was so already


_ACTIONS: dict[type[Revised], Action] = {
    Employee: Action.EMPLOYEE_CHANGED,
    Partner: Action.PARTNER_CHANGED,
    Campaign: Action.CAMPAIGN_CHANGED,
}
#: What one may do with each of them: people are an admin's (definitions.md section 4).
_PERMISSIONS: dict[type[Revised], Permission] = {
    Employee: Permission.ADMINISTER,
    Partner: Permission.LOAD_REFERENCE,
    Campaign: Permission.LOAD_REFERENCE,
}


def lookup(tx: Transaction, record_type: type[T], key_or_id: str) -> T | None:
    """Return the record with a key or an id, in one statement: ids have capitals, and keys none."""
    text = key_or_id.strip()
    return tx.find_one(record_type, key=text) if text == text.lower() else tx.find_by_key(record_type, text)


def find(tx: Transaction, record_type: type[T], key_or_id: str, *, revision: int | None = None) -> T:
    """Return the record with a key or an id.

    Raises:
        NotFoundError: there is none.
        StaleWriteError: ``revision`` is given and the record has moved on (UPD-24).
    """
    found = lookup(tx, record_type, key_or_id)
    if found is None:
        raise NotFoundError(f"There is no {_noun(record_type)} {key_or_id!r}. Check the key or the id.")
    return tx.get(record_type, found.record_id, revision=revision)


def refuse_taken(tx: Transaction, record_type: type[T], key: str) -> None:
    """Refuse to make a second record of one key, active or not.

    Raises:
        BadRequestError: there is one; names it.
    """
    if (there := tx.find_one(record_type, key=key)) is not None:
        state = "" if there.is_active else ", not active any more"
        raise bad_field("key", f"{key!r} is {there.name} already{state}; use another key, or change that one")


def bring(
    tx: Transaction,
    record_type: type[T],
    known: T | None,
    fields: Mapping[str, Any],
    fact: Fact | None = None,
) -> tuple[T, Outcome]:
    """Make the record with these fields, or change the ``known`` one where it differs, with that ``fact``.

    Raises:
        ForbiddenError: something would change, and that is not for the actor.
    """
    if known is not None and all(getattr(known, name) == value for name, value in fields.items()):
        return known, Outcome.UNCHANGED
    noun = _noun(record_type)
    require(tx.actor, _PERMISSIONS[record_type], f"add or change {noun}s")
    if known is None:
        ids: dict[str, Any] = {record_type.spec.id_field: tx.new_id(record_type)}
        times: dict[str, Any] = {"created_at": tx.now, "updated_at": tx.now}
        made = tx.add(record_type(workspace_id=tx.workspace_id, **ids, **fields, **times))
        tx.record(_ACTIONS[record_type], made, f"{made.name} added", after=_plain(made, fields), fact=fact)
        return made, Outcome.CREATED
    for name, value in fields.items():
        setattr(known, name, value)
    tx.save(known)
    tx.record(_ACTIONS[record_type], known, f"{known.name} changed", fact=fact)
    return known, Outcome.UPDATED


def set_active(tx: Transaction, record: T, value: bool) -> T:
    """Say whether new work may go to an employee, or be started for a partner or in a campaign (R20).

    What runs goes on, and names stay on what was done.

    Raises:
        ForbiddenError: that is not for the actor.
        ConflictError: it is so already.
    """
    noun, words = _noun(type(record)), "active again" if value else "not active any more"
    require(tx.actor, _PERMISSIONS[type(record)], f"make {noun}s active or inactive")
    if record.is_active is value:
        state = "active" if value else "not active"
        raise ConflictError(f"{record.name} is {state} already. Load the page again.")
    record.is_active = value
    tx.save(record)
    tx.record(_ACTIONS[type(record)], record, f"{record.name} is {words}")
    return record


def named(tx: Transaction, record_type: type[T], given: str, field: str, hint: str = "") -> T:
    """Return the record that a field names by key or id; ``hint`` says what to do where there is none.

    Raises:
        BadRequestError: there is none; names the field.
    """
    found = lookup(tx, record_type, given)
    if found is None:
        what = hint or "use a key or id of one that there is"
        raise bad_field(field, f"there is no {_noun(record_type)} {given!r}; {what}")
    return found


def must_be_active(record: Employee | Partner, field: str) -> None:
    """Refuse that new work is tied to who is not active any more.

    Raises:
        BadRequestError: names the field.
    """
    if not record.is_active:
        raise bad_field(field, f"{record.name} is not active any more; choose somebody else")


def _noun(record_type: type[Revised]) -> str:
    return record_type.__name__.lower()


def _plain(record: Revised, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields in their stored form."""
    document = record.model_dump(mode="json")
    return {name: document[name] for name in fields}
