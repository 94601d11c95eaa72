"""What Workbench asks of whatever delivers jobs: ``embedded``, ``distributed``; each passes the same tests.

A kind of job is registered once, with what does it (``Kind``). Whoever has something to be done later calls
``enqueue`` in the transaction of what it follows from; ``work`` does what is there.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.errors import BadRequestError
from engine.ids import IdSource
from engine.jobs.context import Context
from engine.jobs.models import JobStatus, Lane, NewJob
from engine.jobs.putting import PREFIX, milliseconds
from engine.transaction import Transaction


def _soon(attempt: int) -> timedelta:
    """Wait 10 seconds, 40, 160 and so on, an hour at most."""
    return timedelta(seconds=min(10 * 4.0 ** (attempt - 1), 3600))


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of job."""

    name: str
    #: Does it; returns what is kept of it, in words. Any error is an attempt that failed.
    handle: Callable[[Context], str | None]
    #: How long to wait after an attempt that failed, by its number.
    backoff: Callable[[int], timedelta] = _soon
    #: Whether none is to be begun for now: somebody holds them back.
    is_held: Callable[[], bool] = lambda: False
    #: Whether it waits for others elsewhere, and there may be much of it: where several threads work, one of
    #: them does none of it, so that all else goes on.
    is_slow: bool = False
    #: Only what is in one of these lanes is begun here; None for all of the kind.
    lanes: frozenset[str] | None = None


class Kinds:
    """All kinds of jobs that a process can do."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._kinds = {kind.name: kind for kind in kinds}
        #: Of which kinds only some lanes are begun here, and which.
        self.lanes = {kind.name: kind.lanes for kind in self._kinds.values() if kind.lanes is not None}

    def get(self, name: str) -> Kind:
        """Return a kind.

        Raises:
            BadRequestError: there is none of that name.
        """
        if name not in self._kinds:
            known = ", ".join(sorted(self._kinds)) or "none"
            raise BadRequestError(f"There is no kind of job “{name}”. The kinds are: {known}.")
        return self._kinds[name]

    def names_to_begin(self, *, takes_slow: bool = True) -> list[str]:
        """Return the names of those that nobody holds back for now, or of the others than the slow ones."""
        return sorted(
            name
            for name, kind in self._kinds.items()
            if (takes_slow or not kind.is_slow) and not kind.is_held()
        )

    def names(self, *, takes_slow: bool = True) -> list[str]:
        """Return the names of all kinds, or of the others than the slow ones."""
        return sorted(name for name, kind in self._kinds.items() if takes_slow or not kind.is_slow)


class JobEngine(ABC):
    """Delivers jobs."""

    def __init__(self, kinds: Kinds, ids: IdSource) -> None:
        self._kinds, self._ids = kinds, ids

    def enqueue(
        self,
        tx: Transaction,
        kind: str,
        *,
        key: str | None = None,
        priority: int = 0,
        ordinal: int = 0,
        not_before: datetime | None = None,
        lane: Lane | None = None,
        max_attempts: int = 3,
        **args: Any,
    ) -> str | None:
        """Put a job in a transaction, so that it is there if that commits; return its id.

        None where a job with this ``key`` was put before, whatever became of it. Higher priorities come
        first, then lower ordinals, then whatever was put first; nothing is begun before ``not_before``.

        Raises:
            BadRequestError: there is no such kind.
        """
        job = NewJob(
            job_id=self._ids.new(PREFIX, tx.now),
            kind=self._kinds.get(kind).name,
            args=args,
            key=key,
            priority=priority,
            ordinal=ordinal,
            not_before=milliseconds(not_before) if not_before is not None else 0,
            lane=lane,
            max_attempts=max_attempts,
        )
        return job.job_id if self.put(tx, job) else None

    @abstractmethod
    def put(self, tx: Transaction, job: NewJob) -> bool:
        """Put a job in a transaction; False where one with its key was put before."""

    @abstractmethod
    def cancel(self, tx: Transaction, job_id: str) -> JobStatus | None:
        """Call a job off in a transaction: one that waits at once, a running one when it next renews.

        Return where it stands, None where it has ended.
        """

    @abstractmethod
    def work(self, stop: threading.Event, threads: int = 1) -> None:
        """Do what is there, and what comes, until ``stop`` is set; what is begun is ended before.

        What is met that is neither of a handler nor of the store ends all workers, and is raised; ``stop``
        is the caller's, and never set here.
        """
