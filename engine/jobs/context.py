"""What the handler of a job is given."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from engine.errors import WorkbenchError
from engine.jobs.claims import Claims, LostError
from engine.jobs.models import Claim, JobStatus

_log = logging.getLogger(__name__)
#: How often a job is renewed while its lease lasts.
_RENEWALS = 4


class CancelledError(Exception):
    """The job was called off; its handler lets this pass, after it has put away what it has begun."""


class NothingDoneError(Exception):
    """The effect that was about to begin did not happen, as whoever began it knows: it may be tried again."""


class Context:
    """A running job, as its handler sees it."""

    def __init__(self, claims: Claims, claim: Claim, lease: timedelta) -> None:
        self._claims, self._claim = claims, claim
        self._lease = int(lease.total_seconds() * 1000)
        #: When the lease is over, by the clock of this machine that only goes on.
        self._lasts_until = time.monotonic() + lease.total_seconds()
        #: Whether the handler has ended the job in a transaction of its own.
        self.is_finished = False
        #: Whether it has ended it as failed for good.
        self.has_given_up = False

    @property
    def job_id(self) -> str:
        """The id of the job, the same in each attempt."""
        return self._claim.job_id

    @property
    def args(self) -> Mapping[str, Any]:
        """What the job was put with."""
        return self._claim.args

    @property
    def attempt(self) -> int:
        """Which attempt this is; 1 for the first."""
        return self._claim.attempt

    @property
    def effect_before(self) -> str | None:
        """The effect that an earlier attempt began and that may be repeated; None where none did."""
        return self._claim.effect

    def renew(self) -> None:
        """Show that the job is being worked on; call it more often than the kind's lease lasts.

        Raises:
            CancelledError: it was called off.
            LostError: it is somebody else's by now.
        """
        began = time.monotonic()
        is_called_off = self._claims.renew(self._claim, self._lease)
        self._lasts_until = began + self._lease / 1000
        if is_called_off:
            raise CancelledError

    def hold(self) -> None:
        """Renew what goes on meanwhile; that the store cannot be asked does no harm until the lease is over.

        Raises:
            CancelledError, LostError: as ``renew``.
            WorkbenchError: the store cannot be asked, and the lease is over.
        """
        try:
            self.renew()
        except LostError:
            raise
        except WorkbenchError as error:
            if time.monotonic() >= self._lasts_until:
                raise
            _log.warning("job %s is not renewed yet, and goes on: %s", self.job_id, error)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Renew while the block lasts, from a thread of its own: for what takes long and cannot do so itself.

        It goes on for as long as the process lives, so the block has to come to an end by itself.

        Raises:
            CancelledError, LostError, WorkbenchError: as ``hold``, when the block ends.
        """
        over = threading.Event()
        with ThreadPoolExecutor(1, thread_name_prefix="lease") as pool:
            keeper = pool.submit(self._keep, over)
            try:
                yield
            finally:
                over.set()
        keeper.result()

    def _keep(self, over: threading.Event) -> None:
        while not over.wait(self._lease / 1000 / _RENEWALS):
            self.hold()

    def effect(self, key: str, *, is_repeatable: bool = False) -> None:
        """Say what is about to be done outside of the store, right before it is.

        If this worker is lost after that, the job is not tried again but ``unknown``, unless the effect may
        be repeated, because the other side takes the ``key`` and does the same thing only once. So is one
        whose handler fails after that, unless it says by a ``NothingDoneError`` that nothing happened.

        Raises:
            CancelledError: the job was called off; the effect must not be begun.
            LostError: it is somebody else's by now; the effect must not be begun.
        """
        self.renew()
        self._claims.mark_effect(self._claim, key, is_repeatable=is_repeatable)

    def finish(self, outcome: str | None = None) -> None:
        """End the job in the transaction that this thread is in: with what it writes, or not at all.

        Raises:
            LostError: it is somebody else's by now; leave the transaction by this error.
        """
        self._claims.finish(self._claim, JobStatus.DONE, outcome)
        self.is_finished = True

    def give_up(self, why: str) -> None:
        """End the job as failed for good, in the transaction that this thread is in: no attempt would help.

        Raises:
            LostError: it is somebody else's by now; leave the transaction by this error.
        """
        self._claims.finish(self._claim, JobStatus.FAILED, why)
        self.is_finished = self.has_given_up = True
