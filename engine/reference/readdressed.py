"""The fact that an employee has another e-mail, by which users are joined to employees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.wiring import Fact


@dataclass(frozen=True)
class Readdressed(Fact):
    """An employee was added with an e-mail, or has another one than before."""

    #: Whom the address that they had, and the one that they have, led to before; no address that several had.
    led_to: Mapping[str, str]
