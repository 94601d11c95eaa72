"""Two texts side by side: which lines and which words of them differ, with unchanged runs folded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_CONTEXT = 3
#: Longer lines are marked as a whole: comparing their words takes too long.
_MOST_WORDS = 600
#: Lines that share less than this are two lines, not one line that changed.
_ALIKE = 0.35


@dataclass(frozen=True)
class Side:
    """One line of one version."""

    number: int
    #: (text, whether it differs) in order.
    parts: Sequence[tuple[str, bool]]


@dataclass(frozen=True)
class DiffRow:
    """One row of the comparison; a missing side is None."""

    #: ``same``, ``changed``, ``added``, ``removed`` or ``fold``.
    kind: str
    left: Side | None = None
    right: Side | None = None
    #: How many unchanged lines stand folded here.
    folded: int = 0


def compare(left: Sequence[str], right: Sequence[str], *, whole: bool = False) -> list[DiffRow]:
    """Return the rows of a comparison of lines; ``whole`` folds nothing."""
    rows: list[DiffRow] = []
    opcodes = SequenceMatcher(None, left, right).get_opcodes()
    for place, (tag, from_, to, other_from, other_to) in enumerate(opcodes):
        if tag == "equal":
            same = [_same(left[n], n, n - from_ + other_from) for n in range(from_, to)]
            rows += same if whole else _fold(same, place == 0, place == len(opcodes) - 1)
        else:
            rows += _changed(left[from_:to], right[other_from:other_to], from_, other_from)
    return rows


def _same(line: str, left: int, right: int) -> DiffRow:
    return DiffRow("same", Side(left + 1, [(line, False)]), Side(right + 1, [(line, False)]))


def _fold(rows: list[DiffRow], is_first: bool, is_last: bool) -> list[DiffRow]:
    """Return an unchanged run with only the lines beside a change."""
    before = 0 if is_first else _CONTEXT
    after = 0 if is_last else _CONTEXT
    hidden = len(rows) - before - after
    if hidden < 2:
        return rows
    return [*rows[:before], DiffRow("fold", folded=hidden), *rows[len(rows) - after :]]


def _changed(left: Sequence[str], right: Sequence[str], left_at: int, right_at: int) -> Iterator[DiffRow]:
    """Yield the rows of lines that were exchanged for others, pair by pair."""
    for place, (old, new) in enumerate(zip_longest(left, right)):
        left_number, right_number = left_at + place + 1, right_at + place + 1
        if new is None:
            yield DiffRow("removed", left=Side(left_number, [(str(old), True)]))
        elif old is None:
            yield DiffRow("added", right=Side(right_number, [(new, True)]))
        else:
            old_parts, new_parts = _words(old, new)
            yield DiffRow("changed", Side(left_number, old_parts), Side(right_number, new_parts))


def _words(old: str, new: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Return both lines in parts, those marked that the other does not have."""
    old_words, new_words = _WORD.findall(old), _WORD.findall(new)
    whole = [(old, True)], [(new, True)]
    if max(len(old_words), len(new_words)) > _MOST_WORDS:
        return whole
    matcher = SequenceMatcher(None, old_words, new_words, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return whole
    lefts: list[tuple[str, bool]] = []
    rights: list[tuple[str, bool]] = []
    for tag, from_, to, other_from, other_to in matcher.get_opcodes():
        if to > from_:
            lefts.append(("".join(old_words[from_:to]), tag != "equal"))
        if other_to > other_from:
            rights.append(("".join(new_words[other_from:other_to]), tag != "equal"))
    return lefts, rights
