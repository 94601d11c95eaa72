"""The clock of regular work: one process of all that share a store puts its jobs (decision 9).

APScheduler only says that some seconds have gone by. What is due is told by the crontab lines of the regular
work, and what was put already by the ledger, under a key that names the moment: whoever ticks twice, or after
another did, puts nothing twice. Where the clock stood still for a week, only the last moment is made up for:
what is regular looks at everything there is each time. Where it was set back, its moments come once more:
what people do meanwhile must not wait until the clock has caught up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from engine.clock import Clock
from engine.errors import WorkbenchError
from engine.jobs.claims import Claims
from engine.jobs.port import JobEngine
from engine.jobs.regular import Regular
from engine.transaction import Transaction

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

_log = logging.getLogger(__name__)
#: What one clock at a time has (``Claims.holder``).
LEASE = "clock"
#: How often is looked, and how long another process waits for one that is gone.
EVERY = timedelta(seconds=10)
_HELD_FOR = timedelta(seconds=35)
#: Before what is put by the way, such as a hundred messages to a mail server that does not answer.
_PRIORITY = 1
#: No moment is later.
_END = datetime(9999, 12, 31, tzinfo=UTC)


class Ticker:
    """Puts regular work; as many as there are take turns by a lease."""

    def __init__(
        self,
        jobs: JobEngine,
        claims: Claims,
        regular: Iterable[Regular],
        *,
        clock: Clock,
        zone: str,
        since: datetime,
        holder: str,
        transaction: Callable[[], AbstractContextManager[Transaction]],
        looks: Iterable[Callable[[], object]] = (),
    ) -> None:
        """Put nothing that was due before ``since``, when the workspace was made.

        Each of ``looks`` is called as often as the clock ticks; it has to stand being called twice at once.
        """
        self._jobs, self._claims, self._regular = jobs, claims, list(regular)
        self._clock, self._zone, self._since = clock, zone, since
        self._holder, self._transaction = holder, transaction
        #: The last moment of each that is known to have been put, by name.
        self._known: dict[str, datetime] = {}
        self._looks = list(looks)

    def tick(self) -> list[str]:
        """Put what is due and not put yet, if it is this one's turn; return its keys."""
        if not self._claims.hold(LEASE, self._holder, _HELD_FOR // timedelta(milliseconds=1)):
            return []
        now, put = self._clock.now(), list[str]()
        for one in self._regular:
            due = one.last(now, self._zone)
            if due < self._since or self._known.get(one.name) == due:
                continue
            if (key := self._unknown_key(one, due)) is not None:
                with self._transaction() as tx:
                    if self._jobs.enqueue(tx, one.name, key=key, priority=_PRIORITY) is not None:
                        put.append(key)
            self._known[one.name] = due
        for look in self._looks:
            look()
        return put

    def _unknown_key(self, one: Regular, due: datetime) -> str | None:
        """Return the key under which a moment is to be put; None where it was.

        It was put before the clock was set back, and comes once more, where a later one was put already.
        """
        for time_around in count():
            key = one.key(due, time_around)
            if not self._claims.is_known(key):
                return key
            if not self._claims.is_any_known(key, one.key(_END, time_around)):
                return None
        return None

    def stop(self) -> None:
        """Let another tick at once."""
        self._claims.let_go(LEASE, self._holder)


def start(ticker: Ticker) -> BackgroundScheduler:
    """Let a ticker tick in a thread, at once and then regularly; ``shutdown()`` what is returned.

    A tick that comes late counts, however late it is: APScheduler alone drops what is a second late.
    """
    from apscheduler.schedulers.background import BackgroundScheduler  # noqa: PLC0415 - a third of a second

    def tick() -> None:
        try:
            ticker.tick()
        except WorkbenchError as error:  # the next tick makes up for it
            _log.warning("regular work cannot be put: %s", error)

    scheduler = BackgroundScheduler()
    scheduler.add_job(
        tick,
        "interval",
        seconds=EVERY.total_seconds(),
        next_run_time=datetime.now(scheduler.timezone),
        misfire_grace_time=None,
        coalesce=True,
        max_instances=1,
    )
    scheduler.start()
    return scheduler
