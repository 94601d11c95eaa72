"""What secrets contribute: they are sealed, and nobody opens them any more once their key is another one."""

from __future__ import annotations

from engine.secrets.models import Secret
from engine.wiring import Wiring


def register(wiring: Wiring) -> None:
    """Add what this area contributes to ``wiring``."""
    wiring.sealed.append(Secret)
