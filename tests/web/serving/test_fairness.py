"""Whose request is next: who used little waits for nobody who used much, however many these send (S1, S6)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from web.serving.fairness import FairQueue


@dataclass
class Request:
    sender: str
    number: int = 0
    is_large: bool = False
    is_poll: bool = False


class Seconds:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


def answer(queue: FairQueue[Request], seconds: float) -> Request:
    """Take the next request and answer it."""
    taken = queue.popleft()
    queue.finish(taken, seconds)
    return taken


def test_a_person_comes_before_everything_that_eight_others_have_sent_without_a_pause(clock):
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=1, threads_of_one=80, clock=clock)
    for number in range(80):
        queue.append(Request(f"attacker {number % 8}", number))
    for _ in range(16):
        answer(queue, 0.05)
    queue.append(Request("person"))
    assert answer(queue, 0.05).sender == "person"


def test_those_who_send_without_a_pause_share_what_is_left(clock):
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=1, threads_of_one=80, clock=clock)
    for number in range(80):
        queue.append(Request("one" if number < 50 else "other", number))
    served = [answer(queue, 0.01).sender for _ in range(40)]
    assert served.count("other") == 20


def test_requests_of_one_sender_are_answered_in_their_order(clock):
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=1, threads_of_one=80, clock=clock)
    for number in range(5):
        queue.append(Request("one", number))
    assert [answer(queue, 1.0).number for _ in range(5)] == [0, 1, 2, 3, 4]


def test_who_used_much_never_has_all_threads(clock):
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=1, threads_of_one=80, clock=clock)
    for number in range(3):
        queue.append(Request("attacker", number))
    answer(queue, 1.0)
    under_way = queue.popleft()
    assert len(queue) == 0, "the other thread waits for somebody else"
    queue.append(Request("person"))
    assert len(queue) == 1
    person = queue.popleft()
    assert person.sender == "person"
    assert queue.goes_ahead(person)
    assert not queue.goes_ahead(under_way)
    queue.finish(under_way, 0.01)
    assert len(queue) == 1


def test_large_requests_never_have_all_threads_even_if_all_are_the_first_of_their_senders(clock):
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=1, threads_of_one=80, clock=clock)
    for number in range(8):
        queue.append(Request(f"attacker {number}", is_large=True))
    under_way = queue.popleft()
    assert len(queue) == 0, "the other thread waits for somebody else"
    queue.append(Request("person"))
    assert queue.popleft().sender == "person"
    clock.now += 1.5
    queue.finish(under_way, 0.1)
    assert len(queue) == 7


def test_a_large_request_waits_for_the_others_that_came_after_it(clock):
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=1, threads_of_one=80, clock=clock)
    queue.append(Request("person"))
    answer(queue, 0.1)
    queue.append(Request("newcomer", is_large=True))
    queue.append(Request("person"))
    assert queue.popleft().sender == "person"


def test_after_what_took_long_others_rest_while_somebody_asks_for_little(clock):
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=1, threads_of_one=80, clock=clock)
    for number in range(3):
        queue.append(Request("attacker", number, is_large=True))
    under_way = queue.popleft()
    queue.append(Request("person"))
    answer(queue, 0.01)
    assert queue.rests_for() is None, "the other one is not answered yet"
    clock.now += 0.3
    queue.finish(under_way, 0.2)
    assert not queue
    assert queue.rests_for() == pytest.approx(0.4)
    queue.append(Request("person"))
    assert answer(queue, 0.01).sender == "person", "whoever asks for little does not rest"
    clock.now += 0.41
    assert answer(queue, 0.2).sender == "attacker"
    assert not queue
    queue.drain()
    assert len(queue) == 1, "nothing rests when the worker leaves"


@pytest.mark.parametrize("heavy_threads", [1, 3])
def test_what_is_large_is_answered_though_others_fill_all_threads_with_what_is_little(clock, heavy_threads):
    queue: FairQueue[Request] = FairQueue(heavy_threads, threads_of_one=heavy_threads, clock=clock)
    upload, under_way, answered = Request("person", is_large=True), list[Request](), list[str]()
    for sender in ("one", "other", "one", "other", "one", "other", "one", "other"):
        queue.append(Request(sender))
    for number in range(4):
        queue.append(Request("who is large, too", number, is_large=True))
    queue.append(upload)
    while clock.now < 30 and upload.sender not in answered:
        while len(under_way) < heavy_threads + 1 and queue:
            under_way.append(queue.popleft())
        clock.now += 0.1
        done = under_way.pop(0)
        queue.finish(done, 0.1 / (heavy_threads + 1))
        answered.append(done.sender)
        queue.append(Request(done.sender, is_large=done.is_large))
    assert clock.now < 4
    assert len(answered) - answered.count("one") - answered.count("other") <= 3, "little is answered, too"


def test_nobody_rests_who_is_alone(clock):
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=1, threads_of_one=80, clock=clock)
    for number in range(3):
        queue.append(Request("one", number))
    answer(queue, 1.0)
    answer(queue, 1.0)
    assert queue.rests_for() is None
    assert len(queue) == 1


def test_what_is_quickly_done_needs_no_rest(clock):
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=1, threads_of_one=80, clock=clock)
    queue.append(Request("program"))
    answer(queue, 1.0)
    for sender in ("program", "program", "person"):
        queue.append(Request(sender))
    assert [answer(queue, 0.008).sender for _ in range(3)] == ["person", "program", "program"]


def test_who_opens_one_page_after_another_uses_little_beside_those_who_send_what_is_large(clock):
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=1, threads_of_one=80, clock=clock)
    queue.append(Request("person"))
    answer(queue, 1.0)
    for number in range(8):
        queue.append(Request(f"attacker {number}", is_large=True))
    queue.popleft()
    queue.append(Request("person"))
    assert len(queue) == 1, "one second of pages is little"
    assert queue.popleft().sender == "person"


def test_what_is_much_is_told_by_those_in_the_middle_and_not_by_the_one_with_most(clock):
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=1, threads_of_one=80, clock=clock)
    used = {"most by far": 40.0, **{f"attacker {number}": 4.0 for number in range(4)}, "person": 1.0}
    for sender, seconds in used.items():
        queue.append(Request(sender))
        answer(queue, seconds)
    clock.now += 2
    for sender in used:
        if sender != "person":
            queue.append(Request(sender))
    queue.popleft()
    assert len(queue) == 0, "4 seconds are much, whatever somebody else used"
    queue.append(Request("person"))
    assert len(queue) == 1, "one second is little"
    assert queue.popleft().sender == "person"


def test_what_was_used_is_forgotten_by_and_by(clock):
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=1, threads_of_one=80, clock=clock)
    queue.append(Request("one"))
    answer(queue, 8.0)
    queue.append(Request("one"))
    queue.popleft()
    queue.append(Request("one"))
    clock.now += 30
    assert len(queue) == 0
    clock.now += 90
    assert len(queue) == 1


def test_a_worker_that_leaves_cancels_everything_that_waits(clock):
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=1, threads_of_one=80, clock=clock)
    for number in range(3):
        queue.append(Request("attacker", number))
    answer(queue, 1.0)
    queue.popleft()
    queue.drain()
    assert len(queue) == 1


def test_no_more_senders_are_remembered_than_are_counted(clock, monkeypatch):
    monkeypatch.setattr("web.serving.fairness._MOST_SENDERS", 10)
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=1, threads_of_one=80, clock=clock)
    for number in range(100):
        queue.append(Request(f"stranger {number}"))
        answer(queue, 1.0)
    assert len(queue._used) == 10


def test_nobody_alone_has_all_threads_however_little_they_use(clock):
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=2, threads_of_one=1, clock=clock)
    for number in range(3):
        queue.append(Request("waits outside", number))
    under_way = queue.popleft()
    assert len(queue) == 0, "the other thread waits for somebody else"
    assert not queue
    queue.append(Request("person"))
    assert queue
    assert queue.popleft().sender == "person"
    queue.finish(under_way, 0.0)
    assert queue.popleft().number == 1
    queue.drain()
    assert queue.popleft().number == 2


def polls(queue: FairQueue[Request], count: int) -> None:
    """Let as many open pages ask for themselves."""
    for number in range(count):
        queue.append(Request(f"viewer {number}", number, is_poll=True))


def test_whoever_opens_a_page_comes_before_all_pages_that_are_open(clock):
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=1, threads_of_one=80, clock=clock)
    polls(queue, 500)
    assert (queue.waiting, len(queue)) == (500, 1)
    queue.append(Request("person"))
    assert answer(queue, 0.01).sender == "person"
    assert answer(queue, 0.01).sender == "viewer 0"


def test_one_poll_is_answered_at_a_time_in_the_order_in_which_they_came(clock):
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=1, threads_of_one=80, clock=clock)
    polls(queue, 3)
    first = queue.popleft()
    assert not queue, "the other thread waits for a person"
    queue.append(Request("person"))
    assert queue.popleft().sender == "person"
    queue.finish(first, 0.01)
    clock.now += 0.1
    assert [answer(queue, 0.0).number for _ in range(2)] == [1, 2]


def test_polls_leave_two_thirds_of_a_processor_to_people_who_open_pages(clock):
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=1, threads_of_one=80, clock=clock)
    polls(queue, 2)
    queue.append(Request("person"))
    answer(queue, 0.01)
    answer(queue, 0.04)
    assert not queue
    assert queue.rests_for() == pytest.approx(0.08)
    queue.append(Request("person"))
    assert answer(queue, 0.01).sender == "person", "people do not rest"
    clock.now += 0.081
    assert answer(queue, 0.04).number == 1


def test_where_nobody_opens_a_page_polls_do_not_rest(clock):
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=1, threads_of_one=80, clock=clock)
    polls(queue, 2)
    answer(queue, 0.04)
    assert answer(queue, 0.04).number == 1


def test_a_page_that_asked_long_ago_is_answered_though_people_never_pause(clock):
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=1, threads_of_one=80, clock=clock)
    polls(queue, 2)
    answered = []
    for _ in range(200):
        queue.append(Request("person"))
        answered.append(answer(queue, 0.1))
        clock.now += 0.1
    when = [place for place, one in enumerate(answered) if one.is_poll]
    assert when == [151, 153], "after fifteen seconds, and then not without a rest"


def test_polls_are_cancelled_too_when_a_worker_leaves(clock):
    queue: FairQueue[Request] = FairQueue(threads_of_heavy=1, threads_of_one=80, clock=clock)
    polls(queue, 3)
    queue.popleft()
    queue.drain()
    assert len(queue) == 2
