"""Slows down the guessing of passwords and of API tokens: the more wrong ones in a row, the longer the wait.

Who guesses waits, and not whom they guess at (S16). Wrong passwords are counted where they come from: for one
address by each client, and by each client for all addresses; the latter also by a machine that sends for
clients whom nobody trusted tells, as saying so costs a guesser one header. A device that the address signed
in from before has a count of its own, which no stranger can raise. What is left to many clients that guess at
one address together is bounded by a looser count, which holds up devices that are not known yet.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from engine.errors import BadRequestError, RateLimitedError, UnauthorizedError
from engine.plurals import plural

#: Wrong passwords that cost nothing: people mistype.
FREE_TRIES = 5
#: The same, of one client at all addresses, and of all clients at one address.
FREE_TRIES_TOGETHER = 50
#: Tries that may be under way together as long as wrong ones cost nothing; afterwards one.
MOST_AT_ONCE = 20
_FIRST_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(minutes=5)
_FORGOTTEN_AFTER = timedelta(hours=1)
#: A try that is under way for longer has ended with its process: it counts as wrong.
_TAKES_AT_MOST = timedelta(minutes=1)
#: How far clocks of servers may differ; a last try that is later yet was noted by a clock that was wrong.
_CLOCKS_DIFFER = timedelta(minutes=1)
_LONGEST_ADDRESS = 254
#: Names that are remembered; whoever invents more only forgets their own.
MOST_NAMES = 10_000
#: How many tries of one process may go by before it looks whether there are more.
LOOK_EVERY = 100
Name: TypeAlias = tuple[str, str]
#: Of one name: wrong passwords, tries under way, and the moment of the last, in milliseconds since 1970.
Tried: TypeAlias = tuple[int, int, int]


class Counts(Protocol):
    """Where tries are counted; ``engine.store.Tries`` does it for all processes of one store.

    1. ``count`` gives ``judge`` each name with what is kept of it, and keeps what it returns; None forgets
       it. Nobody else counts the same name meanwhile.
    2. What ``judge`` raises leaves every count as it was.
    3. ``forget`` forgets all names with one first part.
    4. ``prune`` keeps the ``most`` names that were tried most often, of those not tried last ``before``.
    """

    def count(self, names: Collection[Name], at: int, judge: Callable[[Name, Tried], Tried | None]) -> None:
        """Count a try."""
        ...

    def forget(self, first: str) -> None:
        """Forget names."""
        ...

    def prune(self, *, before: int, most: int) -> None:
        """Forget what need not be kept."""
        ...


@dataclass(frozen=True)
class Attempt:
    """A password that is tried: at which address, and from where."""

    #: The e-mail; whether anybody has it makes no difference, so no answer tells who signs in here.
    address: str
    #: The client's own address; None where that cannot be told.
    client: str | None = None
    #: The machine that sent it, unless it is this one: where the client cannot be told it may be a proxy, or
    #: a client that says it is one.
    sender: str | None = None
    #: A device that the address signed in from before.
    device: str | None = None
    #: Whether it is an API token; its first characters stand for the address.
    is_token: bool = False
    #: Whether it is what follows a right password. Guesses at it are counted apart: that password forgives
    #: none of them.
    is_factor: bool = False

    def too_many(self, wait: str) -> str:
        """Say that there were too many wrong ones, and how long to wait."""
        if self.is_token:
            return f"Too many wrong API tokens came from here. Try again in {wait}."
        if self.is_factor:
            return f"Too many wrong codes for this address. Try again in {wait}."
        return f"Too many wrong passwords for this address. Try again in {wait}, or ask an admin for a link."

    def limits(self) -> Mapping[Name, int]:
        """Give the names that it counts under, with the wrong passwords that cost nothing there."""
        address, what = _group_of(self.address), "codes of " if self.is_factor else ""
        if self.device is not None:
            return {(address, f"{what}device {self.device}"): FREE_TRIES}
        if self.client is None:
            somewhere = {(address, f"{what}somewhere"): FREE_TRIES}
            sender = {(f"client {self.sender}", "all addresses"): FREE_TRIES_TOGETHER} if self.sender else {}
            return somewhere | sender
        return {
            (address, f"{what}client {self.client}"): FREE_TRIES,
            (f"client {self.client}", "all addresses"): FREE_TRIES_TOGETHER,
            (address, f"{what}all clients"): FREE_TRIES_TOGETHER,
        }


class SignInThrottle:
    """Remembers wrong passwords, for all processes of a store (G15); safe between threads.

    A one-time link is not slowed down, and an admin at the command line may ``unlock`` an address.
    """

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._tries = itertools.count()

    @contextmanager
    def trying(self, attempt: Attempt, now: datetime) -> Iterator[None]:
        """Try a password in the block; one that is refused as unauthorized or as a bad request was wrong.

        Raises:
            UnauthorizedError, RateLimitedError: a password, or an API token, comes too early; says how many
                seconds are left. It is not counted.
        """
        limits, at = attempt.limits(), _milliseconds_since_1970(now)
        self._counts.count(limits, at, lambda name, tried: _begun(attempt, tried, at, free=limits[name]))
        try:
            yield
        except (UnauthorizedError, BadRequestError):
            self._counts.count(limits, at, lambda _, tried: _ended(tried, wrong=1))
            self._prune(at)
            raise
        except BaseException:
            self._counts.count(limits, at, lambda _, tried: _ended(tried))
            raise
        # A guesser who signs in as somebody else in between keeps the count of all their guesses.
        self._counts.count(limits, at, lambda name, tried: _ended(tried, forgives=limits[name] == FREE_TRIES))

    def unlock(self, address: str) -> None:
        """Forget all wrong passwords at an address."""
        self._counts.forget(_group_of(address))

    def _prune(self, at: int) -> None:
        if next(self._tries) % LOOK_EVERY == 0:
            self._counts.prune(before=at - _milliseconds(_FORGOTTEN_AFTER), most=MOST_NAMES)


def _begun(attempt: Attempt, tried: Tried, at: int, *, free: int) -> Tried:
    """Add a try that is under way.

    Raises:
        UnauthorizedError, RateLimitedError: it comes too early.
    """
    wrong, under_way, last = tried
    if at - last > _milliseconds(_FORGOTTEN_AFTER):
        wrong = under_way = 0
    elif at - last > _milliseconds(_TAKES_AT_MOST):
        wrong, under_way = wrong + under_way, 0
    wait = _milliseconds(_wait_after(wrong - free))
    # Another moment may have been counted meanwhile, and clocks may differ: nobody waits longer for that.
    left = min(wait, last + wait - at)
    if last - at > _milliseconds(_CLOCKS_DIFFER):
        left = under_way = 0  # until that moment comes, every try would be too early
    if left <= 0 and under_way >= (MOST_AT_ONCE if wrong < free else 1):
        left = _milliseconds(_FIRST_WAIT)
    if left > 0:
        seconds = left // 1000 + 1
        message = attempt.too_many(plural(seconds, "second"))
        if attempt.is_token:  # it may be a good one: its program must wait, and not give it up
            raise RateLimitedError(message, seconds=seconds)
        raise UnauthorizedError(message)
    return wrong, under_way + 1, at


def _ended(tried: Tried, *, wrong: int = 0, forgives: bool = False) -> Tried | None:
    """Take a try off those that are under way, and count it."""
    count, under_way, last = tried
    count, under_way = 0 if forgives else count + wrong, max(0, under_way - 1)
    return (count, under_way, last) if count or under_way else None


def _group_of(address: str) -> str:
    return f"address {address.strip().lower()[:_LONGEST_ADDRESS]}"


def _milliseconds_since_1970(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _milliseconds(length: timedelta) -> int:
    return round(length.total_seconds() * 1000)


def _wait_after(too_many: int) -> timedelta:
    """Return how long to wait: 2, 4, 8, ... seconds, five minutes at most."""
    if too_many < 0:
        return timedelta(0)
    return min(_LONGEST_WAIT, _FIRST_WAIT * (1 << min(too_many, 20)))
