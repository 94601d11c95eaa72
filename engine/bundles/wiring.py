"""What the bundles contribute: who sees them, the calendar of their tasks, links as a guard, reactions."""

from __future__ import annotations

from engine.bundles import pins, reactions, visibility
from engine.bundles.models import Bundle
from engine.tasks.moved import Moved
from engine.wiring import Wiring


def register(wiring: Wiring) -> None:
    """Add what this area contributes to ``wiring``."""
    wiring.visibility[Bundle] = visibility.sees
    wiring.calendar_of = pins.calendar_of
    wiring.bundles_ahead = lambda tx, ids: tx.read_ahead({Bundle: ids})
    wiring.completion_guards.append(reactions.missing_links)
    wiring.request_guards.append(reactions.missing_links)
    wiring.on(Moved, reactions.update_bundle)
    wiring.on(Moved, reactions.tell_of_loss)
