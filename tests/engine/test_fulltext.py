"""What is the same to a search, and what it shows of a hit (D16, LST-10)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.budgets import CHARACTERS_OF_A_SEARCHED_TEXT
from engine.fulltext import Marked, Rank, Sought, Told, analysed, changed, excerpt, pieces, sought


def finds(words: str, text: str, *, is_whole: bool = False) -> bool:
    """Say whether a text is found, as a store finds it."""
    wanted = sought(words, is_whole=is_whole)
    assert wanted is not None
    return wanted.text in analysed(text)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("TENT", "a red tent"),
        ("podc", "The podcast"),
        ("strasse", "Die Straße"),
        ("STRAẞE", "strasse"),
        ("pruefung", "Prüfung"),
        ("prufung", "Prüfung"),
        ("Prüfung", "PRUEFUNG"),
        ("malmo fest", "Das Malmö-Fest"),
        ("cafe", "Cafe\u0301"),
        ("Café", "cafe"),
        ("file", "the ﬁle"),
        ("istanbul", "İstanbul"),
        ("12", "12:30"),
        ("12:30", "at 12:30"),
        ("don't", "They don’t"),
        ("e-mail", "an E-Mail"),
        ("under_score", "under_score"),
        ("score", "under_score"),
        ("ben@example", "mail ben@example.com"),
        ("example.com/calls", "see https://example.com/calls/7"),
        ("calls", "see https://example.com/calls/7"),
        ("会議", "東京会議です"),
        ("会", "国会"),
        ("京都", "京都"),
        ("会議 2026", "東京会議2026"),
        ("がく", "がくせい"),
        ("회의", "주간회의"),
    ],
)
def test_words_find_a_text_that_says_the_same(words: str, text: str):
    assert finds(words, text)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("tent", "content"),
        ("blu", "blau"),
        ("tent red", "red tent"),
        ("red tent", "red, big tent"),
        ("会京", "東京会議"),
        ("pruefung", "prufung"),
    ],
)
def test_words_do_not_find_a_text_that_says_something_else(words: str, text: str):
    assert not finds(words, text)


def test_the_last_word_of_a_phrase_in_quotes_is_a_whole_one():
    assert finds("red ten", "red tent")
    assert not finds("red ten", "red tent", is_whole=True)
    assert finds("red tent", "a red tent.", is_whole=True)


@pytest.mark.parametrize("text", ["", "%", " - … ", "🚀", "_"])
def test_what_has_no_letter_and_no_digit_is_not_looked_for(text: str):
    assert sought(text) is None
    assert analysed(text) == ""


@given(st.text(max_size=60))
def test_a_text_is_found_by_each_of_its_own_words_in_any_form_and_case(text: str):
    tokens = analysed(text)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert analysed(unicodedata.normalize(form, text)) == tokens
    for word in text.split():
        wanted = sought(word)
        assert wanted is None or wanted.text in tokens, word
    assert [token for token in tokens.split() if token != "." and not token.isalnum()] == []


def test_a_long_text_is_kept_in_parts_that_end_between_words_up_to_what_is_searched():
    text = "word " * CHARACTERS_OF_A_SEARCHED_TEXT
    made = pieces("nte_1", "wsp_1", [Told(Rank.NOTE, "tsk_1", text)])
    assert "".join(piece.text for piece in made.values()) == text[:CHARACTERS_OF_A_SEARCHED_TEXT]
    assert {*" ".join(piece.tokens for piece in made.values()).split()} == {"word"}
    assert max(len(piece.text) for piece in made.values()) <= 4000


def test_what_is_written_is_what_differs_and_what_is_gone_loses_its_words():
    before = pieces("tsk_1", "w", [Told(Rank.TITLE, "tsk_1", "Call"), Told(Rank.DESCRIPTION, "tsk_1", "Ben")])
    after = pieces("tsk_1", "w", [Told(Rank.TITLE, "tsk_1", "Call"), Told(Rank.DESCRIPTION, "tsk_1", "")])
    assert [(one.rank, one.text, one.tokens) for one in changed(before, after)] == [
        (Rank.DESCRIPTION, "", "")
    ]
    assert [*changed(after, after)] == []
    assert [one.text for one in changed({}, after)] == ["Call"]


def test_an_excerpt_is_about_120_characters_round_the_first_hit_with_every_hit_told_apart():
    text = "far " * 60 + "the red\ntent and the red tents of Größe " + "away " * 60
    shown = excerpt(text, [Sought(("red", "tent"))])
    assert [part.text for part in shown if part.is_hit] == ["red", "tent", "red", "tents"]
    whole = "".join(part.text for part in shown)
    assert "the red tent and the red tents" in whole
    assert whole.startswith("…far ")
    assert whole.endswith("…")
    assert 90 < len(whole) < 130


@pytest.mark.parametrize(
    ("text", "words", "hits"),
    [
        ("Die Größe", "groesse", ["Größe"]),
        ("Die Größe", "grosse", ["Größe"]),
        ("東京会議です", "会議", ["会議"]),
        ("Cafe\u0301!", "café", ["Cafe\u0301"]),
        ("<b>bold</b>", "bold", ["bold"]),
    ],
)
def test_a_hit_is_marked_as_it_is_written(text: str, words: str, hits: list[str]):
    wanted = sought(words)
    assert wanted is not None
    assert [part.text for part in excerpt(text, [wanted]) if part.is_hit] == hits


def test_a_text_without_a_hit_is_shown_from_its_beginning():
    assert excerpt("Nothing here", [Sought(("there",))]) == [Marked("Nothing here", is_hit=False)]
