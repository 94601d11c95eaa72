"""What the ledger knows of a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple


class JobStatus(StrEnum):
    """Where a job stands; the drawing is in ``engine.jobs``."""

    READY = "ready"  #: waits for its time, a free seat and a worker
    RUNNING = "running"  #: a worker holds it until its lease runs out
    DONE = "done"  #: finished
    FAILED = "failed"  #: its last attempt failed
    CANCELLED = "cancelled"  #: somebody called it off
    UNKNOWN = "unknown"  #: its worker was lost after it began an effect: somebody has to look


@dataclass(frozen=True, kw_only=True)
class Lane:
    """Jobs of which only some may run at the same time, however many workers there are."""

    name: str
    #: How many.
    seats: int = 1


@dataclass(frozen=True, kw_only=True)
class NewJob:
    """What is asked for."""

    job_id: str
    kind: str
    #: As JSON; what the handler of the kind takes.
    args: Mapping[str, Any]
    #: The same key is never put twice, whatever became of the first (None: any number).
    key: str | None = None
    #: Higher comes first.
    priority: int = 0
    #: Among jobs of one priority lower comes first.
    ordinal: int = 0
    #: Milliseconds since 1970: it is begun no earlier.
    not_before: int = 0
    lane: Lane | None = None
    #: How often it is tried at most, the first time included.
    max_attempts: int = 3


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A job that a worker has begun, and by what it proves that it still holds it."""

    job_id: str
    kind: str
    args: Mapping[str, Any]
    #: 1 for the first time.
    attempt: int
    max_attempts: int
    #: Grows with each begin; whoever writes with an older one is refused.
    token: int
    #: The last effect that an earlier attempt began and did not finish; only one that may be repeated.
    effect: str | None


@dataclass(frozen=True, kw_only=True)
class Reaped:
    """A job whose worker was lost, and where it stands now."""

    job_id: str
    kind: str
    status: JobStatus


class Job(NamedTuple):
    """A job as the ledger has it; times are milliseconds since 1970."""

    job_id: str
    kind: str
    status: JobStatus
    #: How often it was begun.
    attempt: int
    #: The effect that was begun last; None where none was, or where it is known that nothing was done.
    effect: str | None
    #: What its handler said, why it failed last, or who said how it ended.
    outcome: str | None
    #: It is begun no earlier.
    not_before: int
    put_at: int
    #: The last time.
    begun_at: int | None
    ended_at: int | None
