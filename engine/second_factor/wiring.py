"""What second factors contribute: who is signed out everywhere stands at no step of a sign-in either (S5)."""

from __future__ import annotations

from engine.second_factor import steps
from engine.wiring import Wiring


def register(wiring: Wiring) -> None:
    """Add what this area contributes to ``wiring``."""
    wiring.forget_steps = steps.forget_all
