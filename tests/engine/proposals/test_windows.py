"""One draft in several windows: whatever is written and saved in which order, no word is lost (EDT-05)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import StaleWriteError
from engine.proposals import drafting, texts
from engine.proposals.merging import Side, merged
from engine.proposals.models import Proposal
from tests.engine.conftest import Bench
from tests.engine.proposals.test_drafting import FILE

BEFORE = "".join(f"line {number}\r\n" for number in range(8))
#: Window, whether it is saved after it, where it is written, and how many lines are written over.
STEP = st.tuples(st.integers(0, 2), st.booleans(), st.integers(0, 8), st.integers(0, 2))


@dataclass
class Window:
    """What somebody has before them: the text as it was when they opened it, and as they wrote it."""

    seen: str
    text: str


def now(bench: Bench, draft: str) -> str:
    with bench.reading() as tx:
        return texts.shown(drafting.texts_of(tx, tx.get(Proposal, draft))[FILE] or "")


def save(bench: Bench, draft: str, window: Window) -> None:
    """Save as the pages do: what moved is taken together, and where both changed the same, both are kept."""
    try:
        with bench.writing() as tx:
            texts.write(tx, draft, FILE, window.text, seen=window.seen)
    except StaleWriteError:
        live = now(bench, draft)
        merge = merged(window.seen, window.text, live)
        text = merge.as_chosen(dict.fromkeys(range(len(merge.conflicts)), Side.BOTH))
        with bench.writing() as tx:
            texts.settle(tx, draft, FILE, text, seen=live)
    window.seen = window.text = now(bench, draft)


def write(window: Window, word: str, at: int, over: int) -> None:
    """Write a line that nobody else wrote, over lines that were there at the beginning."""
    lines = window.text.splitlines(keepends=True)
    at = min(at, len(lines))
    gone = [line for line in lines[at : at + over] if line.startswith("line ")]
    lines[at : at + over] = [f"{word}\n", *(line for line in lines[at : at + over] if line not in gone)]
    window.text = "".join(lines)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=1, max_size=8))
def test_every_word_that_was_written_in_any_window_is_there_in_the_end(
    bench: Bench, steps: list[tuple[int, bool, int, int]]
):
    with bench.writing() as tx:
        draft = drafting.begin(
            tx, template=f"t{tx.new_id(Proposal)}", path=FILE, before=BEFORE, text=BEFORE, base_commit=None
        ).proposal_id
    windows = [Window(texts.shown(BEFORE), texts.shown(BEFORE)) for _ in range(3)]
    words = []
    for number, (place, is_saved, at, over) in enumerate(steps):
        words.append(f"word {number}")
        write(windows[place], words[-1], at, over)
        if is_saved:
            save(bench, draft, windows[place])
    for window in windows:
        save(bench, draft, window)
    text = now(bench, draft).splitlines()
    assert [word for word in words if text.count(word) != 1] == []
    with bench.reading() as tx:
        kept = drafting.texts_of(tx, tx.get(Proposal, draft))[FILE] or ""
    assert {line[-2:] for line in kept.splitlines(keepends=True)} == {"\r\n"}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_windows_the_second_is_told_and_neither_is_overwritten(bench: Bench, order: tuple[int, int]):
    with bench.writing() as tx:
        draft = drafting.begin(
            tx, template="blog_post", path=FILE, before="a\nb\n", text="a\nb\n", base_commit=None
        ).proposal_id
    written = ("first\na\nb\n", "a\nb\nlast\n")
    windows = [Window("a\nb\n", text) for text in written]
    for place in order:
        save(bench, draft, windows[place])
    assert now(bench, draft) == "first\na\nb\nlast\n"
