"""A PDF shows what the HTML of the same text shows; whatever it says is text (WLG-01)."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from engine import typesetting
from engine.errors import UnavailableError
from web import markdown, pdf


def text_of(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a **b** c", [{"kind": "paragraph", "parts": ["a ", {"kind": "strong", "parts": ["b"]}, " c"]}]),
        (
            "## A\n\nb",
            [{"kind": "heading", "level": 2, "parts": ["A"]}, {"kind": "paragraph", "parts": ["b"]}],
        ),
        (
            "1. a\n2. b",
            [
                {
                    "kind": "numbers",
                    "start": 1,
                    "parts": [{"kind": "item", "parts": ["a"]}, {"kind": "item", "parts": ["b"]}],
                }
            ],
        ),
        (
            "| a | b |\n| - | - |\n| c | d |",
            [
                {
                    "kind": "table",
                    "columns": 2,
                    "parts": [{"kind": "cell", "parts": [one]} for one in "abcd"],
                }
            ],
        ),
        ("`#x`", [{"kind": "paragraph", "parts": [{"kind": "code", "text": "#x", "parts": []}]}]),
        ("```\n#x\ny\n```", [{"kind": "lines", "text": "#x\ny", "parts": []}]),
        (
            "<https://a.example/b>",
            [
                {
                    "kind": "paragraph",
                    "parts": [
                        {"kind": "link", "address": "https://a.example/b", "parts": ["https://a.example/b"]}
                    ],
                }
            ],
        ),
        ("[a](javascript:b)", [{"kind": "paragraph", "parts": ["[a](javascript:b)"]}]),
        ("<b>a</b>", [{"kind": "paragraph", "parts": ["<b>a</b>"]}]),
    ],
)
def test_what_the_renderer_shows_becomes_data(text: str, parts: list):
    assert pdf.parts_of(str(markdown.render(text, below=1))) == parts


def test_what_is_nested_without_end_is_set_all_the_same():
    """What is deeper than that, the renderer itself leaves out."""
    for text in (">" * 18 + " deep", "- " * 9 + "deep", "**a *b " * 200 + "deep"):
        assert "deep" in markdown.render(text)
        assert "deep" in text_of(pdf.of_markdown("Title", text))
    assert pdf.of_markdown("Title", ">" * 60 + " deep").startswith(b"%PDF-")


def test_the_template_asks_for_no_file_and_no_package():
    for word in ("#import", "#include", "read(", "image(", "plugin("):
        assert word not in typesetting._TEMPLATE


@pytest.mark.wide  # waits until the time is over
def test_what_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pdf, "_SECONDS", 1)
    monkeypatch.setattr(pdf, "_PATIENCE", 0.05)
    with pytest.raises(UnavailableError, match="took too long"):
        pdf.of_markdown("Title", "many **words** here\n\n" * 60_000)


def test_what_cannot_be_set_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pdf, "_MEMORY", 1)
    with pytest.raises(UnavailableError, match="could not be made of this text"):
        pdf.of_markdown("Title", "Words")


@pytest.mark.wide
@settings(max_examples=60)
@given(
    title=st.text("ab#$*_`\\/@<>[](){}\"'=-+~.,: é“”", max_size=30),
    text=st.text("ab#$*_`\\/@<>[](){}\"'=-+~.,:|123\n é“”", max_size=200),
)
def test_no_text_is_read_as_a_program(title: str, text: str):
    """Whatever its signs, it is set, twice to the same bytes."""
    made = pdf.of_markdown(title, text)
    assert made.startswith(b"%PDF-")
    assert made == pdf.of_markdown(title, text)
