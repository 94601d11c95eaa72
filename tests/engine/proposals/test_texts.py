"""A text edited whole keeps what an editor cannot show, and nobody overwrites it unseen (EDT-04, EDT-05)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadRequestError, ConflictError, NotFoundError, StaleWriteError
from engine.proposals import drafting, texts
from engine.proposals.models import Proposal, ProposalState
from tests.engine.conftest import Bench
from tests.engine.proposals.test_drafting import FILE, begun

MARK = "\ufeff"
LINE = st.sampled_from(["a: 1", "", "  - b\t", "# why", "\u2028x", "\ufeff"])
END = st.sampled_from(["\n", "\r\n", "\r"])


@st.composite
def kept_texts(draw: st.DrawFn, end: st.SearchStrategy[str] = END) -> str:
    """Any text that a file may hold: every line end, with and without a last one, and a mark."""
    lines = draw(st.lists(st.tuples(LINE, end), max_size=8))
    mark = draw(st.sampled_from(["", "\ufeff"]))
    return mark + "".join(line + end for line, end in lines) + draw(LINE)


def form(text: str) -> str:
    """Return a text as a browser sends what a text area shows, and the edge reads it."""
    return texts.shown(text).replace("\n", "\r\n").replace("\r\n", "\n")


@given(kept_texts())
def test_what_comes_back_as_it_was_shown_is_the_same_byte_for_byte(kept: str):
    assert texts.restored(form(kept), kept) == kept


@given(
    kept_texts(st.sampled_from(["\n", "\r\n"])) | kept_texts(st.just("\r")),
    st.integers(0, 9),
    st.sampled_from(["new", "", "x\ny"]),
)
def test_a_new_line_leaves_every_other_line_and_its_end_as_they_were(kept: str, at: int, new: str):
    mark = MARK if kept.startswith(MARK) else ""
    lines = texts.lines_of(kept.removeprefix(mark))
    typed = texts.lines_of(texts.shown(kept))
    at = min(at, len(lines) - (bool(lines) and lines[-1][-1] not in "\r\n"))
    typed[at:at] = [f"{new}\n"]
    found = texts.restored("".join(typed), kept)
    assert found.startswith(mark)
    result = texts.lines_of(found.removeprefix(mark))
    assert result[:at] == lines[:at]
    assert result[len(result) - (len(lines) - at) :] == lines[at:]
    assert texts.shown(found) == "".join(typed)


@pytest.mark.parametrize(
    ("kept", "typed", "text"),
    [
        ("a\r\nb\r\n", "a\nc\nb\n", "a\r\nc\r\nb\r\n"),
        ("\ufeffa\n", "b\n", "\ufeffb\n"),
        ("a\nb", "a\nb\n", "a\nb\n"),
        ("a\r\nb\nc\nd\r\n", "a\nx\nc\nd\n", "a\r\nx\r\nc\nd\r\n"),
        ("a\rb\nc\n", "a\n\nb\nc\n", "a\n\nb\nc\n"),
        ("", "a\n", "a\n"),
        ("a\n", "", ""),
    ],
)
def test_new_lines_end_as_most_lines_of_the_file_do(kept: str, typed: str, text: str):
    assert texts.restored(typed, kept) == text


def text(bench: Bench, draft: str) -> str | None:
    with bench.reading() as tx:
        return drafting.texts_of(tx, tx.get(Proposal, draft))[FILE]


def test_a_text_is_saved_once_however_often_it_is_sent(bench: Bench):
    draft = begun(bench)
    for _ in range(3):
        with bench.writing() as tx:
            assert texts.write(tx, draft, FILE, "a\r\nc\r\n", seen="a\r\nb\r\n").revision == 2
    assert text(bench, draft) == "a\nc\n"


def test_a_text_that_moved_since_it_was_seen_is_not_overwritten(bench: Bench):
    draft = begun(bench)
    with bench.writing() as tx:
        texts.write(tx, draft, FILE, "a\nc\n", seen="a\nb\n")
    with pytest.raises(StaleWriteError), bench.writing() as tx:
        texts.write(tx, draft, FILE, "a\nd\n", seen="a\nb\n")
    assert text(bench, draft) == "a\nc\n"


def test_what_became_of_two_versions_is_saved_with_what_it_begins_from_now(bench: Bench):
    draft = begun(bench)
    with bench.writing() as tx:
        texts.settle(tx, draft, FILE, "a\nb\nz\n", seen="a\nb\n", before="a\nz\n")
    with bench.reading() as tx:
        (file,) = drafting.files_of(tx, tx.get(Proposal, draft))
        assert (file.before, file.text) == ("a\nz\n", "a\nb\nz\n")


def test_a_fork_keeps_what_was_typed_and_the_draft_as_it_is(bench: Bench):
    draft = begun(bench)
    with bench.writing() as tx:
        fork = texts.fork(tx, draft, FILE, "a\nmine\n").proposal_id
    assert fork != draft
    assert (text(bench, draft), text(bench, fork)) == ("a\nb\n", "a\nmine\n")


def test_a_file_joins_a_draft_as_it_is_and_once(bench: Bench):
    draft, other = begun(bench), "content/task_types/article.yaml"
    for now in ("key: article\n", "key: another\n"):
        with bench.writing() as tx:
            assert texts.add(tx, draft, other, now).text == "key: article\n"
    with bench.writing() as tx:
        assert texts.add(tx, draft, "content/task_types/new.yaml", None).before is None


@pytest.mark.parametrize("what", ["write", "fork", "add"])
def test_nobody_writes_in_the_draft_of_somebody_else(bench: Bench, what: str):
    draft = begun(bench)
    deeds = {
        "write": lambda tx: texts.write(tx, draft, FILE, "x", seen="a\nb\n"),
        "fork": lambda tx: texts.fork(tx, draft, FILE, "x"),
        "add": lambda tx: texts.add(tx, draft, "content/task_types/new.yaml", None),
    }
    with pytest.raises(NotFoundError), bench.writing("sam") as tx:
        deeds[what](tx)


def test_an_offered_text_is_not_changed_any_more_and_a_fork_of_it_is_a_draft(bench: Bench):
    draft = begun(bench)
    with bench.writing() as tx:
        proposal = tx.get(Proposal, draft)
        proposal.state = ProposalState.PROPOSED
        tx.save(proposal)
        tx.record(drafting.Action.PROPOSAL_OFFERED, proposal, "Offered")
    with pytest.raises(ConflictError), bench.writing() as tx:
        texts.write(tx, draft, FILE, "x", seen="a\nb\n")
    with pytest.raises(ConflictError), bench.writing() as tx:
        texts.add(tx, draft, "content/task_types/new.yaml", None)
    with bench.writing() as tx:
        assert texts.fork(tx, draft, FILE, "x\n").state is ProposalState.DRAFT


def test_a_text_that_is_too_long_and_a_file_that_is_not_changed_are_refused(bench: Bench):
    draft = begun(bench)
    with pytest.raises(BadRequestError, match="change a file that long in Git"), bench.writing() as tx:
        texts.write(tx, draft, FILE, "x" * 200_000, seen="a\nb\n")
    with pytest.raises(BadRequestError, match="Add the file to it first"), bench.writing() as tx:
        texts.write(tx, draft, "content/task_types/new.yaml", "x", seen="")
