"""Passwords and one-time tokens: hashed with argon2id and sha256, compared in constant time."""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.errors import bad_field

MINIMUM_LENGTH = 10
_MAXIMUM_LENGTH = 200
_hasher = PasswordHasher()
#: One hash at a time in a process: each takes 64 MiB, and all processors it can get (S6).
_turn = threading.Semaphore()
#: How far hashing gives way to the answers of others, as ``nice`` counts.
_GIVES_WAY = 5
_LOWEST_PRIORITY = 19
T = TypeVar("T")


@cache
def _hash_of_nobody() -> str:
    """Give the hash that an unknown address is checked against, so that it takes as long as a known one."""
    return _in_turn(lambda: _hasher.hash(secrets.token_urlsafe()))


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password.

    Raises:
        BadRequestError: it is shorter than 10 or longer than 200 characters.
    """
    if not MINIMUM_LENGTH <= len(password) <= _MAXIMUM_LENGTH:
        raise bad_field(
            "password",
            "too short or too long",
            f"The password needs {MINIMUM_LENGTH} to {_MAXIMUM_LENGTH} characters; "
            "three or four words do well.",
        )
    return _in_turn(lambda: _hasher.hash(password))


def matches(password: str, password_hash: str | None) -> bool:
    """Say whether the password belongs to the hash; takes its time even without one."""
    known = password_hash or _hash_of_nobody()
    try:
        return _in_turn(lambda: _hasher.verify(known, password)) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def _in_turn(work: Callable[[], T]) -> T:
    """Hash when it is this one's turn, in a thread that gives way to those that answer."""
    with _turn, ThreadPoolExecutor(1, initializer=_give_way) as thread:
        return thread.submit(work).result()


def _give_way() -> None:
    """Lower the priority of this thread, and of those that hash for it; only Linux has one for each.

    It begins with that of the program, which may be low already: only root may raise one.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        lower = os.getpriority(os.PRIO_PROCESS, thread) + _GIVES_WAY
        os.setpriority(os.PRIO_PROCESS, thread, min(lower, _LOWEST_PRIORITY))


def new_token() -> str:
    """Return a fresh token for a link: 256 bits of chance."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Hash a token, for the store to keep."""
    return hashlib.sha256(token.encode()).hexdigest()
