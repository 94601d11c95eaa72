"""Prefixed, sortable business ids such as ``tsk_01K9ZQ3V5M8Y7C2R4T6W8X0B1D``.

The part after the prefix is a ULID: 48 bits of milliseconds, 80 bits of chance, in
Crockford's base 32, so ids sort by the time of their making. Ids made by one source
within one millisecond still ascend.
"""

from __future__ import annotations

import random
import secrets
import threading
from collections.abc import Callable
from datetime import datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS = 80
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]
_CHANCE = (1 << _RANDOM_BITS) - 1
#: Where the pairs of so many digits begin, highest first.
_SHIFTS = {count: range(5 * (count - 2), -1, -10) for count in (10, 16)}


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
        with self._lock:
            value = (int(at.timestamp() * 1000) << _RANDOM_BITS) | self._bits(_RANDOM_BITS)
            if value <= self._last:
                value = self._last + 1
            self._last = value
        return f"{prefix}_{_digits(value >> _RANDOM_BITS, 10)}{_digits(value & _CHANCE, 16)}"


def _digits(value: int, count: int) -> str:
    """Return an even number of base-32 characters."""
    return "".join([_PAIRS[value >> shift & 1023] for shift in _SHIFTS[count]])
