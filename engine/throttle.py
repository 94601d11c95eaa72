"""Slows down the guessing of passwords: the more wrong ones in a row, the longer the wait."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

from engine.errors import UnauthorizedError

#: Wrong passwords that cost nothing: people mistype.
FREE_TRIES = 5
_FIRST_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(minutes=5)
_FORGOTTEN_AFTER = timedelta(hours=1)
_LONGEST_ADDRESS = 254
#: Addresses that are remembered; whoever invents more only forgets their own.
_MOST_ADDRESSES = 10_000


class SignInThrottle:
    """Remembers wrong passwords by e-mail address, in this process alone; safe between threads.

    An address waits whether or not anybody has it, so the answer tells nobody who signs in here. A one-time
    link is not slowed down: somebody locked out by a stranger's guesses asks for one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: address -> wrong passwords in a row, time of the last one; the latest last.
        self._wrong: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    def begin(self, address: str, now: datetime) -> None:
        """Count a try as wrong until ``succeed`` says otherwise, so that tries at the same moment count too.

        Raises:
            UnauthorizedError: it comes too early; says how many seconds are left. It is not counted.
        """
        name = _name_of(address)
        with self._lock:
            count, last = self._wrong.get(name, (0, now))
            if now - last > _FORGOTTEN_AFTER:
                count = 0
            if (left := last + _wait_after(count) - now) > timedelta(0):
                seconds = int(left.total_seconds()) + 1
                raise UnauthorizedError(
                    f"Too many wrong passwords for this address. Try again in {seconds} seconds, "
                    "or ask an admin for a link."
                )
            self._wrong[name] = count + 1, now
            self._wrong.move_to_end(name)
            if len(self._wrong) > _MOST_ADDRESSES:
                self._wrong.popitem(last=False)

    def succeed(self, address: str) -> None:
        """Forget the wrong passwords of an address: its user has signed in."""
        with self._lock:
            self._wrong.pop(_name_of(address), None)


def _name_of(address: str) -> str:
    return address.strip().lower()[:_LONGEST_ADDRESS]


def _wait_after(count: int) -> timedelta:
    """Return how long to wait after so many wrong passwords: 2, 4, 8, ... seconds, five minutes at most."""
    if count < FREE_TRIES:
        return timedelta(0)
    return min(_LONGEST_WAIT, _FIRST_WAIT * (1 << min(count - FREE_TRIES, 20)))
