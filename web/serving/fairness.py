"""Whose request is answered next: that of whoever used the threads least lately (S1, S6).

First come, first served would let eight people who send without a pause keep everybody else waiting for
eight requests, however well each of these is bounded. So it is remembered for a while how long a sender's
requests kept a processor busy, and who used little goes ahead; those who used much share what is left, and
never have all threads. A large body is one that uses much, as eight people may send their first one at once.
Nor has anybody alone all threads, however little they use: a request may wait for something outside, such as
an address that is copied, and keep its thread without using anything.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

#: After so many seconds half of what somebody used is forgotten.
_HALF_LIFE_SECONDS = 20.0
#: Who used more of the last seconds has used much.
_MUCH_SECONDS = 0.25
#: More senders are not remembered; who was heard of longest ago is forgotten.
_MOST_SENDERS = 10_000


class Waiting(Protocol):
    """A request that waits.

    1. ``sender`` names whoever sent it, in all of their requests alike.
    2. ``is_large`` says whether it will take much, whoever sent it.
    """

    @property
    def sender(self) -> str:
        """Who sent it."""
        ...

    @property
    def is_large(self) -> bool:
        """Whether it will take much."""
        ...


T = TypeVar("T", bound=Waiting)


class FairQueue(Generic[T]):
    """Requests that wait, with the methods of a deque that the dispatcher uses under its lock."""

    def __init__(
        self, threads_of_heavy: int, threads_of_one: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin with nobody; ``clock`` gives seconds.

        ``threads_of_heavy`` is how many requests are answered at one time of those who used much, or that are
        large, and ``threads_of_one`` how many of the same sender.
        """
        self._clock, self._threads_of_heavy, self._threads_of_one = clock, threads_of_heavy, threads_of_one
        #: Requests that are being answered, and those among them of who used much, or that are large.
        self._under_way: list[T] = []
        self._heavy: list[T] = []
        self._waiting: list[T] = []
        #: Sender -> (seconds of a processor, when that was reckoned).
        self._used: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many may be taken now."""
        now = self._clock()
        return sum(self._may_be_taken(request, now) for request in self._waiting)

    def __bool__(self) -> bool:
        """Whether any may be taken now."""
        now = self._clock()
        return any(self._may_be_taken(request, now) for request in self._waiting)

    def append(self, request: T) -> None:
        """Let a request wait."""
        self._waiting.append(request)

    def popleft(self) -> T:
        """Take the request of whoever used least, large ones last; of two alike the one that came first."""
        now = self._clock()
        order = {
            place: (self._is_heavy(request, now), self._used_by(request.sender, now))
            for place, request in enumerate(self._waiting)
            if self._may_be_taken(request, now)
        }
        place = min(order, key=order.__getitem__)
        taken = self._waiting.pop(place)
        self._under_way.append(taken)
        if order[place][0]:
            self._heavy.append(taken)
        return taken

    def goes_ahead(self, request: T) -> bool:
        """Whether it is none of those that take much, while one of them is being answered."""
        return bool(self._heavy) and all(request is not other for other in self._heavy)

    def finish(self, request: T, seconds: float) -> None:
        """Remember that this request was answered, and kept a processor busy for so long."""
        sender, now = request.sender, self._clock()
        self._under_way = [other for other in self._under_way if other is not request]
        self._heavy = [other for other in self._heavy if other is not request]
        self._used[sender] = (self._used_by(sender, now) + seconds, now)
        self._used.move_to_end(sender)
        if len(self._used) > _MOST_SENDERS:
            self._used.popitem(last=False)

    def drain(self) -> None:
        """Let all be taken, as nobody answers any more."""
        self._threads_of_heavy = self._threads_of_one = len(self._waiting) + len(self._under_way) + 1

    def _may_be_taken(self, request: T, now: float) -> bool:
        if sum(other.sender == request.sender for other in self._under_way) >= self._threads_of_one:
            return False
        return len(self._heavy) < self._threads_of_heavy or not self._is_heavy(request, now)

    def _is_heavy(self, request: T, now: float) -> bool:
        return request.is_large or self._used_by(request.sender, now) > _MUCH_SECONDS

    def _used_by(self, sender: str, now: float) -> float:
        used, then = self._used.get(sender, (0.0, now))
        seconds: float = used * 0.5 ** ((now - then) / _HALF_LIFE_SECONDS)
        return seconds
