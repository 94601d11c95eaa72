"""The engine of one store: workers look into the ledger, in as many processes as there are."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from engine.jobs.doing import LedgerEngine


class EmbeddedEngine(LedgerEngine):
    """Delivers jobs by looking into the ledger, again and again."""

    def work(self, stop: threading.Event, threads: int = 1) -> None:
        """Do what is there, and what comes, until ``stop`` is set (``JobEngine.work``)."""
        over = threading.Event()
        with (
            self._attendance(threads) as show,
            ThreadPoolExecutor(threads, thread_name_prefix="jobs") as pool,
        ):
            workers = [
                pool.submit(
                    self._serve, f"{self.name}:{number}", stop, over, takes_slow=number > 0 or threads == 1
                )
                for number in range(threads)
            ]
            ended = False
            try:
                while not ended and not stop.is_set():
                    self._carefully(self._reap)
                    self._carefully(show)
                    ended = bool(wait(workers, self._reaps_every.total_seconds(), FIRST_COMPLETED).done)
            finally:
                over.set()
        for worker in workers:
            worker.result()

    def _serve(self, worker: str, stop: threading.Event, over: threading.Event, *, takes_slow: bool) -> None:
        """Work until whoever called is to stop, or another worker broke."""
        while not stop.is_set() and not over.is_set():
            if not self._carefully(lambda: self.do_one(worker, takes_slow=takes_slow)):
                stop.wait(self._looks_every.total_seconds())
