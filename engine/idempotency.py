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
#: So long is an answer at most that is kept; that of a bundle with 400 tasks is.
LONGEST_ANSWER = 1024 * 1024


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


class KeptAnswer(Record):
    """What a request over the API was answered, to be given again for the same idempotency key (API-08)."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="kept_answers",
        key=("kept_answer_id",),
        prefix="ans",
        promoted=("workspace_id",),
        references={"workspace_id": "workspaces"},
        exported=False,
        audited=False,
    )

    #: Its id: `ans_`, then 26 digits and capitals that sort by the time of making.
    kept_answer_id: str
    workspace_id: str
    #: The answer, as JSON text.
    answer: str
    #: When it was given first.
    created_at: Moment


def answered_once(
    tx: Transaction, *, key: str | None, action: str, body: Mapping[str, Any], make: Callable[[], str]
) -> str:
    """Give the answer that ``make`` gives, or the one that it gave the first time for this key and body.

    Raises:
        IdempotencyKeyReusedError, BadRequestError: as ``once``; or the answer is too long to be kept.
    """
    if key is None:
        return make()

    def keep() -> KeptAnswer:
        answer = make()
        if len(answer) > LONGEST_ANSWER:
            raise BadRequestError(
                "The answer to this is too long to be kept for an idempotency key. Nothing was changed. Send "
                "it without one, and look whether it was done before you send it again."
            )
        return tx.add(
            KeptAnswer(
                kept_answer_id=tx.new_id(KeptAnswer),
                workspace_id=tx.workspace_id,
                answer=answer,
                created_at=tx.now,
            )
        )

    return once(tx, KeptAnswer, key=key, action=action, body=body, make=keep).answer


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
    earlier = _earlier(tx, key, action, body)
    if earlier is not None:
        return tx.get(record_type, earlier.result_id)
    made = make()
    if made is None:
        return None
    tx.add(
        IdempotencyKey(
            idempotency_key=_own(tx, key),
            workspace_id=tx.workspace_id,
            action=action,
            body_hash=_digest(body),
            result_id=made.record_id,
            created_at=tx.now,
        )
    )
    return made


def find_answer(tx: Transaction, *, key: str, action: str, body: Mapping[str, Any]) -> str | None:
    """Give the answer that is kept for this key and body; None where there is none yet.

    Raises:
        IdempotencyKeyReusedError, BadRequestError: as ``once``.
    """
    earlier = _earlier(tx, key, action, body)
    return None if earlier is None else tx.get(KeptAnswer, earlier.result_id).answer


def _earlier(tx: Transaction, key: str, action: str, body: Mapping[str, Any]) -> IdempotencyKey | None:
    """Find the request that was done with this key before, which must be this one."""
    if not 0 < len(key.strip()) <= _LONGEST_KEY:
        raise BadRequestError(
            f"An idempotency key has 1 to {_LONGEST_KEY} characters; this one has {len(key)}."
        )
    earlier = tx.find_by_key(IdempotencyKey, _own(tx, key), tx.workspace_id)
    if earlier is not None and (earlier.action, earlier.body_hash) != (action, _digest(body)):
        raise IdempotencyKeyReusedError(
            f"The idempotency key {key!r} was used for another request at {to_text(earlier.created_at)}. "
            "Use a new key for a new request, or repeat the first one unchanged."
        )
    return earlier


def _own(tx: Transaction, key: str) -> str:
    return f"{tx.actor.user_id}/{key}"


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(body)).hexdigest()
