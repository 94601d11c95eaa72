"""A lock that somebody holds: one waits in full, the others briefly, till a write got through (G11)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, make_url

from engine.errors import UnavailableError
from engine.store import DocumentStore, timeouts
from engine.store.circuit import Circuit
from tests.databases_away import held_lock
from tests.store.samples import THINGS, thing

#: How long the first waits for a lock in these tests; None stands for that.
_IN_FULL = 0.4
_BRIEFLY = 0.05


class Clock:
    """Time that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Store(DocumentStore):
    """A store that tells with how much patience its writes began."""

    patience_seconds = _IN_FULL

    def __init__(self, url: str) -> None:
        super().__init__(url, [THINGS])
        self.waits: list[float | None] = []
        self._connect, self._transactions._connect = self._transactions._connect, self._note  # type: ignore[method-assign]

    def _note(self, engine: Engine) -> Connection:
        options = engine.get_execution_options()
        if options.items() >= self.dialect.writer_options.items():
            self.waits.append(options.get("lock_seconds"))
        return self._connect(engine)

    def write_one(self, number: int, lock: str = "chain") -> None:
        with self.write(lock):
            self.table("things").add_rows([thing(number)])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Pauses end when this says so."""
    clock = Clock()
    monkeypatch.setattr("engine.store.transactions.Circuit", lambda: Circuit(clock))
    monkeypatch.setattr(timeouts, "BRIEF_LOCK_SECONDS", _BRIEFLY)
    return clock


@pytest.fixture
def store(database_url: str, clock: Clock) -> Iterator[Store]:
    with Store(database_url) as store:
        store.write_one(1)
        store.write_one(2, "another chain")
        store.waits.clear()
        yield store


def refused(store: Store, count: int) -> list[str]:
    """Let so many writers be refused; return what they are told."""
    told = []
    for number in range(10, 10 + count):
        with pytest.raises(UnavailableError) as caught:
            store.write_one(number)
        told.append(caught.value.public)
    return told


def test_of_ten_writers_one_waits_in_full_and_nobody_is_refused_without_a_try(
    store: Store, database_url: str, clock: Clock
):
    with held_lock(database_url):
        told = refused(store, 10)
        assert store.waits == [None, *[_BRIEFLY] * 9]
        assert store.table("things").count_rows({}) == 2, "a read waits for the lock, or is refused"
        clock.now += timeouts.PAUSE_SECONDS / 2
        refused(store, 1)
        clock.now += timeouts.PAUSE_SECONDS / 2
        refused(store, 3)
        assert store.waits[10:] == [_BRIEFLY, None, _BRIEFLY, _BRIEFLY], (
            "one tries again in full, and only one"
        )
    assert told
    for public in told:
        assert public.startswith("Something else writes to the database and has not let others write")
        assert "Nothing was changed" in public
        assert "left open" not in public


def test_the_first_write_after_the_release_goes_through_and_then_all_wait_in_full_again(
    store: Store, database_url: str
):
    with held_lock(database_url):
        refused(store, 2)
    store.write_one(3)
    assert store.waits[-1] == _BRIEFLY
    store.write_one(4)
    assert store.waits[-1] is None
    assert store.table("things").count_rows({}) == 4


def test_a_short_wait_is_as_short_as_it_is_called(database_url: str, clock: Clock):
    class Patient(Store):
        patience_seconds = 20.0

    with Patient(database_url) as store:
        store.write_one(1)
        head = "chain" if store.dialect.locks_heads else None
        store._transactions._circuits[head].has_failed()
        with held_lock(database_url):
            began = time.monotonic()
            refused(store, 3)
            assert time.monotonic() - began < 10, "each waited in full"
        # What was set for one write is over with it.
        setting = "SHOW lock_timeout" if store.dialect.locks_heads else "PRAGMA busy_timeout"
        assert store.run(setting) in ([("20s",)], [(20_000,)])


def test_a_held_chain_holds_up_no_writers_of_another(postgres_url_factory: Callable[[], str], clock: Clock):
    url = postgres_url_factory()
    with Store(url) as store:
        for number, chain in enumerate(["chain", "another chain"]):
            store.write_one(number, chain)
        store.waits.clear()
        with held_lock(url, "SELECT * FROM store_heads WHERE name = 'chain' FOR UPDATE"):
            refused(store, 2)
            store.write_one(3, "another chain")
    assert store.waits == [None, _BRIEFLY, None]


def test_a_refused_value_is_no_lock(store: Store):
    def write_wrongly() -> None:
        with store.write("chain"):
            raise ValueError("no room")

    with pytest.raises(ValueError, match="no room"):
        write_wrongly()
    store.write_one(3)
    assert store.waits == [None, None]


def test_one_of_all_tries_again_after_the_pause():
    clock = Clock()
    circuit = Circuit(clock)
    assert circuit.may_try()
    circuit.has_failed()
    assert not circuit.may_try()
    clock.now += timeouts.PAUSE_SECONDS
    assert [circuit.may_try() for _ in range(3)] == [True, False, False]
    circuit.has_answered()
    assert circuit.may_try()


def test_who_asks_when_it_failed_is_not_surprised_by_an_answer_meanwhile():
    """Else a request that waits while another is answered ends with a fault of the program."""

    class Answered(Circuit):
        is_asked = False

        def __getattribute__(self, name: str) -> Any:
            value = super().__getattribute__(name)
            if name == "_failed_at" and self.is_asked:
                answer = threading.Thread(target=super().has_answered, daemon=True)
                answer.start()
                answer.join(0.05)
            return value

    circuit = Answered(lambda: 7.0)
    circuit.has_failed()
    circuit.is_asked = True  # an answer before that would be right to be believed
    assert circuit.has_failed_since(6.0)


def test_a_holder_of_whom_the_database_tells_no_more_is_named_alone(
    postgres_url_factory: Callable[[], str], clock: Clock
):
    """Since when a session of another user has its transaction open, PostgreSQL tells a superuser alone."""
    url = postgres_url_factory()
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("CREATE ROLE plain_member LOGIN")
        owner.execute("GRANT ALL ON SCHEMA public TO plain_member")
    ours = make_url(url).set(username="plain_member").render_as_string(hide_password=False)
    with Store(ours) as store:
        store.write_one(1)
        with held_lock(url) as process, pytest.raises(UnavailableError) as caught:
            store.write_one(2)
    assert caught.value.message.endswith(f"It is held by left open (process {process}).")
