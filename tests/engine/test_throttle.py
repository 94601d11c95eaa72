"""Wrong passwords are counted for all processes of a store, and cost nobody else anything (G15)."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from engine import throttle
from engine.app import Workbench
from engine.audit.models import Event
from engine.catalog.catalog import Catalog
from engine.errors import UnauthorizedError
from engine.throttle import FREE_TRIES
from tests.conftest import NOW


@pytest.fixture
def other(either_workbench: Workbench, shipped_catalog: Catalog):
    """Another process of the same store, as far as one process can be two."""
    with closing(Workbench(either_workbench.settings, catalog=shipped_catalog)) as second:
        yield second


def guess(workbench: Workbench, address: str = "ana@example.com", times: int = 1, at: datetime = NOW) -> None:
    for _ in range(times):
        workbench.sign_in_throttle.begin(address, at)


def test_guesses_at_two_servers_count_together_and_so_does_the_right_password(
    either_workbench: Workbench, other: Workbench
):
    guess(either_workbench, times=FREE_TRIES - 1)
    guess(other)
    for one in (either_workbench, other):
        with pytest.raises(UnauthorizedError, match="Try again in 3 seconds"):
            guess(one)
    other.sign_in_throttle.succeed("ana@example.com")
    guess(either_workbench, times=FREE_TRIES)


def test_whoever_is_counted_after_a_later_one_waits_for_no_more_than_wrong_passwords_cost(
    either_workbench: Workbench, other: Workbench
):
    guess(other, at=NOW + timedelta(seconds=1))
    guess(either_workbench, times=FREE_TRIES - 1)
    guess(other, address="ben@example.com", times=FREE_TRIES, at=NOW + timedelta(days=1))
    with pytest.raises(UnauthorizedError, match="Try again in 3 seconds"):
        guess(either_workbench, address="ben@example.com")


def test_of_many_guesses_at_one_moment_each_counts(either_workbench: Workbench, other: Workbench):
    refused = []

    def guess_often(workbench: Workbench) -> None:
        for _ in range(FREE_TRIES):
            try:
                guess(workbench)
            except UnauthorizedError:
                refused.append(workbench)

    threads = [threading.Thread(target=guess_often, args=(one,)) for one in (either_workbench, other, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 2 * FREE_TRIES


def test_whoever_invents_addresses_only_forgets_their_own(
    either_workbench: Workbench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(throttle, "MOST_ADDRESSES", 20)
    monkeypatch.setattr(throttle, "LOOK_EVERY", 10)
    guess(either_workbench, times=FREE_TRIES)
    for number in range(100):
        guess(either_workbench, f"invented{number}@example.com", at=NOW + timedelta(seconds=number))
    with pytest.raises(UnauthorizedError):
        guess(either_workbench)
    assert kept(either_workbench) <= 30


def test_what_nobody_has_tried_for_an_hour_is_not_kept(
    either_workbench: Workbench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(throttle, "LOOK_EVERY", 1)
    guess(either_workbench, times=FREE_TRIES)
    guess(either_workbench, "ben@example.com", at=NOW + timedelta(hours=2))
    assert kept(either_workbench) == 1


def kept(workbench: Workbench) -> int:
    with workbench.database.read() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM store_tries").scalar() or 0


def test_a_guess_is_no_event_and_its_address_is_kept_as_a_hash(either_workbench: Workbench):
    with either_workbench.reading(either_workbench.operator()) as tx:
        before = tx.count(Event)
    guess(either_workbench, "my password, in the wrong field")
    guess(either_workbench, "\x00 and half a character \ud800")
    with either_workbench.reading(either_workbench.operator()) as tx:
        assert tx.count(Event) == before
    with either_workbench.database.read() as connection:
        names = connection.exec_driver_sql("SELECT name FROM store_tries").scalars().all()
    assert [len(name) for name in names] == [32, 32]
    assert "password" not in "".join(names)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_guess_waits_for_nobody_who_changes_the_workspace(either_workbench: Workbench, other: Workbench):
    """SQLite has one writer at a time; where writers go on side by side, this one takes no lock of theirs."""
    with other.transaction(other.operator()):
        guesser = threading.Thread(target=guess, args=(either_workbench,))
        guesser.start()
        guesser.join(timeout=10)
        assert not guesser.is_alive()
