"""Doing a request once: the same key and body give the first result again (API-08)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from engine.clock import to_text
from engine.errors import BadRequestError, IdempotencyKeyReusedError
from engine.record import Moment, Record, RecordSpec, canonical
from engine.transaction import Transaction

R = TypeVar("R", bound=Record)
_LONGEST_KEY = 200


class IdempotencyKey(Record):
    """A request that was done once; the same user, key and body gives its result again (API-08)."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="idempotency_keys",
        key=("idempotency_key", "workspace_id"),
        exported=False,
        audited=False,
    )

    #: The id of the user who sent it, a slash, and the key: nobody meets the keys of others (S19).
    idempotency_key: str
    workspace_id: str
    #: What was asked for, for example `bundle_create`.
    action: str
    #: The SHA-256 over the request, as hexadecimal digits.
    body_hash: str
    #: The id of the record that the request made.
    result_id: str
    #: When the request was done.
    created_at: Moment


def once(
    tx: Transaction,
    record_type: type[R],
    *,
    key: str | None,
    action: str,
    body: Mapping[str, Any],
    make: Callable[[], R],
) -> R:
    """Give the record that ``make`` makes, or the one it made the first time for this key and body.

    ``body`` is the request as JSON data, without the key. Without a key every call makes a record. A key is
    its user's own: that of another is another key (S19).

    Raises:
        IdempotencyKeyReusedError: the key was used for another request.
        BadRequestError: the key is empty or longer than 200 characters.
    """
    made = once_or_nothing(tx, record_type, key=key, action=action, body=body, make=make)
    if made is None:
        raise RuntimeError(f"{action} made nothing")
    return made


def once_or_nothing(
    tx: Transaction,
    record_type: type[R],
    *,
    key: str | None,
    action: str,
    body: Mapping[str, Any],
    make: Callable[[], R | None],
) -> R | None:
    """Do what ``once`` does where nothing may come of it: that is no first time, and is tried again."""
    if key is None:
        return make()
    if not 0 < len(key.strip()) <= _LONGEST_KEY:
        raise BadRequestError(
            f"An idempotency key has 1 to {_LONGEST_KEY} characters; this one has {len(key)}."
        )
    digest = hashlib.sha256(canonical(body)).hexdigest()
    own = f"{tx.actor.user_id}/{key}"
    earlier = tx.find_by_key(IdempotencyKey, own, tx.workspace_id)
    if earlier is not None:
        if (earlier.action, earlier.body_hash) != (action, digest):
            raise IdempotencyKeyReusedError(
                f"The idempotency key {key!r} was used for another request at {to_text(earlier.created_at)}. "
                "Use a new key for a new request, or repeat the first one unchanged."
            )
        return tx.get(record_type, earlier.result_id)
    made = make()
    if made is None:
        return None
    tx.add(
        IdempotencyKey(
            idempotency_key=own,
            workspace_id=tx.workspace_id,
            action=action,
            body_hash=digest,
            result_id=made.record_id,
            created_at=tx.now,
        )
    )
    return made
