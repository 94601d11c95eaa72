"""Prefixed, sortable business ids such as ``tsk_01K9ZQ3V5M8Y7C2R4T6W8X0B1D``.

The part after the prefix is a ULID: 48 bits of milliseconds, 80 bits of chance, in
Crockford's base 32, so ids sort by the time of their making. Ids made by one source
within one millisecond follow one another, as ULID's monotonic form has it: the rows of
one transaction then lie side by side in every index.
"""

from __future__ import annotations

import random
import secrets
import threading
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS = 80
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]
_CHANCE = (1 << _RANDOM_BITS) - 1


class IdSource:
    """Makes ids that ascend in the order of the calls; safe between threads."""

    def __init__(self, seed: int | None = None) -> None:
        """Draw from the system's entropy, or reproducibly from ``seed`` (demo and tests)."""
        self._bits: Callable[[int], int] = (
            secrets.randbits if seed is None else random.Random(seed).getrandbits  # noqa: S311 - ids are not secrets
        )
        self._lock = threading.Lock()
        self._last = 0

    def new(self, prefix: str, at: datetime) -> str:
        """Return ``<prefix>_<26 characters>`` for the UTC moment ``at``."""
        milliseconds = int(at.timestamp() * 1000)
        with self._lock:
            if milliseconds > self._last >> _RANDOM_BITS:
                value = (milliseconds << _RANDOM_BITS) | self._bits(_RANDOM_BITS)
            else:
                value = self._last + 1
            self._last = value
        return f"{prefix}_{_time_digits(value >> _RANDOM_BITS)}{_chance_digits(value & _CHANCE)}"


def first_of(prefix: str, at: datetime) -> str:
    """Return what sorts before every id that is made at that UTC moment or later, and behind all others."""
    return f"{prefix}_{_time_digits(int(at.timestamp() * 1000))}"


@lru_cache(maxsize=64)
def _time_digits(milliseconds: int) -> str:
    """Return the first 10 base-32 characters; remembered, because many ids are of one moment."""
    return "".join(_PAIRS[milliseconds >> shift & 1023] for shift in (40, 30, 20, 10, 0))


def _chance_digits(n: int) -> str:
    """Return the last 16 base-32 characters; written out, because a bundle takes hundreds of ids."""
    p = _PAIRS
    return (
        f"{p[n >> 70]}{p[n >> 60 & 1023]}{p[n >> 50 & 1023]}{p[n >> 40 & 1023]}"
        f"{p[n >> 30 & 1023]}{p[n >> 20 & 1023]}{p[n >> 10 & 1023]}{p[n & 1023]}"
    )
