"""Passwords and tokens: what is kept of them, and what a wrong one costs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from engine.accounts import passwords
from engine.errors import BadRequestError
from tests.factories import PASSWORD


@pytest.fixture
def as_in_the_product(slow_hasher: PasswordHasher, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hash as the product does, and not as the other tests."""
    monkeypatch.setattr(passwords, "_hasher", slow_hasher)
    passwords._hash_of_nobody.cache_clear()
    yield
    passwords._hash_of_nobody.cache_clear()


def test_a_password_is_kept_as_argon2id_and_matches_itself_alone(as_in_the_product: None):
    kept = passwords.hash_password(PASSWORD)
    assert PASSWORD not in kept
    assert extract_parameters(kept).type is Type.ID
    assert extract_parameters(kept).memory_cost == 64 * 1024, "in KiB: what a guess costs"
    assert passwords.matches(PASSWORD, kept)
    assert not passwords.matches(PASSWORD + " ", kept)
    assert not passwords.matches("", kept)
    assert passwords.hash_password(PASSWORD) != kept, "each hash has a salt of its own"


def test_where_there_is_no_hash_as_much_work_is_done_and_nothing_matches(as_in_the_product: None):
    assert extract_parameters(passwords._hash_of_nobody()) == extract_parameters(
        passwords.hash_password(PASSWORD)
    )
    assert not passwords.matches(PASSWORD, None)


@pytest.mark.parametrize("kept", ["", "plain", "$argon2id$v=19$broken"])
def test_a_damaged_hash_matches_nothing(kept: str):
    assert not passwords.matches(PASSWORD, kept)


@pytest.mark.parametrize("length", [0, 1, 9, 201])
def test_a_password_that_is_too_short_or_too_long_is_refused(length: int):
    with pytest.raises(BadRequestError, match="10 to 200") as refusal:
        passwords.hash_password("x" * length)
    assert refusal.value.details[0]["field"] == "password"


@pytest.mark.parametrize("length", [10, 200])
def test_the_shortest_and_the_longest_password_are_taken(length: int):
    password = "ü" * length
    assert passwords.matches(password, passwords.hash_password(password))


def test_tokens_are_long_new_and_kept_as_a_hash():
    tokens = {passwords.new_token() for _ in range(50)}
    assert len(tokens) == 50
    assert min(map(len, tokens)) >= 43
    token = tokens.pop()
    assert passwords.hash_token(token) == passwords.hash_token(token) != token
    assert len(passwords.hash_token(token)) == 64


def test_passwords_are_hashed_one_after_the_other(monkeypatch: pytest.MonkeyPatch):
    """Each takes 64 MiB, and every processor that it can get (S6)."""
    under_way, most = [], []

    class Watched:
        def verify(self, _known: str, _given: str) -> bool:
            under_way.append(1)
            most.append(len(under_way))
            time.sleep(0.01)
            under_way.pop()
            return True

    monkeypatch.setattr(passwords, "_hasher", Watched())
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: passwords.matches("a right one", "known"), range(16)))
    assert (len(most), max(most)) == (16, 1)


def test_who_hashes_gives_way_where_threads_have_priorities_and_nobody_else_does(
    monkeypatch: pytest.MonkeyPatch,
):
    class Watched:
        def verify(self, _known: str, _given: str) -> bool:
            priorities.append(os.getpriority(os.PRIO_PROCESS, 0))
            return True

    before = os.getpriority(os.PRIO_PROCESS, 0)
    priorities: list[int] = []
    monkeypatch.setattr(passwords, "_hasher", Watched())
    assert passwords.matches("a right one", "known")
    assert priorities == [min(before + 5, 19) if sys.platform == "linux" else before]
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priorities of their own")
@pytest.mark.parametrize(
    "begun", [0, 10, 19, *(pytest.param(one, marks=pytest.mark.wide) for one in (4, 5, 17))]
)
def test_a_server_that_was_started_with_a_low_priority_checks_passwords(
    monkeypatch: pytest.MonkeyPatch, begun: int
):
    """Only root may raise a priority: a server under ``nice -n 10`` let nobody in."""

    def set_as_an_ordinary_user(_which: int, _who: int, priority: int) -> None:
        given.append(priority)
        if priority < begun:
            raise PermissionError(priority)

    given: list[int] = []
    known = passwords.hash_password("four words do well")
    monkeypatch.setattr(os, "getpriority", lambda _which, _who: begun)
    monkeypatch.setattr(os, "setpriority", set_as_an_ordinary_user)
    assert passwords.matches("four words do well", known)
    assert given == [min(begun + 5, 19)]
