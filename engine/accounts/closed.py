"""The fact that somebody may not sign in any more, by which other ways in end too."""

from __future__ import annotations

from dataclasses import dataclass

from engine.wiring import Fact


@dataclass(frozen=True)
class Closed(Fact):
    """An account was closed; coming back revives nothing that let its user in (S5)."""

    user_id: str
