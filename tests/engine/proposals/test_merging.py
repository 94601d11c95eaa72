"""Whatever two people write from the same beginning, no word of either is lost (EDT-05)."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.catalog import Catalog
from engine.proposals.merging import Merge, Side, doubts, lines_of, merged
from engine.proposals.overlay import text_of
from tests.engine.catalog.conftest import ContentRepo

FILE = "content/task_templates/blog_post.yaml"
BASE = "a\nb\nc\nd\ne\nf\ng\n"


@pytest.mark.parametrize(
    ("mine", "live", "text"),
    [
        (BASE, "a\n", "a\n"),
        ("a\n", BASE, "a\n"),
        ("same\n", "same\n", "same\n"),
        ("A\nb\nc\nd\ne\nf\ng\n", "a\nb\nc\nd\ne\nf\nG\n", "A\nb\nc\nd\ne\nf\nG\n"),
        ("a\nb\nx\nc\nd\ne\nf\ng\n", "a\nb\nc\nd\ne\ng\n", "a\nb\nx\nc\nd\ne\ng\n"),
        ("A\nb\nc\nd\ne\nf\nnew\n", "A\nb\nc\nd\ne\nf\nnew\n", "A\nb\nc\nd\ne\nf\nnew\n"),
        ("a\nb\nc\nd\ne\nf\ng", "A\nb\nc\nd\ne\nf\ng\n", "A\nb\nc\nd\ne\nf\ng"),
    ],
    ids=["only-live", "only-mine", "the-same", "far-apart", "one-adds", "both-alike", "no-last-line-end"],
)
def test_what_only_one_changed_or_both_alike_goes_together(mine: str, live: str, text: str):
    assert merged(BASE, mine, live).text == text


def test_what_both_changed_otherwise_is_shown_as_it_was_and_as_each_wrote_it():
    found = merged(BASE, BASE.replace("c", "mine"), BASE.replace("c", "live"))
    assert found.text is None
    assert [(one.before, one.mine, one.live) for one in found.conflicts] == [("c\n", "mine\n", "live\n")]


@pytest.mark.parametrize(
    ("side", "lines"), [(Side.MINE, "mine\n"), (Side.LIVE, "live\n"), (Side.BOTH, "live\nmine\n")]
)
def test_a_choice_takes_the_lines_of_a_side_and_leaves_all_others(side: Side, lines: str):
    found = merged(BASE, BASE.replace("c", "mine"), BASE.replace("c", "live"))
    assert found.as_chosen({0: side}) == BASE.replace("c\n", lines)


def test_a_text_may_say_what_git_marks_conflicts_with():
    marks = "<<<<<<< mine\n||||||| before\n=======\n>>>>>>> live\n"
    found = merged(f"{BASE}{marks}", f"x\n{BASE}{marks}", f"{BASE}{marks}y\n")
    assert found.text == f"x\n{BASE}{marks}y\n"


def test_line_ends_stay_what_they_were():
    crlf = BASE.replace("\n", "\r\n")
    assert merged(crlf, crlf.replace("a", "A"), crlf.replace("g", "G")).text == crlf.replace(
        "a", "A"
    ).replace("g", "G")


def test_the_last_line_of_one_version_does_not_run_into_the_first_of_the_other():
    found = merged("a", "mine", "live")
    assert found.as_chosen({0: Side.BOTH}) == "live\nmine"


# -- whatever is written -----------------------------------------------------------------------

_LINES = st.sampled_from(
    ["- ref: a\n", "  steps:\n", "\n", "# why\r\n", "=======\n", "<<<<<<<\r", "    - x\n"]
)
_NEW = st.text("klm", min_size=1, max_size=3).map(lambda word: f"{word}\n")


@st.composite
def sides(draw: st.DrawFn) -> tuple[str, str, str]:
    """A text and two random edits of it: lines taken out, changed and put in."""
    before = draw(st.lists(_LINES, max_size=12))

    def edited() -> str:
        lines = list(before)
        for _ in range(draw(st.integers(0, 4))):
            at = draw(st.integers(0, len(lines)))
            lines[at : at + draw(st.integers(0, 2))] = draw(st.lists(_NEW, max_size=2))
        text = "".join(lines)
        return text.rstrip("\r\n") if draw(st.booleans()) else text

    return "".join(before), edited(), edited()


def _said(found: Merge) -> Counter[str]:
    """Every line that the result has, or the choice shows."""
    shown = [region.merged for region in found.regions if region.merged is not None]
    shown += [text for one in found.conflicts for text in (one.mine, one.live)]
    return Counter(line.rstrip("\r\n") for text in shown for line in lines_of(text))


@given(sides())
def test_every_line_that_either_wrote_is_in_the_result_or_in_a_choice(texts: tuple[str, str, str]):
    before, mine, live = texts
    found = merged(before, mine, live)
    had = {line.rstrip("\r\n") for line in lines_of(before)}
    said = _said(found)
    for text in (mine, live):
        wrote = Counter(line.rstrip("\r\n") for line in lines_of(text))
        assert [line for line, count in wrote.items() if line not in had and said[line] < count] == []


@given(sides())
def test_who_takes_one_side_everywhere_loses_nothing_that_it_wrote(texts: tuple[str, str, str]):
    before, mine, live = texts
    found, had = merged(before, mine, live), set(lines_of(before))
    for side, text in ((Side.MINE, mine), (Side.LIVE, live)):
        result = set(lines_of(found.as_chosen(dict.fromkeys(range(99), side))))
        assert set(lines_of(text)) - had - result == set()


@given(sides())
def test_who_comes_first_makes_no_difference(texts: tuple[str, str, str]):
    before, mine, live = texts
    one, other = merged(before, mine, live), merged(before, live, mine)
    assert one.text == other.text
    assert [(r.mine, r.live) for r in one.conflicts] == [(r.live, r.mine) for r in other.conflicts]


@given(sides())
def test_a_text_is_its_lines(texts: tuple[str, str, str]):
    assert tuple("".join(lines_of(text)) for text in texts) == texts


# -- what it means ------------------------------------------------------------------------------


def _doubts(repo: ContentRepo, mine: tuple[str, str], live: tuple[str, str]) -> list[str]:
    repo.commit()
    content = Catalog(repo.folder).content()
    before = text_of(content, FILE) or ""
    ours, theirs = before.replace(*mine), before.replace(*live)
    assert before not in (ours, theirs)
    result = merged(before, ours, theirs).text
    assert result is not None
    return doubts(content, FILE, before=before, mine=ours, live=theirs, result=result)


def test_two_changes_of_two_tasks_raise_no_doubt(repo: ContentRepo):
    mine = ("offset_days: -7", "offset_days: -9")
    assert _doubts(repo, mine, ("label: Published article", "label: The article")) == []


def test_a_fault_that_neither_version_has_is_said(repo: ContentRepo):
    new, task, last = "  - {ref: proofs, title: Proofs}\n", "  - ref: draft\n", "    rules: {length: Long.}\n"
    assert _doubts(repo, (task, new + task), (last, last + new)) == [
        "Line 48: ref proofs is used twice in tasks."
    ]


def test_a_value_that_both_changed_is_named(repo: ContentRepo):
    text = "description: |\n  One.\n\n  Two.\n\n  Three.\n"
    repo.put(
        "task_templates/blog_post.yaml", f"key: blog_post\nname: B\ntask_type: article\n{text}tasks: []\n"
    )
    (said,) = _doubts(repo, ("One.", "First."), ("Three.", "Third."))
    assert said == "Both versions change description. Read what it says now."


def test_what_the_environment_tells_git_is_nothing_to_a_merge(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GIT_CONFIG_COUNT", "nonsense")
    assert merged(BASE, f"A\n{BASE}", f"{BASE}h\n").text == f"A\n{BASE}h\n"
