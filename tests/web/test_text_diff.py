"""Two texts are compared line by line and word by word, within a budget of steps (S7)."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.budgets import STEPS_OF_A_COMPARISON
from web.pages.text_diff import Budget, DiffRow, compare

LINES = st.lists(st.sampled_from(["", "a", "a b", "a c", "the same line", "another line here"]), max_size=12)


def sides(rows: list[DiffRow]) -> tuple[list[str], list[str]]:
    """Return both texts as the rows have them."""
    lefts = ["".join(text for text, _ in row.left.parts) for row in rows if row.left]
    rights = ["".join(text for text, _ in row.right.parts) for row in rows if row.right]
    return lefts, rights


@given(LINES, LINES, st.sampled_from([0, 3, 30, STEPS_OF_A_COMPARISON]))
def test_every_line_of_both_texts_is_there_in_order_whatever_the_budget(
    left: list[str], right: list[str], steps: int
):
    rows = compare(left, right, whole=True, budget=Budget(steps))
    assert sides(rows) == (left, right)
    for row in rows:
        if row.kind == "same":
            assert row.left
            assert row.right
            assert row.left.parts == row.right.parts
    assert (left == right) == all(row.kind == "same" for row in rows)


def test_the_words_that_differ_are_marked():
    [row] = compare(["The blue logo stands left."], ["The red logo stands left."])
    assert row.left
    assert row.right
    assert [text for text, is_other in row.left.parts if is_other] == ["blue"]
    assert [text for text, is_other in row.right.parts if is_other] == ["red"]


def hostile(number: int) -> dict[str, tuple[list[str], list[str]]]:
    draw = random.Random(7)  # noqa: S311 - no secret
    marks = ["".join(draw.choice(".!?") for _ in range(590)) for _ in range(2 * number)]
    kinds = [str(draw.randrange(100)) for _ in range(20 * number)]
    return {
        "lines of marks": (marks[:number], marks[number:]),
        "few kinds of lines": (kinds[: 10 * number], kinds[10 * number :]),
        "one line": (["word " * 100 * number], ["word " * 100 * number + "x"]),
        "the same line": (["x"] * 10 * number, ["y", *["x"] * 10 * number, "y"]),
    }


@pytest.mark.wide
@pytest.mark.few(1)
@pytest.mark.parametrize("shape", hostile(1))
def test_a_hostile_comparison_ends_when_its_steps_are_spent(monkeypatch: pytest.MonkeyPatch, shape: str):
    from web.pages import text_diff

    taken = []
    search = text_diff.SequenceMatcher.find_longest_match

    def counting(matcher, alo=0, ahi=None, blo=0, bhi=None):
        taken.append(sum(len(matcher.b2j.get(item, ())) + 1 for item in matcher.a[alo:ahi]))
        return search(matcher, alo, ahi, blo, bhi)

    monkeypatch.setattr(text_diff.SequenceMatcher, "find_longest_match", counting)
    for number in (10, 300):
        taken.clear()
        left, right = hostile(number)[shape]
        rows = compare(left, right, whole=True)
        assert sum(taken) <= STEPS_OF_A_COMPARISON
        assert sides(rows) == (left, right)


def test_a_change_in_a_long_text_is_shown_with_its_words():
    left = [f"Sentence {place} tells of the thing." for place in range(1_400)]
    right = [line.replace("thing", "matter") if place % 7 == 0 else line for place, line in enumerate(left)]
    changed = [row for row in compare(left, right) if row.kind == "changed"]
    assert len(changed) == 200
    for row in changed:
        assert row.left
        assert [text for text, is_other in row.left.parts if is_other] == ["thing"]
