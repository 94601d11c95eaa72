"""The engine of many machines on one PostgreSQL: Procrastinate wakes their workers, by tickets."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.job_context import JobContext
from procrastinate.jobs import Status
from psycopg_pool import AsyncConnectionPool

from engine.jobs import tickets
from engine.jobs.doing import LedgerEngine
from engine.jobs.models import NewJob
from engine.transaction import Transaction

_log = logging.getLogger(__name__)
# It tells of each ticket at least twice; what became of the job the ledger's own log says.
logging.getLogger("procrastinate").setLevel(logging.WARNING)
#: Seconds without a sign of life after which Procrastinate's worker is taken for lost; what it was told of is
#: in the ledger, whose leases say what becomes of it.
_SILENT_AFTER = 60.0
#: Seconds that a connection is waited for: whoever is told to stop while the database is away has to end.
_CONNECTS_WITHIN = 5.0
#: Seconds after which what was told to end, and has not, is told again.
_TOLD_AGAIN = 1.0
#: How often Procrastinate's workers that were lost are looked for.
_TIDIES_EVERY = timedelta(minutes=1)
_ERRORS = (psycopg.Error, ConnectorException)


@dataclass(frozen=True)
class _Share:
    """The threads that fetch tickets together."""

    over: threading.Event
    #: Done once ``over`` is set.
    stopped: asyncio.Future[bool]
    #: What nobody foresaw, of all shares.
    faults: list[Exception]
    seats: int
    takes_slow: bool
    waits: bool
    #: The threads that are doing what tickets told them of.
    at_work: set[int] = field(default_factory=set)

    def break_off(self, error: Exception) -> None:
        """End the work of all shares."""
        self.faults.append(error)
        self.over.set()


class DistributedEngine(LedgerEngine):
    """Delivers jobs by Procrastinate, whose tickets say that there is something to do.

    Whoever has a ticket does what the ledger lets it begin, until that has nothing more for it: whoever frees
    a seat of a lane goes on with what waits for one. Who is drained takes no ticket: each tells one worker,
    and the ledger would give this one nothing.
    """

    def work(self, stop: threading.Event, threads: int = 1) -> None:
        """Do what is there, and what comes, until ``stop`` is set (``JobEngine.work``)."""
        over = threading.Event()
        with (
            self._attendance(threads) as show,
            ThreadPoolExecutor(1, thread_name_prefix="tickets") as pool,
        ):
            delivering = pool.submit(asyncio.run, self._deliver(over, threads))
            try:
                self._tend(stop, over, show)
            finally:
                over.set()
        delivering.result()

    def _tend(self, stop: threading.Event, over: threading.Event, show: Callable[[], bool]) -> None:
        """Look for what lost its worker, and for what nobody has a ticket of, until all is to end."""
        reaps_in = timedelta(0)
        while not stop.is_set() and not over.is_set():
            if reaps_in <= timedelta(0):
                self._carefully(self._reap)
                self._carefully(show)
                reaps_in = self._reaps_every
            if not self._is_draining:
                self._carefully(self._look)
            stop.wait(self._looks_every.total_seconds())
            reaps_in -= self._looks_every

    def _look(self) -> bool:
        """Put tickets of what could be begun and has none; of what is slow and all else apart."""
        all_kinds, quick = self._kinds.names_to_begin(), self._kinds.names_to_begin(takes_slow=False)
        put = [
            tickets.put_missing(self._database, kinds, self._now(), self._kinds.lanes)
            for kinds in ([all_kinds] if quick == all_kinds else [quick, all_kinds])
        ]
        return any(put)

    async def _deliver(self, over: threading.Event, threads: int, *, waits: bool = True) -> None:
        """Do what tickets tell of until ``over`` is set or, unless it ``waits``, there is none."""
        loop = asyncio.get_running_loop()
        # One thread waits for the end.
        loop.set_default_executor(ThreadPoolExecutor(threads + 1, thread_name_prefix="jobs"))
        stopped = asyncio.ensure_future(asyncio.to_thread(over.wait))
        faults: list[Exception] = []
        seats = [(1, False), (threads - 1, True)] if threads > 1 else [(1, True)]
        shares = [_Share(over, stopped, faults, count, takes_slow, waits) for count, takes_slow in seats]
        try:
            await asyncio.gather(*(self._keep_fetching(share) for share in shares))
        finally:
            over.set()
            await stopped
        if faults:
            raise faults[0]

    async def _keep_fetching(self, share: _Share) -> None:
        """Run a share's worker and, where it ended, the next: another share may be at something long."""
        while not share.over.is_set():
            try:
                if not self._is_draining:
                    await self._run_worker(share)
            except _ERRORS as error:
                _log.warning("tickets cannot be fetched: %s", error.__cause__ or error)
            except Exception as error:  # what nobody foresaw ends the work: `work` raises it
                share.break_off(error)
            if not share.waits:
                break
            await asyncio.wait([share.stopped], timeout=self._looks_every.total_seconds())

    async def _run_worker(self, share: _Share) -> None:
        """Run one of Procrastinate's workers until it ends, this one is drained, or all is over."""
        app = self._app(share)
        async with AsyncConnectionPool(
            kwargs=self._database.connecting(),
            min_size=1,
            max_size=2,
            timeout=_CONNECTS_WITHIN,
            open=False,
            check=AsyncConnectionPool.check_connection,
        ) as pool:
            await app.open_async(pool)
            worker = app.run_worker_async(
                queues=self._kinds.names(takes_slow=share.takes_slow),
                concurrency=share.seats,
                wait=share.waits,
                listen_notify=share.waits,
                fetch_job_polling_interval=self._looks_every.total_seconds(),
                delete_jobs="always",
                install_signal_handlers=False,
                stalled_worker_timeout=_SILENT_AFTER,
                shutdown_graceful_timeout=0,  # it waits all the same, once `follow` has been told
            )
            tasks: list[asyncio.Task[None]] = [asyncio.create_task(worker)]
            awaited: list[asyncio.Future[Any]] = [*tasks, *([share.stopped] if share.waits else [])]
            if share.waits:
                tasks.append(asyncio.create_task(self._until_drained()))
                awaited.append(tasks[-1])
            if share.takes_slow:  # one share does
                tasks.append(asyncio.create_task(self._tidy(app)))
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            await self._end(tasks, share)
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Exception):
                    raise ended

    async def _end(self, tasks: Collection[asyncio.Task[None]], share: _Share) -> None:
        """Let tasks end, and tell those again that missed it.

        Some go on although they were cancelled while they waited for a connection; ``asyncio.wait_for`` of
        before Python 3.12 can forget that. A worker that is at something is told once: it ends after that,
        and being told again would cut that short.
        """
        for task in tasks:
            task.cancel()
        pending = set(tasks)
        while pending:
            _, pending = await asyncio.wait(pending, timeout=_TOLD_AGAIN)
            for task in pending if not share.at_work else ():
                task.cancel()

    def _app(self, share: _Share) -> App:
        app = App(connector=PsycopgConnector())

        def follow(context: JobContext, /, **_: Any) -> None:
            """Do what there is, as somebody came with a ticket, for as long as tickets are fetched."""
            worker = f"{self.name}:{threading.current_thread().name}"
            share.at_work.add(threading.get_ident())
            try:
                while not (share.over.is_set() or context.should_abort()) and self._carefully(
                    lambda: self.do_one(worker, takes_slow=share.takes_slow)
                ):
                    pass
            except Exception as error:  # what nobody foresaw ends the work: `work` raises it
                share.break_off(error)
            finally:
                share.at_work.discard(threading.get_ident())

        app.task(name=tickets.TASK, pass_context=True)(follow)
        return app

    async def _until_drained(self) -> None:
        while not self._is_draining:
            await asyncio.sleep(self._looks_every.total_seconds())

    async def _tidy(self, app: App) -> None:
        """Throw tickets away that workers had which were lost."""
        manager = app.job_manager
        while True:
            try:
                for ticket in await manager.get_stalled_jobs(seconds_since_heartbeat=_SILENT_AFTER):
                    await manager.finish_job(ticket, status=Status.FAILED, delete_job=True)
            except _ERRORS as error:  # another was faster, or the database is away: it is done another time
                _log.info("tickets of lost workers stay for now: %s", error.__cause__ or error)
            await asyncio.sleep(_TIDIES_EVERY.total_seconds())

    def _tell_of(self, tx: Transaction, job: NewJob) -> None:
        tickets.put(tx.connection, job, self._now())
