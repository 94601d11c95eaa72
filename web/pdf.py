"""A PDF of a text in Markdown: what its HTML shows, set by a program of its own (``engine.typesetting``)."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from engine import typesetting
from engine.errors import UnavailableError
from web import markdown

_PROGRAM = Path(typesetting.__file__)
#: What the program may take, in seconds of the processor and in bytes.
_SECONDS, _MEMORY = 20, 1024**3
#: So much longer than its own time may the program take, beside others that want the processor.
_PATIENCE = 3
#: So many are set at a time, so that those who ask for them take neither memory nor processor from others.
_slots = threading.BoundedSemaphore(2)
#: What is nested more deeply is set as if it was not: nobody writes so, and the program ends somewhere.
_DEEPEST = 12
_KINDS = {
    "p": "paragraph", "strong": "strong", "em": "emphasis", "s": "struck", "del": "struck", "a": "link",
    "blockquote": "quote", "code": "code", "pre": "lines", "ul": "list", "ol": "numbers", "li": "item",
    "table": "table", "td": "cell", "th": "cell", "hr": "rule", "br": "break",
}  # fmt: skip
#: Hold blocks alone: the spaces between those are nothing.
_OF_BLOCKS = frozenset({"text", "quote", "list", "numbers", "table"})
_EMPTY = frozenset({"rule", "break"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
Part = dict[str, Any]


def is_possible() -> bool:
    """Whether PDFs can be made here."""
    return importlib.util.find_spec("typst") is not None


def of_markdown(title: str, text: str) -> bytes:
    """Return a PDF of a title and a text in Markdown; the same bytes every time.

    Raises:
        UnavailableError: what makes PDFs is not installed, is busy, or could not set this text in time.
    """
    if not is_possible():
        raise UnavailableError(
            "No PDF can be made here, because typst is not installed; HTML and Markdown go without it. The "
            "operator installs it with: pip install 'workbench[pdf]'."
        )
    told = {"title": title, "parts": parts_of(str(markdown.render(text, below=1)))}
    if not _slots.acquire(timeout=_PATIENCE * _SECONDS):
        raise UnavailableError("Too many PDFs are being made just now. Try again in a minute.")
    try:
        return _run(json.dumps(told).encode())
    finally:
        _slots.release()


def parts_of(html: str) -> list[Part | str]:
    """Return what the renderer's HTML shows, as data: texts, and parts with their ``kind`` and ``parts``."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    parts: list[Part | str] = reader.root["parts"]
    return parts


def _run(told: bytes) -> bytes:
    words = [sys.executable, "-I", str(_PROGRAM), str(_SECONDS), str(_MEMORY)]
    environment = {**os.environ, "RAYON_NUM_THREADS": "1"}  # each thread reserves memory of its own
    try:
        done = subprocess.run(  # noqa: S603 - a program of ours
            words, input=told, capture_output=True, timeout=_PATIENCE * _SECONDS, check=False, env=environment
        )
    except subprocess.TimeoutExpired as error:
        raise UnavailableError("The PDF took too long to make. Shorten the text, or try again.") from error
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        raise UnavailableError(
            "The PDF could not be made of this text. HTML and Markdown can; tell the operator which it was."
        )
    return done.stdout


class _Reader(HTMLParser):
    """Reads HTML of ``web.markdown``, which is whole and has few tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root: Part = {"kind": "text", "parts": []}
        #: The open parts with the tags that opened them.
        self._open: list[tuple[str, Part]] = [("", self.root)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a part; rows and the halves of a table are its cells alone."""
        above = self._open[-1][1]
        if tag == "tr":
            above["rows"] = above.get("rows", 0) + 1
        part = _part(tag, dict(attrs))
        if part is None:
            return
        if len(self._open) > _DEEPEST:
            part = above
        else:
            above["parts"].append(part)
        if part["kind"] not in _EMPTY:
            self._open.append((tag, part))

    def handle_endtag(self, tag: str) -> None:
        """Close the part that the tag opened."""
        if len(self._open) > 1 and self._open[-1][0] == tag:
            _, part = self._open.pop()
            if part is self._open[-1][1]:
                return
            if part["kind"] in ("code", "lines"):
                part["text"], part["parts"] = _text_of(part).rstrip("\n"), []
            elif part["kind"] == "table":
                part["columns"] = max(1, len(part["parts"]) // max(1, part.pop("rows", 1)))

    def handle_data(self, data: str) -> None:
        """Add a text; the spaces between blocks are none."""
        kind, parts = self._open[-1][1]["kind"], self._open[-1][1]["parts"]
        is_as_typed = any(tag in ("pre", "code") for tag, _ in self._open)
        if kind in _OF_BLOCKS and not data.strip():
            return
        if parts and isinstance(parts[-1], dict) and parts[-1]["kind"] == "break":
            data = data.lstrip("\n")
        parts.append(data if is_as_typed else data.replace("\n", " "))


def _part(tag: str, attributes: Mapping[str, str | None]) -> Part | None:
    if tag in _HEADINGS:
        return {"kind": "heading", "level": int(tag[1]), "parts": []}
    if tag not in _KINDS:
        return None
    part: Part = {"kind": _KINDS[tag], "parts": []}
    if tag == "a":
        part["address"] = attributes.get("href") or ""
        part["kind"] = "link" if part["address"] else "text"
    elif tag == "ol":
        part["start"] = int(attributes.get("start") or 1)
    return part


def _text_of(part: Part) -> str:
    inner = part["parts"] or [part.get("text", "")]
    return "".join(one if isinstance(one, str) else _text_of(one) for one in inner)
