"""Slows down the guessing of passwords: the more wrong ones in a row, the longer the wait."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from engine.errors import UnauthorizedError

#: Wrong passwords that cost nothing: people mistype.
FREE_TRIES = 5
_FIRST_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(minutes=5)
_FORGOTTEN_AFTER = timedelta(hours=1)
_LONGEST_ADDRESS = 254
#: Addresses that are remembered; whoever invents more only forgets their own.
MOST_ADDRESSES = 10_000
#: How many tries of one process may go by before it looks whether there are more.
LOOK_EVERY = 100


class Counts(Protocol):
    """Where tries are counted; ``engine.store.tries.Tries`` does it for all processes of one store.

    1. ``count`` gives ``judge`` the count of a name and the moment of its last try, in milliseconds since
       1970, and keeps what it returns. Nobody else counts the same name meanwhile.
    2. What ``judge`` raises leaves the count as it was.
    3. ``prune`` keeps the ``most`` names that were tried most often, of those not tried last ``before``.
    """

    def count(self, name: str, at: int, judge: Callable[[int, int], int]) -> None:
        """Count a try."""
        ...

    def forget(self, name: str) -> None:
        """Forget a name."""
        ...

    def prune(self, *, before: int, most: int) -> None:
        """Forget what need not be kept."""
        ...


class SignInThrottle:
    """Remembers wrong passwords by e-mail address, for all processes of a store (G15); safe between threads.

    An address waits whether or not anybody has it, so the answer tells nobody who signs in here. A one-time
    link is not slowed down: somebody locked out by a stranger's guesses asks for one.
    """

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._tries = itertools.count()

    def begin(self, address: str, now: datetime) -> None:
        """Count a try as wrong until ``succeed`` says otherwise, so that tries at the same moment count too.

        Raises:
            UnauthorizedError: it comes too early; says how many seconds are left. It is not counted.
        """

        def judge(count: int, last: int) -> int:
            if at - last > _milliseconds(_FORGOTTEN_AFTER):
                count = 0
            # Another moment may have been counted meanwhile, and clocks may differ: nobody waits for that.
            wait = _milliseconds(_wait_after(count))
            if (left := min(wait, last + wait - at)) > 0:
                raise UnauthorizedError(
                    f"Too many wrong passwords for this address. Try again in {left // 1000 + 1} seconds, "
                    "or ask an admin for a link."
                )
            return count + 1

        at = round(now.timestamp() * 1000)
        self._counts.count(_name_of(address), at, judge)
        if next(self._tries) % LOOK_EVERY == 0:
            self._counts.prune(before=at - _milliseconds(_FORGOTTEN_AFTER), most=MOST_ADDRESSES)

    def succeed(self, address: str) -> None:
        """Forget the wrong passwords of an address: its user has signed in."""
        self._counts.forget(_name_of(address))


def _name_of(address: str) -> str:
    return address.strip().lower()[:_LONGEST_ADDRESS]


def _milliseconds(length: timedelta) -> int:
    return round(length.total_seconds() * 1000)


def _wait_after(count: int) -> timedelta:
    """Return how long to wait after so many wrong passwords: 2, 4, 8, ... seconds, five minutes at most."""
    if count < FREE_TRIES:
        return timedelta(0)
    return min(_LONGEST_WAIT, _FIRST_WAIT * (1 << min(count - FREE_TRIES, 20)))
