"""Putting a job in a transaction, for whoever has no engine at hand; workers hear of it as is set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.config import PROCRASTINATE
from engine.jobs import tickets
from engine.jobs.claims import Claims
from engine.jobs.models import Lane, NewJob
from engine.transaction import Transaction

PREFIX = "job"


def put(
    tx: Transaction,
    kind: str,
    *,
    args: Mapping[str, Any],
    key: str | None,
    not_before: datetime,
    lane: Lane,
    max_attempts: int,
    priority: int = 0,
) -> bool:
    """Put a job that is there if the transaction commits; False where one with its ``key`` was put before."""
    job_id = tx.new_id_with(PREFIX)
    return put_as(
        tx,
        job_id,
        kind,
        args=args,
        key=key,
        not_before=not_before,
        lane=lane,
        max_attempts=max_attempts,
        priority=priority,
    )


def put_as(
    tx: Transaction,
    job_id: str,
    kind: str,
    *,
    args: Mapping[str, Any],
    key: str | None,
    not_before: datetime,
    lane: Lane,
    max_attempts: int,
    priority: int = 0,
    ordinal: int = 0,
) -> bool:
    """Put a job as ``put`` does, under an id of ``new_id_with(PREFIX)`` that its record keeps."""
    job = NewJob(
        job_id=job_id,
        kind=kind,
        args=args,
        key=key,
        not_before=milliseconds(not_before),
        lane=lane,
        priority=priority,
        ordinal=ordinal,
        max_attempts=max_attempts,
    )
    is_new = Claims(tx.database).put(tx.connection, job)
    if is_new and tx.settings.jobs == PROCRASTINATE:
        tickets.put(tx.connection, job, milliseconds(tx.wall_clock))
    return is_new


def milliseconds(moment: datetime) -> int:
    """Give a moment as the ledger has it: milliseconds since 1970."""
    return length(moment - datetime(1970, 1, 1, tzinfo=UTC))


def length(duration: timedelta) -> int:
    """Give a duration as the ledger has it: milliseconds."""
    return duration // timedelta(milliseconds=1)
