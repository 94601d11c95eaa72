"""Two texts side by side: which lines and which words of them differ, with unchanged runs folded.

What can be asked of a comparison grows with the square of its texts and more, so all of it has one budget of
steps. Where the lines take too many, they are set against each other as they stand; where the words of two
lines do, the lines are marked as a whole (S7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from itertools import zip_longest
from typing import TypeAlias

from engine.budgets import STEPS_OF_A_COMPARISON

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_CONTEXT = 3
#: What became of a run of lines, its places on the left and on the right, as difflib has it.
Opcode: TypeAlias = tuple[str, int, int, int, int]
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


class Budget:
    """How many steps a comparison may still take."""

    def __init__(self, steps: int = STEPS_OF_A_COMPARISON) -> None:
        self.left = steps

    def spend(self, steps: int) -> bool:
        """Take steps; take none and return False where there are not as many left."""
        if steps > self.left:
            return False
        self.left -= steps
        return True


class _Matcher(SequenceMatcher[str]):
    """Finds runs that both sides have, as far as the budget allows."""

    def __init__(self, left: Sequence[str], right: Sequence[str], budget: Budget) -> None:
        super().__init__(None, left, right, autojunk=False)
        self._left, self._budget = left, budget

    def find_longest_match(
        self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None
    ) -> Match:
        """Find as the base class does; its steps are the places at which each item of the left occurs."""
        found: dict[str, list[int]] = self.b2j  # type: ignore[attr-defined]  # documented, not in the stubs
        items = self._left[alo:ahi]
        steps = len(items) + sum(len(found.get(item, ())) for item in items)
        if not self._budget.spend(steps):
            return Match(alo, blo, 0)
        return super().find_longest_match(alo, ahi, blo, bhi)


def compare(
    left: Sequence[str], right: Sequence[str], *, whole: bool = False, budget: Budget | None = None
) -> list[DiffRow]:
    """Return the rows of a comparison of lines; ``whole`` folds nothing."""
    rows: list[DiffRow] = []
    budget = budget or Budget()
    opcodes = _opcodes(left, right, budget)
    for place, (tag, from_, to, other_from, other_to) in enumerate(opcodes):
        if tag == "equal":
            same = [_same(left[n], n, n - from_ + other_from) for n in range(from_, to)]
            rows += same if whole else _fold(same, place == 0, place == len(opcodes) - 1)
        else:
            rows += _changed(left[from_:to], right[other_from:other_to], from_, other_from, budget)
    return rows


def _opcodes(left: Sequence[str], right: Sequence[str], budget: Budget) -> list[Opcode]:
    """Return what became of runs of lines; what both begin and end with needs no search."""
    shorter = min(len(left), len(right))
    begins = next((n for n in range(shorter) if left[n] != right[n]), shorter)
    most = shorter - begins
    ends = next((n for n in range(most) if left[-1 - n] != right[-1 - n]), most)
    from_, to, other_to = begins, len(left) - ends, len(right) - ends
    found: list[Opcode] = [("equal", 0, begins, 0, begins)]
    for tag, at, end, other, other_end in _Matcher(
        left[from_:to], right[from_:other_to], budget
    ).get_opcodes():
        found.append((tag, at + begins, end + begins, other + begins, other_end + begins))
    found.append(("equal", to, len(left), other_to, len(right)))
    return [code for code in found if code[2] > code[1] or code[4] > code[3]]


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


def _changed(
    left: Sequence[str], right: Sequence[str], left_at: int, right_at: int, budget: Budget
) -> Iterator[DiffRow]:
    """Yield the rows of lines that were exchanged for others, pair by pair."""
    for place, (old, new) in enumerate(zip_longest(left, right)):
        left_number, right_number = left_at + place + 1, right_at + place + 1
        if new is None:
            yield DiffRow("removed", left=Side(left_number, [(str(old), True)]))
        elif old is None:
            yield DiffRow("added", right=Side(right_number, [(new, True)]))
        elif old == new:
            yield _same(new, left_number - 1, right_number - 1)
        else:
            old_parts, new_parts = _words(old, new, budget)
            yield DiffRow("changed", Side(left_number, old_parts), Side(right_number, new_parts))


def _words(old: str, new: str, budget: Budget) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Return both lines in parts, those marked that the other does not have."""
    whole = [(old, True)], [(new, True)]
    if not budget.spend(len(old) + len(new)):
        return whole
    old_words, new_words = _WORD.findall(old), _WORD.findall(new)
    matcher = _Matcher(old_words, new_words, budget)
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
