"""Looking for what a file would run takes time that grows with the file, whatever stands in it (S1)."""

from __future__ import annotations

import nh3
import pytest

from engine import budgets
from engine.artifacts import active_content
from engine.artifacts.active_content import find_active
from engine.artifacts.kinds import HTML, SVG

#: Shapes that a parser takes the square of their length for, or more.
SHAPES = {
    "elements that are never closed": lambda n: "<div>" * n,
    "one element with many attributes": lambda n: "<div " + " ".join(f"a{i}" for i in range(n)) + ">",
    "attributes with nothing between": lambda n: "<div " + "".join(f"a{i}=''" for i in range(n)) + ">",
    "formatting that each paragraph repeats": lambda n: "".join(f"<b a{i}>" for i in range(n)) + "<p>" * n,
}


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that the parser is given from now on."""
    given: list[str] = []
    clean = nh3.clean
    monkeypatch.setattr(
        active_content.nh3, "clean", lambda text, **options: (given.append(text), clean(text, **options))[1]
    )
    return given


@pytest.mark.parametrize("shape", SHAPES)
def test_markup_without_a_doubtful_word_is_never_parsed(parsed: list[str], shape: str):
    assert find_active("<html>" + SHAPES[shape](40_000), HTML) is None
    assert parsed == []


@pytest.mark.parametrize("shape", SHAPES)
def test_a_doubtful_word_in_much_markup_is_refused_unparsed(parsed: list[str], shape: str):
    found = find_active("<html>" + SHAPES[shape](40_000) + "<p>The onclick = 1", HTML)
    assert found == "“onclick” in more markup than is looked through"
    assert parsed == []


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_parsed_is_small(parsed: list[str], shape: str):
    for n in (100, 1_000, 10_000, 30_000):
        find_active("<html>" + SHAPES[shape](n) + "<p>The onclick = 1", HTML)
    assert parsed
    for text in parsed:
        assert text.count("<") <= 1_000
        assert len(text.split()) + text.count("'") <= 20_001


def test_text_about_code_is_told_from_code(parsed: list[str]):
    assert find_active("<html><p>Write onclick=go() into it.</p>", HTML) is None
    assert find_active("<html><p>Never javascript: here.</p>", HTML) is None
    assert len(parsed) == 2


HIDDEN = (
    '<p onclick="go()">',
    "<p/onclick=go()>",
    '<p id="x"onclick=go()>',
    "<p\nONCLICK\n=go()>",
    '<svg:p svg:onload="go()">',
    '<a href="jav&#x61;script:go()">',
    '<a href="java&Tab;script&colon;go()">',
    '<a href="java\u200bscript:go()">',
    '<a href="data:text/html,x">',
    '<p style="width:expression(1)">',
    '<iframe srcdoc="x">',
    '<meta http-equiv="refresh" content="0">',
    '<svg><use href="other.svg#x">',
    '<svg><animate attributeName="href" to="javascript:go()">',
)


@pytest.mark.parametrize("hidden", HIDDEN)
def test_code_is_found_however_it_is_hidden_and_in_much_markup_too(hidden: str):
    assert find_active(f"<html>{hidden}", HTML) is not None
    assert find_active("<html>" + "<p>x</p>" * 2_000 + hidden, HTML) is not None


@pytest.mark.parametrize("zeros", [0, 5_000])
@pytest.mark.parametrize("digits", ["106", "1" * 5_000])
def test_numbers_of_characters_may_have_any_number_of_digits(zeros: int, digits: str):
    found = find_active(f'<html><a href="&#{"0" * zeros}{digits};avascript:go()">', HTML)
    assert (found is not None) is (digits == "106"), "browsers read leading zeros, and no such long number"


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        (HTML, "<html>" + "&a" * 1_000_000),
        (HTML, "<html>" + "&#9;" * 1_000_000),
        (SVG, "<svg>" + "<a/>" * 1_000_000 + "</svg>"),
        (SVG, "<svg>" + "<a b=''/>" * 500_000 + "</svg>"),
        (SVG, "<svg " + " ".join(f"a{n}=''" for n in range(400_000)) + "/>"),
    ],
    ids=["ampersands", "references", "elements", "elements with attributes", "attributes"],
)
def test_what_is_read_one_by_one_is_counted(monkeypatch: pytest.MonkeyPatch, kind: str, shape: str):
    looked_at: list[int] = []
    look, read = active_content._in_attribute, active_content.unescape
    monkeypatch.setattr(
        active_content,
        "_in_attribute",
        lambda tag, found: (looked_at.append(1 + len(found)), look(tag, found))[1],
    )
    monkeypatch.setattr(
        active_content, "unescape", lambda text: (looked_at.append(text.count("&")), read(text))[1]
    )
    assert "more than 200,000" in (find_active(shape, kind) or "")
    assert sum(looked_at) == 0, "signs are counted before anything is read"


@pytest.mark.parametrize("part", ["<g/>", "<g a=''/>", "<g></g>"])
def test_an_svg_of_as_many_signs_as_are_read_is_read_and_one_of_more_is_not(part: str):
    most = (budgets.MARKS_OF_SVG - 2) // (part.count("<") + part.count("="))
    assert find_active(f"<svg>{part * most}</svg>", SVG) is None
    assert "more than 200,000" in (find_active(f"<svg>{part * (most + 1)}</svg>", SVG) or "")


@pytest.mark.parametrize("hidden", [*HIDDEN, "<!ENTITY a 'b'>", "<a:script x>", "<p>Only words</p>", ""])
def test_wherever_a_text_is_cut_into_pieces_the_same_is_found(monkeypatch: pytest.MonkeyPatch, hidden: str):
    text = f"<html><p>one, two</p>{hidden}<p class='a'>three</p>"
    whole = find_active(text, HTML)
    for length in range(1, len(text) + 2):
        monkeypatch.setattr(active_content, "_PIECE", length)
        assert (length, find_active(text, HTML)) == (length, whole)


def test_no_search_takes_more_than_a_piece_at_a_time(monkeypatch: pytest.MonkeyPatch):
    lengths: list[int] = []

    class Noted:
        """A pattern that notes how much it is given."""

        def search(self, text: str) -> None:
            lengths.append(len(text))

    for name in ("_ELEMENT", "_DECLARED", "_HANDLER", "_USE"):
        monkeypatch.setattr(active_content, name, Noted())
    assert find_active("<html>" + "<p class='a'>one</p>" * 20_000, HTML) is None
    assert max(lengths) <= active_content._PIECE
    assert sum(lengths) == 4 * (6 + 20 * 20_000)
