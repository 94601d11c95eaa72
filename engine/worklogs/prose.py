"""The words of a worklog, in Markdown: of its entries alone, so that they are the same every time (pure).

A section per bundle, a paragraph per day, a sentence per task (OPQ-22)::

    ## Tea in winter

    **Monday, 16 November.** We finished “Write: Tea” and handed “Draft” over to you; you approved it.

What tasks, pieces and bundles are called is text: whatever looks like Markdown in it is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TypeVar

from engine.catalog import parameters
from engine.catalog.task_type import ToldEvent
from engine.worklogs.entries import Entry

K = TypeVar("K")
#: What has a meaning within a line of Markdown; a number sign only where a heading might end with it.
_MARKUP = re.compile(r"[\\`*_\[\]<>&~|]|(?<!\S)#")
_ADDRESS = re.compile(r"https?://[^\s<>\\]+")
#: Who a clause is about, so that “we finished A” and “we handed B over” become one.
_SUBJECTS = ("we ", "you ")
_ENDS = (".", "!", "?", "…")
#: What stands for pieces that were just named, by their number.
_THEM = {1: "it", 2: "both"}
#: The order of what is said of one task on one day.
_ORDER: tuple[ToldEvent, ...] = (
    "task_completed",
    "deliverable_delivered",
    "partner_approved",
    "stage_changed",
)


def render(entries: Sequence[Entry]) -> str:
    """Return the Markdown that tells these entries; empty where there are none."""
    sections = _gathered(entries, lambda entry: entry.bundle_id)
    alone = sections.pop(None, None)
    parts = [part for own in sections.values() for part in _section(own, own[0].bundle or "")]
    if alone:
        parts += _section(alone, "Other work" if sections else None)
    return "\n\n".join(parts) + "\n" if parts else ""


def escaped(text: str) -> str:
    """Return a text as Markdown that shows it as it is, in one line."""
    return _MARKUP.sub(lambda found: f"\\{found[0]}", " ".join(text.split()))


def _section(entries: Sequence[Entry], title: str | None) -> Iterator[str]:
    if title is not None:
        yield f"## {escaped(title)}"
    for day, of_day in groupby(sorted(entries, key=lambda entry: entry.day), lambda entry: entry.day):
        sentences = _gathered(of_day, lambda entry: entry.task_id).values()
        yield f"**{day:%A}, {day.day} {day:%B}.** {' '.join(map(sentence, sentences))}"


def sentence(entries: Sequence[Entry]) -> str:
    """Return the sentence that tells what happened to one task on one day, as Markdown."""
    parts: list[tuple[str, list[str]]] = []
    for clause in _clauses(entries):
        subject = next((one for one in _SUBJECTS if clause.startswith(one)), "")
        if subject and parts and parts[-1][0] == subject:
            parts[-1][1].append(clause.removeprefix(subject))
        else:
            parts.append((subject, [clause.removeprefix(subject)]))
    said = "; ".join(f"{subject}{_listed(clauses)}" for subject, clauses in parts)
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith(_ENDS) else '.'}"


def _clauses(entries: Sequence[Entry]) -> Iterator[str]:
    by_event: Mapping[ToldEvent, list[Entry]] = _gathered(entries, lambda entry: entry.event)
    handed_over = [entry.what for entry in by_event.get("deliverable_delivered", ())]
    first = next(event for event in _ORDER if event in by_event)
    for event in _ORDER:
        own, usual = _in_own_words(by_event.get(event, ()))
        yield from own
        if usual:
            yield _usual(event, usual, handed_over, is_first=event == first)


def _in_own_words(entries: Iterable[Entry]) -> tuple[list[str], list[Entry]]:
    """Return the clauses that the task type words itself, and the entries that are left to the product.

    A clause that names what an entry does not have, such as an address, is left to the product, too.
    """
    own, usual = list[str](), list[Entry]()
    for entry in entries:
        values = {
            "task": escaped(entry.task),
            "what": escaped(entry.what or ""),
            "bundle": escaped(entry.bundle or ""),
            "stage": escaped(entry.stage or ""),
            "address": _link(entry.address),
        }
        named = parameters.placeholders(entry.words or "")
        if entry.words and all(values.get(name) for name in named):
            own.append(parameters.render(_escaped_around(entry.words), values))
        else:
            usual.append(entry)
    return list(dict.fromkeys(own)), usual


def _escaped_around(words: str) -> str:
    """Return a clause with what looks like Markdown in it escaped; its placeholders stay."""
    return "".join(
        part if part.startswith("{{") else _MARKUP.sub(lambda found: f"\\{found[0]}", part)
        for part in re.split(r"(\{\{.*?\}\})", " ".join(words.split()))
    )


def _link(address: str | None) -> str:
    """Return an address as Markdown; nothing where it cannot stand in a line of it."""
    return f"<{address}>" if address and _ADDRESS.fullmatch(address) else ""


def _usual(
    event: ToldEvent, entries: Sequence[Entry], handed_over: Sequence[str | None], *, is_first: bool
) -> str:
    """Return the clause in the product's own words for all entries of one event.

    The first of a sentence names the task; after it, what was handed over goes without.
    """
    task = f"“{escaped(entries[0].task)}”"
    if event == "task_completed":
        return f"we finished {task}"
    if event == "stage_changed":
        stage = f"the stage “{escaped(entries[-1].stage or '')}”"
        return f"with {task} the work reached {stage}" if is_first else f"the work reached {stage}"
    pieces = [str(entry.what) for entry in entries]
    names = _listed([f"“{escaped(piece)}”" for piece in pieces]) + (f" of {task}" if is_first else "")
    if event == "deliverable_delivered":
        return f"we handed {names} over to you"
    if sorted(pieces) == sorted(map(str, handed_over)):
        return f"you approved {_THEM.get(len(pieces), 'all of them')}"
    return f"you approved {names}"


def _listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence: ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _gathered(entries: Iterable[Entry], key: Callable[[Entry], K]) -> dict[K, list[Entry]]:
    """Return entries by a key, in the order in which each key comes first."""
    found: dict[K, list[Entry]] = {}
    for entry in entries:
        found.setdefault(key(entry), []).append(entry)
    return found
