"""The fact that an employee has another e-mail, by which users are joined to employees."""

from __future__ import annotations

from dataclasses import dataclass

from engine.reference.models import Employee
from engine.wiring import Fact


@dataclass(frozen=True)
class Readdressed(Fact):
    """An employee was added with an e-mail, or has another one than before."""

    employee: Employee
    #: None where there was none.
    before: str | None
