"""What a text may become as HTML grows with the text alone; parts and characters are counted (S20)."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from engine.budgets import HTML_OF_MARKDOWN, PARTS_OF_MARKDOWN
from web import markdown

LONGEST = 10_000
BOMBS = {
    "a table that fills up its short rows": "|a" * 100 + "|\n" + "|-" * 100 + "|\n" + "|\n" * 4_800,
    "a definition of a long address": "[a]: http://" + "x" * 4_000 + "\n\n" + "[a]" * 2_000,
    "a definition of a long title": "[a]: b '" + "y" * 4_500 + "'\n\n" + "[a]" * 1_800,
    "links of six characters": "[a](b)" * 1_700,
    "quotes without words": ">\n\n" * 3_300,
    "addresses": "<http://a>" * 1_000,
}
PLAIN = {
    "lists": "- one thing to do\n  - and another\n" * 270,
    "a table": "| Day | What | Who |\n|---|---|---|\n" + "| Monday | Write | Ana |\n" * 350,
    "links": "See [the guidelines](https://acme.example/brand/guidelines) first.\n\n" * 140,
    "code": "```\nif a < b && c > d:\n    print('x')\n```\n" * 200,
    "words": "Some words, *some* of them **marked**, and `code`.\n\n" * 190,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_text_that_would_become_too_much_is_shown_as_it_was_typed(monkeypatch, bomb):
    text, parts = BOMBS[bomb][:LONGEST], []
    append = markdown._Tokens.append

    def counting(tokens, token):
        append(tokens, token)
        parts.append(token)

    monkeypatch.setattr(markdown._Tokens, "append", counting)
    html = markdown.render(text + f"\n<{bomb}>")
    assert html.startswith("<pre>")
    assert "&lt;" in html[-len(bomb) - 40 :]
    assert len(parts) <= PARTS_OF_MARKDOWN * len(text) + 200


@pytest.mark.few(2)
@pytest.mark.parametrize("many", [5, pytest.param(50, marks=pytest.mark.wide)])
@pytest.mark.parametrize("bomb", BOMBS)
def test_no_page_of_notes_becomes_larger_than_its_words_allow(bomb, many):
    notes = [f"{BOMBS[bomb][: LONGEST - 10]} {number}" for number in range(many)]
    shown = sum(len(markdown.render(note)) for note in notes)
    assert shown <= many * (HTML_OF_MARKDOWN * LONGEST + 1_000)


def test_what_a_definition_would_become_is_known_before_it_is_made(monkeypatch):
    rendered = []
    render = MarkdownIt().renderer.__class__.render
    monkeypatch.setattr(
        MarkdownIt().renderer.__class__, "render", lambda *given: rendered.append(given) or render(*given)
    )
    markdown.render("[b]: http://" + "z" * 4_000 + "\n\n" + "[b]" * 2_000)
    assert rendered == []


@pytest.mark.parametrize("text", PLAIN)
def test_what_people_write_is_never_too_much(text):
    html = markdown.render(PLAIN[text][:LONGEST])
    assert not html.startswith("<pre>") or text == "code"
    assert (
        f"<{ {'lists': 'li', 'a table': 'td', 'links': 'a ', 'code': 'code', 'words': 'em'}[text] }" in html
    )


def test_every_document_of_this_repository_is_rendered():
    files = list((Path(__file__).parents[2] / "content" / "process_docs").rglob("*.md"))
    assert len(files) > 3
    for file in files:
        assert "<pre>---" not in markdown.render(file.read_text(), is_document=True)
        assert "<h3>" in markdown.render(file.read_text(), is_document=True)


@pytest.mark.parametrize("filler", [" ", "\t", "\n", "\u2028", " \n", "{#", " {# "])
def test_looking_for_the_marks_of_steps_takes_time_that_grows_with_the_text(filler):
    text = "x" + filler * (30_000 // len(filler)) + "x"
    began = time.thread_time()
    assert markdown._without_marks(text) == text
    assert time.thread_time() - began < 0.5, "the square of its spaces takes seconds"


def test_the_marks_of_steps_are_left_out_with_the_spaces_around_them():
    marked = "# Record \t{#record}  \n\nSpeak.\n{#speak}\n\n{#again}\nNot {#here} though"
    assert markdown._without_marks(marked) == "# Record\nSpeak.\nNot {#here} though"
