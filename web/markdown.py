"""Markdown from people, as HTML that can do no harm (WEB-15).

A few kilobytes can ask for much: a table fills up rows that are short, a definition is repeated wherever its
name stands. So what a text becomes has a budget that grows with the text alone; beyond it, it is shown as it
was typed (S20).
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

from engine.budgets import HTML_OF_MARKDOWN, PARTS_OF_MARKDOWN

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}
#: Says nothing of the spaces before it: in a text full of them, each would be tried as the first (S20).
_STEP_MARK = re.compile(r"\{#[^{}]*\}\s*$", re.MULTILINE)
_HEADING = re.compile(r"(?P<open></?h)(?P<level>[1-6])")

# Images are shown as links: the page loads nothing from elsewhere. Raw HTML stays text.
_remarks = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table").disable("image")
#: Documents are files: an editor has wrapped their lines.
_documents = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")

#: Characters of HTML that are remembered: what pages show again and again, documents above all (P3).
_MOST_REMEMBERED = 2_000_000


class _Remembered:
    """The HTML rendered last, by what it was rendered from; safe between threads."""

    def __init__(self) -> None:
        self._pages: OrderedDict[bytes, Markup] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: bytes) -> Markup | None:
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)
            return self._pages.get(key)

    def put(self, key: bytes, html: Markup) -> None:
        with self._lock:
            self._size += len(html) - len(self._pages.pop(key, ""))
            self._pages[key] = html
            while self._size > _MOST_REMEMBERED:
                self._size -= len(self._pages.popitem(last=False)[1])


_remembered = _Remembered()


def render(text: str | None, *, below: int = 2, is_document: bool = False) -> Markup:
    """Return ``text`` as safe HTML; its headings start one level under ``below``.

    The ends of lines stay in what people type, and are spaces in a document.
    """
    if not text:
        return Markup("")
    # Half characters can be typed, and have no UTF-8 of their own.
    key = hashlib.blake2b(
        f"{below}{is_document:d}{text}".encode("utf-8", "surrogatepass"), digest_size=16
    ).digest()
    html = _remembered.get(key)
    if html is None:
        _remembered.put(key, html := _render(text, below=below, is_document=is_document))
    return html


class _TooMuchError(Exception):
    """The text would become more than it may."""


class _Tokens(list[Token]):
    """The parts of a text, no more than it may have."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def append(self, token: Token) -> None:
        """Add a part."""
        if len(self) >= self._most:
            raise _TooMuchError
        super().append(token)


def _render(text: str, *, below: int, is_document: bool) -> Markup:
    parser = _documents if is_document else _remarks
    try:
        html = _nest_headings(_to_html(parser, _without_marks(text)), below)
        clean = nh3.clean(
            html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="noopener noreferrer"
        )
        _check(len(clean), text)
    except _TooMuchError:
        return Markup("<pre>{}</pre>").format(text)
    return Markup(clean)  # noqa: S704 - nh3 has just cleaned it


def _without_marks(text: str) -> str:
    """Return a text without the marks of its steps, and the spaces around them."""
    kept, end = [], 0
    for mark in _STEP_MARK.finditer(text):
        kept.append(text[end : mark.start()].rstrip())
        end = mark.end()
    return "".join(kept) + text[end:]


def _to_html(parser: MarkdownIt, text: str) -> str:
    """Render a text; what each step may give the next is known before that is made."""
    state = StateCore(text, parser, {})
    state.tokens = _Tokens(PARTS_OF_MARKDOWN * len(text) + 100)
    parser.core.process(state)
    inline = (child for token in state.tokens for child in token.children or ())
    _check(sum(len(str(value)) for child in inline for value in child.attrs.values()), text)
    html: str = parser.renderer.render(state.tokens, parser.options, state.env)
    return html


def _check(characters: int, text: str) -> None:
    if characters > HTML_OF_MARKDOWN * len(text) + 1_000:
        raise _TooMuchError


def _nest_headings(html: str, below: int) -> str:
    """Return ``html`` with its headings under ``below`` and no level left out, as screen readers need it."""
    levels = [int(match["level"]) for match in _HEADING.finditer(html) if match["open"] == "<h"]
    shift, shown = below + 1 - min(levels, default=1), below

    def lower(match: re.Match[str]) -> str:
        nonlocal shown
        if match["open"] == "<h":
            shown = min(6, shown + 1, int(match["level"]) + shift)
        return f"{match['open']}{shown}"

    return _HEADING.sub(lower, html)
