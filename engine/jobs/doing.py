"""What every engine does with a job that the ledger lets it begin; how workers hear of one is its own."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.metadata import version
from itertools import count
from threading import Lock
from time import perf_counter

from structlog.contextvars import bound_contextvars

from engine.clock import Clock
from engine.errors import WorkbenchError, WorkerNameTakenError
from engine.ids import IdSource
from engine.jobs.claims import Claims, LostError
from engine.jobs.context import CancelledError, Context, NothingDoneError
from engine.jobs.models import Claim, JobStatus, NewJob
from engine.jobs.port import JobEngine, Kind, Kinds
from engine.jobs.putting import length, milliseconds
from engine.jobs.workers import Workers
from engine.store import DocumentStore
from engine.transaction import Transaction

_log = logging.getLogger(__name__)
#: Says of each job that it was done, and how; of those that failed ``_log`` says why.
_done = logging.getLogger("engine.jobs.done")
#: Where a job stands that is another worker's by now, as far as this one knows.
_LOST = "lost"
#: How long a worker holds a job without a sign of life.
_LEASE = timedelta(minutes=1)
#: How often is looked for what nobody told of.
_LOOKS_EVERY = timedelta(seconds=1)
#: How often leases that ran out are looked for.
_REAPS_EVERY = timedelta(seconds=5)
_LONGEST_OUTCOME = 2000
#: The names under which engines of this process work.
_names: set[str] = set()
_naming = Lock()


class LedgerEngine(JobEngine):
    """Does what the ledger gives it to do."""

    def __init__(
        self,
        database: DocumentStore,
        kinds: Kinds,
        clock: Clock,
        ids: IdSource,
        *,
        lease: timedelta = _LEASE,
        looks_every: timedelta = _LOOKS_EVERY,
        reaps_every: timedelta = _REAPS_EVERY,
        on_failed: Callable[[str], None] = lambda _: None,
        name: str | None = None,
    ) -> None:
        """Deliver jobs of these kinds; ``on_failed`` is told the id of each that has failed for good.

        One of which nobody knows how it ended is among them. While it works it is listed under ``name``, else
        under that of its process.
        """
        super().__init__(kinds, ids)
        self.claims, self._database, self._clock = Claims(database), database, clock
        self._lease, self._looks_every, self._reaps_every = lease, looks_every, reaps_every
        self._on_failed = on_failed
        self._asked_name, self.name = name, ""
        self._workers, self._token, self._is_listed = Workers(database), secrets.token_hex(8), False
        #: Whether it is to begin nothing more, as it heard when it showed itself; the ledger gives it nothing
        #: from the moment on at which that was said.
        self._is_draining = False

    def put(self, tx: Transaction, job: NewJob) -> bool:
        """Put a job in a transaction, and let workers hear of it (``JobEngine.put``)."""
        is_new = self.claims.put(tx.connection, job)
        if is_new:
            self._tell_of(tx, job)
        return is_new

    def cancel(self, tx: Transaction, job_id: str) -> JobStatus | None:
        """Call a job off in a transaction (``JobEngine.cancel``)."""
        return self.claims.cancel(tx.connection, job_id)

    def do_one(self, worker: str, *, takes_slow: bool = True) -> bool:
        """Do the first job whose time has come; return whether there was one."""
        kinds = self._kinds.names_to_begin(takes_slow=takes_slow)
        claim = self.claims.begin(
            worker,
            kinds,
            now=self._now(),
            lease=length(self._lease),
            process=self.name,
            lanes=self._kinds.lanes,
        )
        if claim is None:
            return False
        began = perf_counter()
        with bound_contextvars(job_id=claim.job_id, job_kind=claim.kind):
            outcome = self._do(self._kinds.get(claim.kind), claim)
            facts = {"outcome": outcome, "milliseconds": round((perf_counter() - began) * 1000, 1)}
            _done.info("%s, attempt %d", claim.kind, claim.attempt, extra=facts)
        return True

    def _reap(self) -> bool:
        reaped = self.claims.reap()
        for job in reaped:
            _log.warning("job %s (%s) lost its worker; it is %s now", job.job_id, job.kind, job.status)
            self._tell_of_failure(job.job_id, job.status)
        return bool(reaped)

    @contextmanager
    def _attendance(self, threads: int) -> Iterator[Callable[[], bool]]:
        """Be listed as a worker for the block; call what it gives more often than ``workers.SILENT``.

        That finds out whether it is drained, too.

        Raises:
            WorkerNameTakenError: another works under the name; so does what it gives.
        """
        with _name_of(self._asked_name) as self.name:

            def show() -> bool:
                if not self._is_listed:
                    does = sorted({lane for lanes in self._kinds.lanes.values() for lane in lanes})
                    release = version("workbench")
                    self._workers.enter(self.name, self._token, release=release, threads=threads, does=does)
                    self._is_listed = True
                self._is_draining = self._workers.show(self.name, self._token)
                return self._is_draining

            self._carefully(show)
            try:
                yield show
            finally:
                if self._is_listed:
                    self._carefully(lambda: self._workers.leave(self.name, self._token))
                    self._is_listed = False

    def _carefully(self, look: Callable[[], bool]) -> bool:
        """Look, and go on another time where the store cannot be asked: nobody else would look."""
        try:
            return look()
        except WorkerNameTakenError:
            raise
        except WorkbenchError as error:
            _log.warning("the ledger of jobs cannot be asked: %s", error)
            return False

    def _do(self, kind: Kind, claim: Claim) -> str:
        """Do a job; return where it stands after that."""
        context = Context(self.claims, claim, self._lease)
        try:
            outcome = kind.handle(context)
            if not context.is_finished:
                self.claims.finish(claim, outcome=_cut(outcome))
            if context.has_given_up:
                self._tell_of_failure(claim.job_id, JobStatus.FAILED)
        except LostError as error:
            _log.warning("%s", error)
            return _LOST
        except CancelledError:
            self.claims.finish(claim, JobStatus.CANCELLED)
            return JobStatus.CANCELLED
        except Exception as error:  # whatever a handler meets is an attempt that failed
            return self._fail(kind, claim, error)
        return JobStatus.FAILED if context.has_given_up else JobStatus.DONE

    def _fail(self, kind: Kind, claim: Claim, error: Exception) -> str:
        """End an attempt that failed; return where the job stands after that."""
        next_time = self._now() + length(kind.backoff(claim.attempt))
        is_nothing_done = isinstance(error, NothingDoneError)
        try:
            status = self.claims.retry(
                claim, _in_words(error), not_before=next_time, is_nothing_done=is_nothing_done
            )
        except LostError as lost:
            _log.warning("%s", lost)
            return _LOST
        _log.warning(
            "job %s (%s) failed in attempt %d of %d; it is %s now",
            claim.job_id, kind.name, claim.attempt, claim.max_attempts, status, exc_info=error,
        )  # fmt: skip
        self._tell_of_failure(claim.job_id, status)
        return status

    def _tell_of_failure(self, job_id: str, status: JobStatus) -> None:
        """Say that a job failed; that this cannot be told leaves the job as it is, and is logged."""
        if status not in (JobStatus.FAILED, JobStatus.UNKNOWN):
            return
        try:
            self._on_failed(job_id)
        except WorkbenchError as error:
            _log.warning("nobody can be told that %s is %s: %s", job_id, status, error)

    def _now(self) -> int:
        return milliseconds(self._clock.now())

    def _tell_of(self, tx: Transaction, job: NewJob) -> None:
        """Let workers hear of a job that was put in a transaction, unless they look for it anyway."""


@contextmanager
def _name_of(asked: str | None) -> Iterator[str]:
    """Give the name that was asked for, else that of this process, with a number where it has several."""
    own = f"{socket.gethostname()}:{os.getpid()}"
    with _naming:
        ways = [asked] if asked else (f"{own}-{number}" if number > 1 else own for number in count(1))
        name = next(name for name in ways if asked or name not in _names)
        _names.add(name)
    try:
        yield name
    finally:
        _names.discard(name)


def _in_words(error: Exception) -> str:
    told = str(error) if isinstance(error, WorkbenchError | NothingDoneError) else type(error).__name__
    return _cut(told) or type(error).__name__


def _cut(text: str | None) -> str | None:
    return text[:_LONGEST_OUTCOME] if text is not None else None
