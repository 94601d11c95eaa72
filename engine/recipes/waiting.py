"""Waits for what was started, for whoever wants the answer and not the way there (TKT-05, TKT-07)."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from engine.access import Actor
from engine.bundles.models import Bundle
from engine.recipes import starting
from engine.recipes.starting import StartedRecipe
from engine.store import DocumentStore
from engine.transaction import Transaction

#: Nobody waits longer (CNF-18).
LONGEST_SECONDS = 300
#: How often it is looked whether somebody still waits.
_LOOK_SECONDS = 1.0


class Arrivals(Protocol):
    """What wakes whoever waits for events."""

    def wait(self, workspace_id: str, beyond: int, seconds: float) -> bool:
        """Wait until there are events after the one with this number; say whether there are."""
        ...


class Waits(Protocol):
    """What is needed to wait; ``engine.app.Workbench`` is one."""

    @property
    def database(self) -> DocumentStore:
        """The store."""
        ...

    @property
    def arrivals(self) -> Arrivals:
        """What wakes whoever waits."""
        ...

    def reading(self, actor: Actor) -> AbstractContextManager[Transaction]:
        """Open a snapshot to read from."""
        ...


def wait(
    services: Waits,
    actor: Actor,
    bundle_id: str,
    goes_on: Callable[[], bool] = lambda: True,
    *,
    seconds: float = LONGEST_SECONDS,
) -> StartedRecipe:
    """Return what is known of a started recipe once it is over, the time is, or ``goes_on`` says no.

    No snapshot is held meanwhile. It is over when no attempt waits or runs: it succeeded, failed for good,
    was called off, or needs somebody.

    Raises:
        NotFoundError: the actor does not see the bundle any more.
        Whatever ``goes_on`` raises.
    """
    until = time.monotonic() + seconds
    while True:
        passed = services.database.head(actor.workspace_id).position
        with services.reading(actor) as tx:
            found = starting.known(tx, tx.get(Bundle, bundle_id), [])
        left = until - time.monotonic()
        if not found.is_under_way or left <= 0:
            return found
        while left > 0 and not services.arrivals.wait(actor.workspace_id, passed, min(left, _LOOK_SECONDS)):
            if not goes_on():
                return found
            left = until - time.monotonic()
        if not goes_on():
            return found
