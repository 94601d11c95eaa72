"""Whose request is answered next: that of whoever used the threads least lately (S1, S6).

First come, first served would let eight people who send without a pause keep everybody else waiting for
eight requests, however well each of these is bounded. So it is remembered for a while how long a sender's
requests kept a processor busy, and who used little goes ahead; those who used much share what is left, and
never have all threads. A large body is one that uses much, as eight people may send their first one at once.
What much is, is told by the others: who opens one page after another uses little beside eight who send what
is hard to read. And after a request that took long, the next one of that kind waits longer than it took, as
long as somebody else asks for little: a thread beside theirs is half a processor, and less while the clients
of the others want theirs.
Nobody waits for ever, though: what waited long because others who used little filled all threads goes first,
one at a time, or a few who send one page after another would keep everybody from uploading anything.
Nor has anybody alone all threads, however little they use: a request may wait for something outside, such as
an address that is copied, and keep its thread without using anything.

Open pages that ask whether they are fresh come last: nobody waits for them. One is answered at a time, while
nobody else waits, and while people open pages they have a third of a processor at most. A thousand open pages
then grow fresh more slowly, and each opened page comes as if they were not there.
"""

from __future__ import annotations

import math
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from enum import IntEnum
from operator import itemgetter
from statistics import median_high
from typing import Generic, Protocol, TypeVar

#: After so many seconds half of what somebody used is forgotten.
_HALF_LIFE_SECONDS = 20.0
#: Who used more of the last seconds has used much, if it is more than this share of what the others used who
#: are here: as who used least goes first, those who send without a pause differ by less.
_MUCH_SECONDS, _SHARE = 0.25, 0.8
#: A request that kept a processor busy for longer has taken long, and so has a large one.
_LONG_SECONDS = 0.01
#: After it the next such request waits so many times as long as it took, and at most so many seconds ...
_RESTS, _LONGEST_REST_SECONDS = 2.0, 2.0
#: ... if somebody who asks for little was answered within so many seconds.
_LATELY_SECONDS = 1.0
#: Who has waited for longer goes first, if none of those that take much is being answered.
_PATIENCE_SECONDS = 2.0
#: After a poll the next one waits so many times as long as it took, if anything else was asked for lately.
_RESTS_OF_POLLS = 2.0
#: Who has polled for longer is answered though others wait; threads that are always busy would keep it old.
_PATIENCE_OF_POLLS_SECONDS = 15.0
#: More senders are not remembered; who was heard of longest ago is forgotten.
_MOST_SENDERS = 10_000


class Waiting(Protocol):
    """A request that waits.

    1. ``sender`` names whoever sent it, in all of their requests alike.
    2. ``is_large`` says whether it will take much, whoever sent it.
    3. ``is_poll`` says whether an open page asks for itself, so that nobody waits for the answer.
    """

    @property
    def sender(self) -> str:
        """Who sent it."""
        ...

    @property
    def is_large(self) -> bool:
        """Whether it will take much."""
        ...

    @property
    def is_poll(self) -> bool:
        """Whether an open page asks for itself."""
        ...


class _Rank(IntEnum):
    """What is taken before what."""

    WAITED_LONG = 0  #: It takes much, and none such is being answered.
    LIGHT = 1
    HEAVY = 2


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
        #: Each with the moment since when it waits.
        self._waiting: list[tuple[T, float]] = []
        self._polls: deque[tuple[T, float]] = deque()
        #: The poll that is being answered, and until when no other is.
        self._poll: T | None = None
        self._polls_rest_until = -math.inf
        #: When anything else was taken last.
        self._other_at = -math.inf
        #: Who asked for little and was taken last, and when that was.
        self._light_sender, self._light_at = "", -math.inf
        #: Until when nobody else is taken.
        self._rests_until = -math.inf
        #: Sender -> (seconds of a processor, when that was reckoned).
        self._used: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many may be taken now."""
        return len(self._takeable()) + self._may_poll()

    def __bool__(self) -> bool:
        """Whether any may be taken now."""
        return bool(self._takeable()) or self._may_poll()

    @property
    def waiting(self) -> int:
        """How many wait, whether they may be taken now or not."""
        return len(self._waiting) + len(self._polls)

    def append(self, request: T) -> None:
        """Let a request wait."""
        (self._polls if request.is_poll else self._waiting).append((request, self._clock()))

    def popleft(self) -> T:
        """Take the request of whoever used least, large ones last; of two alike the one that came first.

        One that takes much and has waited for long goes before all others, and polls come after them.
        """
        takeable = self._takeable()
        if self._may_poll() and (not takeable or self._poll_waits_long()):
            self._poll, _ = self._polls.popleft()
            self._under_way.append(self._poll)
            return self._poll
        place, (rank, _) = min(takeable.items(), key=itemgetter(1))
        taken, _ = self._waiting.pop(place)
        self._other_at = self._clock()
        self._under_way.append(taken)
        if rank is not _Rank.LIGHT:
            self._heavy.append(taken)
        else:
            self._light_sender, self._light_at = taken.sender, self._clock()
        return taken

    def rests_for(self) -> float | None:
        """Return in how many seconds more may be taken though nothing else happens; None for never."""
        rests = [self._rests_until] * bool(self._waiting) + [self._polls_rest_until] * bool(self._polls)
        return min((until - self._clock() for until in rests if until > self._clock()), default=None)

    def goes_ahead(self, request: T) -> bool:
        """Whether it is none of those that take much, while one of them is being answered."""
        return bool(self._heavy) and all(request is not other for other in self._heavy)

    def finish(self, request: T, seconds: float) -> None:
        """Remember that this request was answered, and kept a processor busy for so long."""
        sender, now = request.sender, self._clock()
        if request is self._poll:
            self._poll = None
            if now - self._other_at < _LATELY_SECONDS:
                self._polls_rest_until = now + min(_RESTS_OF_POLLS * seconds, _LONGEST_REST_SECONDS)
        took_long = request.is_large or seconds > _LONG_SECONDS
        is_heavy = any(request is other for other in self._heavy)
        others_ask = self._light_sender != sender and now - self._light_at < _LATELY_SECONDS
        if is_heavy and took_long and others_ask:
            self._rests_until = now + min(_RESTS * seconds, _LONGEST_REST_SECONDS)
        self._under_way = [other for other in self._under_way if other is not request]
        self._heavy = [other for other in self._heavy if other is not request]
        self._used[sender] = (self._used_by(sender, now) + seconds, now)
        self._used.move_to_end(sender)
        if len(self._used) > _MOST_SENDERS:
            self._used.popitem(last=False)

    def drain(self) -> None:
        """Let all be taken, as nobody answers any more."""
        self._threads_of_heavy = self._threads_of_one = len(self._waiting) + len(self._under_way) + 1
        self._rests_until = self._polls_rest_until = -math.inf
        self._waiting += self._polls
        self._polls.clear()

    def _may_poll(self) -> bool:
        """Whether a poll may be taken now."""
        return bool(self._polls) and self._poll is None and self._clock() >= self._polls_rest_until

    def _poll_waits_long(self) -> bool:
        return self._clock() - self._polls[0][1] > _PATIENCE_OF_POLLS_SECONDS

    def _takeable(self) -> dict[int, tuple[_Rank, float]]:
        """Give the places of those that may be taken now: what goes before what, what its sender used."""
        now = self._clock()
        # Reckoned once for each sender: one may have as many requests here as there are connections.
        used_by = {sender: self._used_by(sender, now) for sender in {one.sender for one in self._here()}}
        much = self._much(used_by)
        under_way = Counter(request.sender for request in self._under_way)
        has_room = len(self._heavy) < self._threads_of_heavy and now >= self._rests_until
        waited_since = -math.inf if self._heavy else now - _PATIENCE_SECONDS
        found = {}
        for place, (request, since) in enumerate(self._waiting):
            used = used_by[request.sender]
            is_heavy = request.is_large or used > much
            if under_way[request.sender] < self._threads_of_one and (has_room or not is_heavy):
                heavy = _Rank.WAITED_LONG if since < waited_since else _Rank.HEAVY
                found[place] = heavy if is_heavy else _Rank.LIGHT, used
        return found

    def _here(self) -> Iterator[T]:
        """Give all requests that wait or are answered."""
        yield from self._under_way
        yield from (request for request, _ in self._waiting)

    def _much(self, used_by: Mapping[str, float]) -> float:
        """Return what is much beside the others whose requests wait or are answered.

        Those in the middle of them tell: one who used most by far does not make the others' use little. Who
        sends what is large counts as the one with most, as it is not known yet what that takes.
        """
        used = {
            request.sender: math.inf if request.is_large else used_by[request.sender]
            for request in self._here()
        }
        return max(_MUCH_SECONDS, _SHARE * median_high(used.values())) if used else _MUCH_SECONDS

    def _used_by(self, sender: str, now: float) -> float:
        used, then = self._used.get(sender, (0.0, now))
        seconds: float = used * 0.5 ** ((now - then) / _HALF_LIFE_SECONDS)
        return seconds
