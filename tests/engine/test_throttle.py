"""Wrong passwords are counted for all processes of a store, and hold up whoever guesses alone (G15, S16)."""

from __future__ import annotations

import threading
from contextlib import closing, suppress
from datetime import datetime, timedelta

import pytest

from engine import throttle
from engine.app import Workbench
from engine.audit.models import Event
from engine.catalog.catalog import Catalog
from engine.errors import UnauthorizedError
from engine.throttle import FREE_TRIES, FREE_TRIES_TOGETHER, MOST_AT_ONCE, Attempt
from tests.conftest import NOW

ANA = "ana@example.com"


class WrongError(UnauthorizedError):
    """What a wrong password is answered."""


@pytest.fixture
def other(either_workbench: Workbench, shipped_catalog: Catalog):
    """Another process of the same store, as far as one process can be two."""
    with closing(Workbench(either_workbench.settings, catalog=shipped_catalog)) as second:
        yield second


def guess(
    workbench: Workbench,
    address: str = ANA,
    times: int = 1,
    at: datetime = NOW,
    client: str | None = "a",
    sender: str | None = None,
) -> None:
    """Try wrong passwords; raise where one comes too early."""
    for _ in range(times):
        attempt = Attempt(address, client, sender)
        with suppress(WrongError), workbench.sign_in_throttle.trying(attempt, at):
            raise WrongError("not the password")


def succeed(
    workbench: Workbench,
    at: datetime = NOW,
    client: str | None = "a",
    device: str | None = None,
    address: str = ANA,
) -> None:
    """Give the right password; raise where it comes too early."""
    with workbench.sign_in_throttle.trying(Attempt(address, client, device=device), at):
        pass


def test_guessing_gets_slower_and_a_right_password_ends_it(either_workbench: Workbench):
    guess(either_workbench, times=FREE_TRIES)
    with pytest.raises(UnauthorizedError, match="in 3 seconds"):
        succeed(either_workbench, address=" ANA@example.com")
    with pytest.raises(UnauthorizedError, match="in 1 second, "):
        succeed(either_workbench, at=NOW + timedelta(seconds=1.5))
    guess(either_workbench, "ben@example.com")
    guess(either_workbench, at=NOW + timedelta(seconds=2))
    with pytest.raises(UnauthorizedError, match="in 5 seconds"):
        succeed(either_workbench, at=NOW + timedelta(seconds=2))
    succeed(either_workbench, at=NOW + timedelta(seconds=6))
    guess(either_workbench, times=FREE_TRIES, at=NOW + timedelta(seconds=6))


def test_a_guesser_waits_five_minutes_at_most_and_is_forgotten_after_an_hour(workbench: Workbench):
    now = NOW
    for _ in range(40):
        guess(workbench, at=now)
        now += timedelta(minutes=5)
    guess(workbench, at=now)
    with pytest.raises(UnauthorizedError, match="in 300 seconds"):
        guess(workbench, at=now + timedelta(seconds=1))
    now += timedelta(hours=1, minutes=1)
    guess(workbench, times=FREE_TRIES, at=now)


def test_whoever_guesses_elsewhere_holds_up_nobody_at_another_client_or_a_known_device(
    either_workbench: Workbench,
):
    guess(either_workbench, times=FREE_TRIES, client="guesser")
    succeed(either_workbench, client="victim")
    guess(either_workbench, times=FREE_TRIES, client=None)
    with pytest.raises(UnauthorizedError, match="Try again"):
        succeed(either_workbench, client=None)
    succeed(either_workbench, client=None, device="known")


def test_many_clients_that_guess_at_one_address_hold_up_strangers_and_not_the_devices_that_it_has(
    either_workbench: Workbench,
):
    for number in range(FREE_TRIES_TOGETHER):
        guess(either_workbench, client=f"10.0.0.{number}")
    with pytest.raises(UnauthorizedError, match="Try again"):
        succeed(either_workbench, client="a stranger")
    succeed(either_workbench, client="a stranger", device="known")
    succeed(either_workbench, client="a stranger", address="ben@example.com")


def test_a_client_that_tries_many_addresses_waits_at_all_of_them_though_it_signs_in_in_between(
    either_workbench: Workbench,
):
    for number in range(FREE_TRIES_TOGETHER):
        guess(either_workbench, f"user{number}@example.com", client="sprayer")
        if number == 20:
            succeed(either_workbench, client="sprayer", address="own@example.com")
    with pytest.raises(UnauthorizedError, match="Try again"):
        succeed(either_workbench, client="sprayer")
    succeed(either_workbench, client="another")


def test_who_sends_for_clients_that_it_does_not_tell_waits_at_all_addresses_too(
    either_workbench: Workbench,
):
    for number in range(FREE_TRIES_TOGETHER):
        hides = number % 2 == 0
        client = None if hides else "10.0.0.7"
        guess(either_workbench, f"user{number}@example.com", client=client, sender="10.0.0.7")
    for client in (None, "10.0.0.7"):
        with pytest.raises(UnauthorizedError, match="Try again"):
            guess(either_workbench, client=client, sender="10.0.0.7")
    guess(either_workbench, client=None)
    guess(either_workbench, client=None, sender="10.0.0.8")


def test_an_admin_unlocks_an_address_for_all_clients(either_workbench: Workbench):
    for client in ("a", "b", None):
        guess(either_workbench, times=FREE_TRIES, client=client)
    guess(either_workbench, "ben@example.com", times=FREE_TRIES, client="c")
    either_workbench.sign_in_throttle.unlock(" Ana@example.com")
    for client in ("a", "b", None):
        succeed(either_workbench, client=client)
    with pytest.raises(UnauthorizedError, match="Try again"):
        succeed(either_workbench, address="ben@example.com", client="c")


def test_right_passwords_that_come_together_all_sign_in(either_workbench: Workbench, other: Workbench):
    together, came = threading.Barrier(8), []

    def sign_in(workbench: Workbench) -> None:
        with workbench.sign_in_throttle.trying(Attempt(ANA, "a"), NOW):
            together.wait(timeout=20)  # all of them are under way
        came.append(workbench)

    threads = [
        threading.Thread(target=sign_in, args=(one,)) for one in (either_workbench, other) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(came) == 8
    guess(either_workbench, times=FREE_TRIES)


def test_guesses_that_are_under_way_are_few_and_one_once_wrong_ones_cost_something(workbench: Workbench):
    trying = workbench.sign_in_throttle.trying
    under_way = [trying(Attempt(ANA, "a"), NOW) for _ in range(MOST_AT_ONCE)]
    for one in under_way:
        one.__enter__()
    with pytest.raises(UnauthorizedError, match="Try again"):
        succeed(workbench)
    for one in under_way:
        assert not one.__exit__(WrongError, WrongError("not the password"), None)
    later = NOW + timedelta(minutes=10)
    with (
        workbench.sign_in_throttle.trying(Attempt(ANA, "a"), later),
        pytest.raises(UnauthorizedError, match="Try again"),
    ):
        succeed(workbench, at=later)


def test_a_try_whose_process_has_died_counts_as_wrong_after_a_while(workbench: Workbench):
    left = [workbench.sign_in_throttle.trying(Attempt(ANA, "a"), NOW) for _ in range(FREE_TRIES)]
    for one in left:
        one.__enter__()
    guess(workbench, at=NOW + timedelta(minutes=2))
    with pytest.raises(UnauthorizedError, match="Try again"):
        succeed(workbench, at=NOW + timedelta(minutes=2))


def test_a_failure_of_the_program_is_no_wrong_password(workbench: Workbench):
    for _ in range(2 * FREE_TRIES):
        with (
            pytest.raises(RuntimeError),
            workbench.sign_in_throttle.trying(Attempt(ANA, "a"), NOW),
        ):
            raise RuntimeError
    succeed(workbench)


def test_a_clock_that_is_set_back_locks_nobody(either_workbench: Workbench):
    guess(either_workbench, times=FREE_TRIES)
    back = NOW - timedelta(hours=5)
    guess(either_workbench, at=back)
    with pytest.raises(UnauthorizedError, match="Try again in 5 seconds"):
        succeed(either_workbench, at=back)
    succeed(either_workbench, at=back + timedelta(seconds=5))


def test_guesses_at_two_servers_count_together_and_so_does_the_right_password(
    either_workbench: Workbench, other: Workbench
):
    guess(either_workbench, times=FREE_TRIES - 1)
    guess(other)
    for one in (either_workbench, other):
        with pytest.raises(UnauthorizedError, match="Try again in 3 seconds"):
            succeed(one)
    succeed(other, at=NOW + timedelta(seconds=3))
    guess(either_workbench, times=FREE_TRIES, at=NOW + timedelta(seconds=3))


def test_whoever_is_counted_after_a_later_one_waits_for_no_more_than_wrong_passwords_cost(
    either_workbench: Workbench, other: Workbench
):
    guess(other, at=NOW + timedelta(seconds=30))
    guess(either_workbench, times=FREE_TRIES - 1)
    with pytest.raises(UnauthorizedError, match="Try again in 3 seconds"):
        guess(either_workbench)


def test_whoever_invents_addresses_only_forgets_their_own(
    either_workbench: Workbench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(throttle, "MOST_NAMES", 20)
    monkeypatch.setattr(throttle, "LOOK_EVERY", 10)
    guess(either_workbench, times=FREE_TRIES)
    for number in range(100):
        at = NOW + timedelta(seconds=number)
        guess(either_workbench, f"invented{number}@example.com", at=at, client=None)
    with pytest.raises(UnauthorizedError, match="Try again"):
        succeed(either_workbench)
    assert kept(either_workbench) <= 30


def test_what_nobody_has_tried_for_an_hour_is_not_kept(
    either_workbench: Workbench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(throttle, "LOOK_EVERY", 1)
    guess(either_workbench, times=FREE_TRIES)
    guess(either_workbench, "ben@example.com", at=NOW + timedelta(hours=2), client=None)
    assert kept(either_workbench) == 1


def test_right_passwords_leave_nothing_behind(either_workbench: Workbench):
    succeed(either_workbench)
    assert kept(either_workbench) == 0


def kept(workbench: Workbench) -> int:
    with workbench.database.read() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM store_tries").scalar() or 0


def test_a_guess_is_no_event_and_its_address_is_kept_as_a_hash(either_workbench: Workbench):
    with either_workbench.reading(either_workbench.operator()) as tx:
        before = tx.count(Event)
    guess(either_workbench, "my password, in the wrong field", client=None)
    guess(either_workbench, "\x00 and half a character \ud800", client=None)
    with either_workbench.reading(either_workbench.operator()) as tx:
        assert tx.count(Event) == before
    with either_workbench.database.read() as connection:
        names = connection.exec_driver_sql("SELECT name FROM store_tries").scalars().all()
    assert [len(name) for name in names] == [65, 65]
    assert "password" not in "".join(names)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_guess_waits_for_nobody_who_changes_the_workspace(either_workbench: Workbench, other: Workbench):
    """SQLite has one writer at a time; where writers go on side by side, this one takes no lock of theirs."""
    with other.transaction(other.operator()):
        guesser = threading.Thread(target=guess, args=(either_workbench,))
        guesser.start()
        guesser.join(timeout=10)
        assert not guesser.is_alive()
