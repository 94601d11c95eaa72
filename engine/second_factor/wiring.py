"""What second factors contribute: the secrets of apps are sealed, and steps of a sign-in are ways in (S5).

Who is signed out everywhere stands at none of these any more.
"""

from __future__ import annotations

from engine.second_factor import steps
from engine.second_factor.models import SecondFactor
from engine.wiring import Wiring


def register(wiring: Wiring) -> None:
    """Add what this area contributes to ``wiring``."""
    wiring.sealed.append(SecondFactor)
    wiring.forget_steps = steps.forget_all
