"""Threads of a worker take turns: one works at a time, in order, and nobody waits long (P1)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from web.serving.turns import Turns

#: Long enough for a loaded machine; nobody waits for it where all is well.
_LONG = 30.0


def test_one_works_at_a_time_and_each_gets_a_turn():
    turns, inside, most = Turns(_LONG), [], []

    def work(number: int) -> int:
        with turns.one():
            inside.append(number)
            most.append(len(inside))
            threading.Event().wait(0.001)
            inside.remove(number)
        return number

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(work, range(100))) == list(range(100))
    assert max(most) == 1


def test_who_came_first_is_first():
    turns, order = Turns(_LONG), []
    threads = []
    with turns.one():
        for number in range(5):
            thread = threading.Thread(target=lambda n=number: _note(turns, order, n))
            thread.start()
            threads.append(thread)
            while len(turns._waiting) <= number:
                threading.Event().wait(0.001)
    for thread in threads:
        thread.join(_LONG)
    assert order == [0, 1, 2, 3, 4]


def test_behind_one_who_takes_long_the_others_go_ahead_and_the_turn_is_not_lost():
    turns, order = Turns(0.01), []
    with turns.one():
        with ThreadPoolExecutor(1) as pool:
            pool.submit(_note, turns, order, "ahead").result(_LONG)
        order.append("long")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_note, turns, order, "after").result(_LONG)
    assert order == ["ahead", "long", "after"]
    assert not turns._is_taken


def test_one_who_takes_long_keeps_others_waiting_once():
    turns, order = Turns(0.01), []
    with turns.one(), ThreadPoolExecutor(1) as pool:
        pool.submit(_note, turns, order, 0).result(_LONG)
        turns._patience_seconds = 10 * _LONG  # whoever waited now would be missed
        for number in range(1, 50):
            pool.submit(_note, turns, order, number).result(_LONG)
    assert order == list(range(50))
    assert not turns._takes_long


def test_a_turn_ends_where_the_work_fails():
    turns = Turns(_LONG)
    for _ in range(2):
        try:
            with turns.one():
                raise ZeroDivisionError
        except ZeroDivisionError:
            pass
    assert not turns._is_taken


def _note(turns: Turns, order: list, what: object) -> None:
    with turns.one():
        order.append(what)
