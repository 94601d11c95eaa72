"""The engine of many machines on one PostgreSQL: Procrastinate wakes their workers, by tickets."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.job_context import JobContext
from procrastinate.jobs import Status
from psycopg_pool import AsyncConnectionPool

from engine.jobs import tickets
from engine.jobs.doing import LedgerEngine, this_process
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
#: How often Procrastinate's workers that were lost are looked for.
_TIDIES_EVERY = timedelta(minutes=1)
_ERRORS = (psycopg.Error, ConnectorException)


class DistributedEngine(LedgerEngine):
    """Delivers jobs by Procrastinate, whose tickets say that there is something to do.

    Whoever has a ticket does what the ledger lets it begin, until that has nothing more for it: whoever frees
    a seat of a lane goes on with what waits for one.
    """

    def work(self, stop: threading.Event, threads: int = 1) -> None:
        """Do what is there, and what comes, until ``stop`` is set (``JobEngine.work``)."""
        over = threading.Event()
        with ThreadPoolExecutor(1, thread_name_prefix="tickets") as pool:
            delivering = pool.submit(asyncio.run, self._deliver(over, threads))
            try:
                self._tend(stop, over)
            finally:
                over.set()
        delivering.result()

    def _tend(self, stop: threading.Event, over: threading.Event) -> None:
        """Look for what lost its worker, and for what nobody has a ticket of, until all is to end."""
        reaps_in = timedelta(0)
        while not stop.is_set() and not over.is_set():
            if reaps_in <= timedelta(0):
                self._carefully(self._reap)
                reaps_in = self._reaps_every
            self._carefully(self._look)
            stop.wait(self._looks_every.total_seconds())
            reaps_in -= self._looks_every

    def _look(self) -> bool:
        """Put tickets of what could be begun and has none; of what is slow and all else apart."""
        all_kinds, quick = self._kinds.names_to_begin(), self._kinds.names_to_begin(takes_slow=False)
        put = [
            tickets.put_missing(self._database, kinds, self._now())
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
        try:
            while not over.is_set():
                try:
                    await self._run_workers(over, stopped, threads, faults, waits=waits)
                except _ERRORS as error:
                    _log.warning("tickets cannot be fetched: %s", error.__cause__ or error)
                if not waits:
                    break
                await asyncio.wait([stopped], timeout=self._looks_every.total_seconds())
        finally:
            over.set()
            await stopped
        if faults:
            raise faults[0]

    async def _run_workers(
        self,
        over: threading.Event,
        stopped: asyncio.Future[bool],
        threads: int,
        faults: list[Exception],
        *,
        waits: bool,
    ) -> None:
        """Run Procrastinate's workers until they are stopped, or one of them ends."""
        app = self._app(over, faults)
        async with AsyncConnectionPool(
            kwargs=self._database.connecting(),
            min_size=1,
            max_size=4,
            timeout=_CONNECTS_WITHIN,
            open=False,
            check=AsyncConnectionPool.check_connection,
        ) as pool:
            await app.open_async(pool)
            shares = [(1, False), (threads - 1, True)] if threads > 1 else [(1, True)]
            workers = [
                asyncio.create_task(
                    app.run_worker_async(
                        queues=self._kinds.names(takes_slow=takes_slow),
                        concurrency=count,
                        wait=waits,
                        listen_notify=waits,
                        fetch_job_polling_interval=self._looks_every.total_seconds(),
                        delete_jobs="always",
                        additional_context={"takes_slow": takes_slow},
                        install_signal_handlers=False,
                        stalled_worker_timeout=_SILENT_AFTER,
                    )
                )
                for count, takes_slow in shares
            ]
            helpers = [asyncio.create_task(self._tidy(app))]
            until = asyncio.FIRST_COMPLETED if waits else asyncio.ALL_COMPLETED
            awaited: list[asyncio.Future[Any]] = [*workers, *([stopped] if waits else [])]
            await asyncio.wait(awaited, return_when=until)
            for task in (*workers, *helpers):
                task.cancel()
            for ended in await asyncio.gather(*workers, *helpers, return_exceptions=True):
                if isinstance(ended, Exception):
                    raise ended

    def _app(self, over: threading.Event, faults: list[Exception]) -> App:
        app = App(connector=PsycopgConnector())

        def follow(context: JobContext, /, **_: Any) -> None:
            """Do what there is, as somebody came with a ticket."""
            worker = f"{this_process()}:{threading.current_thread().name}"
            takes_slow = context.additional_context["takes_slow"]
            try:
                while not over.is_set() and self._carefully(
                    lambda: self.do_one(worker, takes_slow=takes_slow)
                ):
                    pass
            except Exception as error:  # what nobody foresaw ends the work: `work` raises it
                faults.append(error)
                over.set()

        app.task(name=tickets.TASK, pass_context=True)(follow)
        return app

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
