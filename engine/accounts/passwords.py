"""Passwords and one-time tokens: hashed with argon2id and sha256, compared in constant time."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.errors import bad_field

MINIMUM_LENGTH = 10
_MAXIMUM_LENGTH = 200
_hasher = PasswordHasher()


@cache
def _hash_of_nobody() -> str:
    """Give the hash that an unknown address is checked against, so that it takes as long as a known one."""
    return _hasher.hash(secrets.token_urlsafe())


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
    return _hasher.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Say whether the password belongs to the hash; takes its time even without one."""
    try:
        return _hasher.verify(password_hash or _hash_of_nobody(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def new_token() -> str:
    """Return a fresh token for a link: 256 bits of chance."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Hash a token, for the store to keep."""
    return hashlib.sha256(token.encode()).hexdigest()
