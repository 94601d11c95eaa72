"""How many of the last minutes' requests failed, in all processes of a server; admins are told (NFR-029)."""

from __future__ import annotations

import logging
import mmap
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from engine.accounts import actors
from engine.accounts.models import User
from engine.command import Services
from engine.errors import WorkbenchError
from engine.notifications.models import NotificationKind
from engine.notifications.service import notify

_log = logging.getLogger("workbench.web")
#: What is looked at: so many minutes, and the one that has begun.
MINUTES = 5
#: Of fewer requests nothing is told: one of ten that fails is no rate.
FEWEST_REQUESTS = 100
#: More of a hundred than this have failed.
MOST_PERCENT = 1
#: As many processes may answer (``engine.config``).
_PLACES = 256
#: Minute since the beginning of the clock, requests and failures of it.
_FACTS = 3
_SLOTS = MINUTES + 1
#: So long is waited before it is tried again to tell, where the store could not be asked.
_AGAIN_AFTER_SECONDS = 30.0


@dataclass(frozen=True)
class Rate:
    """What became of the last minutes' requests."""

    requests: int
    failed: int

    @property
    def is_high(self) -> bool:
        """Whether admins are to be told."""
        return self.requests >= FEWEST_REQUESTS and self.failed * 100 > self.requests * MOST_PERCENT


class ErrorRate:
    """Counts requests in memory that all processes of a server share; made before they are forked."""

    def __init__(
        self, tell: Callable[[Rate], None], clock: Callable[[], float] = time.monotonic, places: int = _PLACES
    ) -> None:
        """``tell`` is called in a thread of its own, once until it is asked to ``tell_again``."""
        #: Which of the processes this one is; each writes to its own place alone.
        self.place = 0
        self._tell, self._clock, self._places = tell, clock, places
        self._counts = memoryview(mmap.mmap(-1, 4 * places * _SLOTS * _FACTS)).cast("I")
        self._lock = threading.Lock()
        #: What admins are to be told, and before when that is not tried.
        self._owed: Rate | None = None
        self._not_before = 0.0

    def note(self, *, failed: bool) -> None:
        """Count a request that was answered."""
        now = self._clock()
        with self._lock:
            self._count(int(now // 60), failed=failed)
            if failed:
                rate = self.rate()
                self._owed = rate if rate.is_high else self._owed
            if self._owed is None or now < self._not_before:
                return
            owed, self._not_before = self._owed, now + _AGAIN_AFTER_SECONDS
        threading.Thread(target=self._told, args=(owed,), name="error rate", daemon=True).start()

    def rate(self) -> Rate:
        """Return what became of the requests of the last minutes, whichever process answered them."""
        since = int(self._clock() // 60) - MINUTES
        counts = self._counts.tolist()
        slots = [counts[at : at + _FACTS] for at in range(0, len(counts), _FACTS)]
        recent = [(requests, failed) for minute, requests, failed in slots if minute > since and requests]
        return Rate(sum(requests for requests, _ in recent), sum(failed for _, failed in recent))

    def _count(self, minute: int, *, failed: bool) -> None:
        at = (self.place * _SLOTS + minute % _SLOTS) * _FACTS
        if self._counts[at] != minute:
            self._counts[at], self._counts[at + 1], self._counts[at + 2] = minute, 0, 0
        self._counts[at + 1] += 1
        self._counts[at + 2] += failed

    def _told(self, rate: Rate) -> None:
        """Tell it; what cannot be told now is told with a request that comes later."""
        try:
            self._tell(rate)
        except WorkbenchError as error:
            _log.warning("nobody can be told yet that many requests fail: %s", error.message)
            return
        with self._lock:
            self._owed = None


def telling_admins(services: Services) -> Callable[[Rate], None]:
    """Give what tells the admins in their inbox that many requests fail, once in a day of the workspace."""

    def tell(rate: Rate) -> None:
        with services.transaction(actors.system(services.workspace.workspace_id)) as tx:
            admins = [user.user_id for user in tx.find(User) if actors.administers(user)]
            share = rate.failed * 100 / rate.requests
            notify(
                tx,
                user_ids=admins,
                kind=NotificationKind.REQUESTS_FAIL,
                title=f"{rate.failed} of the last {rate.requests} requests failed ({share:.1f} %)",
                lines=[
                    f"It was so within {MINUTES} minutes: people were told that something went wrong.",
                    "The log of the server says what each was; `workbench doctor` looks for the cause.",
                ],
                key=f"requests_fail:{tx.workspace_today}",
            )

    return tell
