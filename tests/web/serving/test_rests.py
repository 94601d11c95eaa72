"""What rests, or waits for a thread that is idle, is answered though nothing else happens (S1)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from web.serving.dispatching import InTurns

_PATIENCE_SECONDS = 10


@dataclass
class Channel:
    """A connection with one request, which does as it is told."""

    name: str
    length: int = 0
    does: Callable[[], object] = lambda: None
    is_poll: bool = False
    is_done: threading.Event = field(default_factory=threading.Event)

    @property
    def requests(self) -> list[SimpleNamespace]:
        if self.is_poll:
            return [SimpleNamespace(command="GET", body_bytes=0, headers={"X_LIVE": "1"})]
        return [SimpleNamespace(command="POST", body_bytes=self.length)]

    def sender(self) -> str:
        return self.name

    def service(self) -> None:
        self.does()
        self.is_done.set()

    def cancel(self) -> None:
        """Nothing is to be closed."""


@pytest.fixture
def dispatcher() -> Iterator[InTurns]:
    threads = InTurns(0.05, 2)
    threads.set_thread_count(2)
    yield threads
    threads.shutdown()


def test_what_rests_is_answered_when_it_has_rested_though_nobody_asks_for_anything(dispatcher: InTurns):
    person = Channel("person")

    def work() -> None:
        person.is_done.wait(_PATIENCE_SECONDS)
        until = time.thread_time() + 0.03
        while time.thread_time() < until:
            pass

    first, second = (Channel("attacker", 10**6, does) for does in (work, lambda: None))
    for channel in (first, second, person):
        dispatcher.add_task(channel)
    assert first.is_done.wait(_PATIENCE_SECONDS)
    assert not second.is_done.wait(0.02), "it rests"
    assert second.is_done.wait(_PATIENCE_SECONDS)


def test_an_idle_thread_takes_what_may_be_taken_once_another_request_is_answered(dispatcher: InTurns):
    is_over = threading.Event()
    first = Channel("one", 10**6, lambda: is_over.wait(_PATIENCE_SECONDS))
    waits_outside = Channel("one", does=lambda: other.is_done.wait(_PATIENCE_SECONDS))
    other = Channel("other", 10**6)
    for channel in (first, waits_outside, other):
        dispatcher.add_task(channel)
    time.sleep(0.1)  # the other thread has looked, and found nothing that it may take
    is_over.set()
    assert other.is_done.wait(_PATIENCE_SECONDS / 5), "it waits for a request that waits outside"


def test_open_pages_that_ask_for_themselves_never_have_both_threads(dispatcher: InTurns):
    is_over = threading.Event()
    polls = [
        Channel(f"viewer {n}", does=lambda: is_over.wait(_PATIENCE_SECONDS), is_poll=True) for n in range(5)
    ]
    person = Channel("person")
    for channel in (*polls, person):
        dispatcher.add_task(channel)
    assert person.is_done.wait(_PATIENCE_SECONDS / 5), "it waits for pages that nobody waits for"
    assert not any(one.is_done.is_set() for one in polls)
    is_over.set()
    assert all(one.is_done.wait(_PATIENCE_SECONDS) for one in polls)
