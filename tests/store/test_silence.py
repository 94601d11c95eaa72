"""A database that falls silent is noticed within seconds, and then keeps nobody waiting (G2, G11)."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import psycopg
import pytest

from engine.errors import OutcomeUnknownError, UnavailableError
from engine.store import DocumentStore, timeouts
from tests.databases_away import Wire, wire_to
from tests.store.samples import THINGS, thing


@pytest.fixture
def wire(postgres_url_factory: Callable[[], str]) -> Iterator[Wire]:
    with wire_to(postgres_url_factory()) as wire:
        yield wire


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests wait less long than people."""
    monkeypatch.setattr(timeouts, "PING_SECONDS", 0.5)
    monkeypatch.setattr(timeouts, "SILENCE_SECONDS", 4.0)
    monkeypatch.setattr(timeouts, "PAUSE_SECONDS", 0.5)
    monkeypatch.setattr(timeouts, "CONNECT_SECONDS", 2)


class Store(DocumentStore):
    """As workers have it."""

    def __init__(self, url: str) -> None:
        super().__init__(url, [THINGS])
        self.begin_serving()
        self.table("things").add_rows([thing(1)])


def seconds_until_refused(store: DocumentStore, match: str = "does not answer") -> float:
    began = time.monotonic()
    with pytest.raises(UnavailableError, match=match):
        store.ping()
    return time.monotonic() - began


@pytest.mark.usefixtures("hasty")
def test_a_kept_connection_that_does_not_answer_is_given_up_and_the_next_request_does_not_wait(wire: Wire):
    with Store(wire.url) as store:
        wire.hold()
        assert 0.4 < seconds_until_refused(store) < 3, "it is not looked at before it is used"
        assert seconds_until_refused(store) < 0.4, "others wait for what did not answer"
        wire.let_go()
        time.sleep(0.6)
        store.ping()
        assert store.table("things").count_rows({}) == 1


@pytest.mark.usefixtures("hasty")
@pytest.mark.wide
def test_a_statement_without_an_answer_is_given_up(wire: Wire):
    with Store(wire.url) as store, suppress(UnavailableError), store.read() as connection:
        wire.hold()
        began = time.monotonic()
        with pytest.raises(UnavailableError, match="does not answer"):
            connection.exec_driver_sql("SELECT 1")
        assert time.monotonic() - began < 15


@pytest.mark.usefixtures("hasty")
@pytest.mark.wide
def test_a_block_that_goes_on_after_its_connection_was_lost_is_no_mistake_of_the_program(wire: Wire):
    def go_on_regardless(store: DocumentStore) -> None:
        with store.read() as connection:
            wire.hold()
            with suppress(UnavailableError):
                connection.exec_driver_sql("SELECT 1")

    with Store(wire.url) as store, pytest.raises(UnavailableError, match="ended the connection"):
        go_on_regardless(store)


@pytest.mark.usefixtures("hasty")
def test_a_server_that_accepts_and_says_nothing_is_given_up_while_connecting(wire: Wire):
    with Store(wire.url) as store:
        store.disconnect()
        wire.hold()
        assert seconds_until_refused(store) < 8
        assert seconds_until_refused(store) < 0.4


@pytest.mark.usefixtures("hasty")
@pytest.mark.wide
def test_whoever_waits_for_a_statement_stops_when_another_finds_the_server_silent(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(timeouts, "SILENCE_SECONDS", 30.0)
    ended: list[float] = []

    def wait_long(store: DocumentStore) -> None:
        began = time.monotonic()
        with pytest.raises(UnavailableError), store.read() as connection:
            connection.exec_driver_sql("SELECT pg_sleep(20)")
        ended.append(time.monotonic() - began)

    with Store(wire.url) as store:
        store.ping()
        waiting = threading.Thread(target=wait_long, args=(store,))
        waiting.start()
        time.sleep(0.2)
        wire.hold()
        seconds_until_refused(store)
        waiting.join(timeout=10)
        assert ended, "it waits on"
        assert ended[0] < 15


@pytest.mark.usefixtures("hasty")
@pytest.mark.wide
def test_a_write_whose_confirmation_is_lost_is_not_called_unchanged(wire: Wire):
    with Store(wire.url) as store:
        with pytest.raises(OutcomeUnknownError, match="not known") as caught, store.write():  # noqa: PT012
            store.table("things").add_rows([thing(2)])
            wire.hold()
        assert "Nothing was changed" not in caught.value.message + caught.value.public
        wire.let_go()
        time.sleep(0.6)
        store.ping()


@pytest.mark.usefixtures("hasty")
@pytest.mark.wide
def test_a_write_that_is_lost_before_its_end_changes_nothing(wire: Wire):
    with Store(wire.url) as store:
        with pytest.raises(UnavailableError, match="Nothing was changed") as caught, store.write():  # noqa: PT012
            wire.hold()
            store.table("things").add_rows([thing(2)])
        assert not isinstance(caught.value, OutcomeUnknownError)
        wire.cut()
        wire.let_go()
        time.sleep(0.6)
        assert store.table("things").count_rows({}) == 1


def test_a_statement_that_takes_too_long_is_given_up_by_the_server(
    postgres_url_factory: Callable[[], str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(timeouts, "STATEMENT_SECONDS", 0.2)
    with (
        Store(postgres_url_factory()) as store,
        pytest.raises(UnavailableError, match="took too long"),
        store.read() as connection,
    ):
        connection.exec_driver_sql("SELECT pg_sleep(5)")


def test_an_upgrade_and_the_command_line_take_the_time_that_they_need(
    postgres_url_factory: Callable[[], str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(timeouts, "STATEMENT_SECONDS", 0.2)
    monkeypatch.setattr(timeouts, "SILENCE_SECONDS", 0.2)
    with DocumentStore(postgres_url_factory(), [THINGS]) as store, store.read() as connection:
        rested = connection.exec_driver_sql("SELECT 1 FROM pg_sleep(0.6)").scalar()
    assert rested == 1


class Impatient(DocumentStore):
    patience_seconds = 0.2


def test_who_holds_what_a_write_waits_for_is_named_and_reads_do_not_wait(
    postgres_url_factory: Callable[[], str],
):
    url = postgres_url_factory()
    with Impatient(url, [THINGS]) as store:
        store.table("things").add_rows([thing(1)])
        with store.write(lock="chain"):
            pass
        with psycopg.connect(url, application_name="left open") as other:
            other.execute("SELECT * FROM store_heads WHERE name = 'chain' FOR UPDATE")
            pid = other.info.backend_pid
            held = (
                rf"held by left open \(process {pid}\), whose transaction is open since [\d:]+ UTC and does"
            )
            with pytest.raises(UnavailableError, match=held) as caught, store.write(lock="chain"):
                raise AssertionError("it did not wait")
            assert "left open" not in caught.value.public, "names of sessions are the operator's business"
            assert store.table("things").count_rows({}) == 1, "it waits for the lock, and is refused"


def test_sessions_say_whose_they_are(postgres_url_factory: Callable[[], str]):
    with DocumentStore(postgres_url_factory(), [THINGS]) as store:
        [(name,)] = store.run("SELECT current_setting('application_name')")
    assert name.startswith("workbench ")


def test_a_stopped_worker_does_not_hold_a_lock_for_ever(postgres_url_factory: Callable[[], str]):
    with Store(postgres_url_factory()) as store:
        found = store.run("SELECT current_setting('idle_in_transaction_session_timeout')")
    assert found == [(f"{timeouts.IDLE_SECONDS:.0f}s",)]


def fail_twice(url: str) -> None:
    """Let a statement fail, and so what the driver does when its block is left because of another fault."""
    with psycopg.connect(url) as connection, connection.pipeline():
        connection.execute("SELECT 1 / 0")
        raise RuntimeError("what is told")


def test_the_log_has_no_word_of_the_driver_on_taking_back_what_has_failed(
    postgres_url_factory: Callable[[], str], caplog: pytest.LogCaptureFixture
):
    """While the disk was full, each refused write left “error ignored terminating <Pipeline ...>” there."""
    url = postgres_url_factory()
    Store(url).close()
    with pytest.raises(RuntimeError, match="what is told"):
        fail_twice(url.replace("postgresql+psycopg://", "postgresql://"))
    assert caplog.messages == []
    logging.getLogger("psycopg").warning("rolling back returned connection")
    assert caplog.messages == ["rolling back returned connection"], "all else is kept"
