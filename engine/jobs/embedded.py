"""The engine of one store: workers look into the ledger, in as many processes as there are."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from engine.jobs.doing import LedgerEngine, this_process


class EmbeddedEngine(LedgerEngine):
    """Delivers jobs by looking into the ledger, again and again."""

    def work(self, stop: threading.Event, threads: int = 1) -> None:
        """Do what is there, and what comes, until ``stop`` is set (``JobEngine.work``).

        Whatever a worker meets that is neither of a handler nor of the store ends them all, and is raised.
        """
        process = this_process()
        with ThreadPoolExecutor(threads, thread_name_prefix="jobs") as pool:
            workers = [
                pool.submit(self._serve, f"{process}:{number}", stop, takes_slow=number > 0 or threads == 1)
                for number in range(threads)
            ]
            while not stop.is_set():
                self._carefully(self._reap)
                stop.wait(self._reaps_every.total_seconds())
        for worker in workers:
            worker.result()

    def _serve(self, worker: str, stop: threading.Event, *, takes_slow: bool) -> None:
        try:
            while not stop.is_set():
                if not self._carefully(lambda: self.do_one(worker, takes_slow=takes_slow)):
                    stop.wait(self._looks_every.total_seconds())
        finally:
            stop.set()
