"""What one field for everything shows: a hit, and which of many are the best for a text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.catalog.content import Content
from engine.tasks.models import Task
from engine.tasks.queries.named import Named
from engine.tasks.search.words import folded

#: So many of a kind are shown.
MOST = 8


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One thing that was found, or that can be done."""

    label: str
    #: Where it leads; of what is done at once, where its form is sent.
    address: str
    #: What tells it from others, in a few words.
    beside: str = ""
    #: The key that leads there as well.
    keys: str = ""
    #: What it is found by beside its label.
    also: str = ""
    #: The fields of a form that does it at once: nothing need be typed for it, and it has its Undo.
    sends: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Here:
    """What was typed, and where whoever did stands."""

    content: Content
    text: str
    #: The task that is open; None where none is, or they may not see it.
    task: Task | None
    #: The active employees; partners and campaigns too for who sees all work. Empty without a text.
    named: Sequence[Named]


def best(hits: Iterable[Hit], text: str) -> list[Hit]:
    """Return the hits with all words of a text: first what begins with it, then where each begins a word."""
    wanted = folded(text)
    found = [(rank, hit) for hit in hits if (rank := _rank(hit, wanted)) is not None]
    return [hit for _, hit in sorted(found, key=lambda one: one[0])[:MOST]]


def _rank(hit: Hit, wanted: str) -> int | None:
    label = folded(hit.label)
    known, words = f"{label} {folded(hit.also)}", wanted.split()
    if not all(word in known for word in words):
        return None
    if label.startswith(wanted):
        return 0
    begun = known.replace("-", " ").split()
    return 1 if all(any(one.startswith(word) for one in begun) for word in words) else 2
