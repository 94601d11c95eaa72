"""What one field for everything shows: a hit, and which of many are the best for a text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine import fulltext
from engine.catalog.content import Content
from engine.tasks.models import Task
from engine.tasks.queries.named import Named
from engine.tasks.read_models import Found

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
    #: Where its words were found, where its label does not show it.
    found: Found | None = None
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
    """Return the hits with all words of a text, as searches have it: first what begins with the text."""
    words = [fulltext.sought(word) for word in text.split()]
    found = [hit for hit in hits if _is_named(hit, words)]
    return sorted(found, key=lambda hit: not begins(hit, text))[:MOST]


def begins(hit: Hit, text: str) -> bool:
    """Whether what a hit is called begins with a text."""
    sought = fulltext.sought(text)
    return sought is not None and fulltext.analysed(hit.label).startswith(sought.text)


def is_called(hit: Hit, text: str) -> bool:
    """Whether a text is all that a hit is called, or its short name."""
    sought = fulltext.sought(text)
    names = (fulltext.sought(name) for name in (hit.label, hit.also))
    return sought is not None and any(name is not None and name.text == sought.text for name in names)


def _is_named(hit: Hit, words: Iterable[fulltext.Sought | None]) -> bool:
    """Whether all words stand in it; a word of signs alone stands in nothing."""
    known = fulltext.analysed(f"{hit.label} {hit.also}")
    return all(word is not None and word.text in known for word in words)
