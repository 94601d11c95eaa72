"""Finds what an HTML or SVG file would run or load by itself; when in doubt, it finds it (SEC-06).

A plain look comes first, in time that grows with the text: for forbidden elements, so that no parser has to
agree on them, and for words without which nothing runs. Only an HTML file that has such words is read
further, to tell code from text about code, by the parser that also sanitises notes, which reads as browsers
do. What a hostile file makes that parser do grows with the square of its elements and attributes, so it is
given few (S1). SVG is read by expat, as browsers read XML. What is large is read in pieces: between two of
them other threads have their turn, which one search through megabytes keeps waiting.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from html import unescape
from itertools import islice
from xml.parsers import expat

import nh3

from engine import budgets
from engine.artifacts.kinds import HTML, SVG

_FORBIDDEN = (
    "script", "iframe", "object", "embed", "applet", "frame", "frameset", "portal", "fencedframe", "base",
    "foreignobject", "handler",
)  # fmt: skip
_ELEMENT = re.compile(rf"<(?:[\w.-]+:)?({'|'.join(_FORBIDDEN)})(?![\w.-])", re.IGNORECASE)
_DECLARED = re.compile(r"<!entity|<\?xml-stylesheet", re.IGNORECASE)
_TAG_NAME = re.compile(r"<([a-zA-Z][^\s/>\x00]{0,63})")
#: A fragment has no page around it, so what stands on the page's own elements is read on others.
_PAGE_ELEMENT = re.compile(r"<(/?)(html|head|body)(?![\w.-])", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z]")
_WORD = re.compile(r"[\s/]+|[\"']")
#: Without one of these no attribute runs anything, whatever the markup around it. Each names its whole word.
_HANDLER = re.compile(r"[\s/\"':](on[a-z]+)\s*=", re.IGNORECASE)
_ACTIVE = ("srcdoc", "shadowrootmode", "attributename")
_USE = re.compile(r"<(?:[\w.-]+:)?use(?![\w.-])", re.IGNORECASE)
_INVISIBLE = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028\u2029\ufeff]+")
_RUNNING = ("javascript:", "vbscript:", "livescript:", "mocha:")
_RUNNING_DATA = (
    "data:text/html",
    "data:application/xhtml",
    "data:image/svg",
    "data:text/xml",
    "data:application/xml",
)
#: How many characters are read before other threads have their turn.
_PIECE = 32_768
#: What old browsers run from a style sheet.
_RUNNING_STYLE = ("javascript:", "vbscript:", "expression(", "-moz-binding", "behavior:url")
_STYLE_SHEET = re.compile(
    r"<(?:[^\s<>/:]+:)?style\b(.*?)(?:</(?:[^\s<>/:]+:)?style|\Z)", re.IGNORECASE | re.DOTALL
)
#: Numbers of characters: zeros before one say nothing, and one of so many digits is no character's.
_LEADING_ZEROS, _NO_CHARACTER = re.compile(r"&#0+(?=[0-9])"), re.compile(r"&#[0-9]{8,}")
#: Attributes that are read by people, so any words may stand there.
_WORDS = frozenset({"alt", "title", "content", "summary", "label", "placeholder", "aria-label", "abbr"})
#: An SVG animation that would set one of these sets an address.
_ADDRESSES = frozenset({"href", "src"})


class _FoundError(Exception):
    """Ends the search at the first find."""


def find_active(text: str, kind: str) -> str | None:
    """Say what in the text would run; None where nothing would."""
    if too_much := _too_much(text, kind):
        return too_much
    if found := _search(_ELEMENT, text):
        return f"the element <{found[1].lower()}>"
    if found := _search(_DECLARED, text):
        return f"the declaration {found[0].lower()}"
    return _in_svg(text) if kind == SVG else _in_html(text)


def _too_much(text: str, kind: str) -> str | None:
    """Say what there is more of than is read: to count signs costs nothing beside reading what they begin."""
    if kind == SVG and text.count("<") + text.count("=") > budgets.MARKS_OF_SVG:
        return f"more than {budgets.MARKS_OF_SVG:,} elements and attributes"
    if kind == HTML and text.count("&") > budgets.REFERENCES_OF_MARKUP:
        return f"more than {budgets.REFERENCES_OF_MARKUP:,} character references"
    return None


def _in_html(text: str) -> str | None:
    doubt = _doubt(text)
    if doubt is None:
        return None
    if not _is_small(text):
        return f"“{doubt}” in more markup than is looked through"
    framed = _PAGE_ELEMENT.sub(r"<\1x-\2", text)
    names = set(_TAG_NAME.findall(framed))
    found: list[str] = []

    def look(tag: str, name: str, value: str) -> str:
        if what := _in_attribute(tag, {name: value}):
            found.append(what)
        return value

    nh3.clean(
        framed,
        tags=names | {name.lower() for name in names},
        clean_content_tags=set(),
        attributes={},
        generic_attribute_prefixes=set(string.ascii_lowercase + string.ascii_uppercase + "_:"),
        attribute_filter=look,
        url_schemes={
            "http",
            "https",
            "mailto",
            "tel",
            "data",
            "blob",
            "javascript",
            "vbscript",
            "livescript",
            "mocha",
        },
        link_rel=None,
    )
    return found[0] if found else _in_style_sheets(text)


def _doubt(text: str) -> str | None:
    """Return a word that may be code, however the markup around it is read; None if there is none."""
    for said in dict.fromkeys((text, _unescaped(text))):
        if found := _search(_HANDLER, said):
            return found[1]
        if found := _search(_USE, said):
            return found[0]
        small = [piece.lower() for piece in _pieces(said)]
        if word := next((word for word in _ACTIVE if any(word in piece for piece in small)), None):
            return word
        plain = _plain(said)
        if "http-equiv" in plain and ("refresh" in plain or "set-cookie" in plain):
            return "http-equiv"
        for word in (*_RUNNING, *_RUNNING_DATA, *_RUNNING_STYLE):
            if word in plain:
                return word
    return None


def _unescaped(text: str) -> str:
    """Return a text with its character references read; Python refuses to read numbers of many digits."""
    return unescape(_NO_CHARACTER.sub("&#0", _LEADING_ZEROS.sub("&#", text)))


def _search(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Search in pieces for a pattern that matches no ``<`` but at its beginning, so no cut hides any."""
    return next((found for piece in _pieces(text) if (found := pattern.search(piece))), None)


def _pieces(text: str) -> Iterator[str]:
    """Cut a text before a ``<``, the last one of so many characters or, without any there, the next."""
    begin = 0
    while begin < len(text):
        end = text.rfind("<", begin + 1, begin + _PIECE)
        if end < 0:
            end = text.find("<", begin + _PIECE)
        end = len(text) if end < 0 or begin + _PIECE >= len(text) else end
        yield text[begin:end]
        begin = end


def _plain(text: str) -> str:
    """Return a text as browsers read addresses: without what is invisible, in small letters."""
    cuts = range(0, len(text), _PIECE)
    return "".join([_INVISIBLE.sub("", text[begin : begin + _PIECE]) for begin in cuts]).lower()


def _is_small(text: str) -> bool:
    """Whether a parser is done in a tenth of a second: elements and attributes are counted from above."""
    few_elements = _is_at_most(_TAG, text, budgets.ELEMENTS_OF_DOUBTFUL_MARKUP)
    return few_elements and _is_at_most(_WORD, text, budgets.WORDS_OF_DOUBTFUL_MARKUP)


def _is_at_most(pattern: re.Pattern[str], text: str, most: int) -> bool:
    return next(islice(pattern.finditer(text), most, None), None) is None


def _in_svg(text: str) -> str | None:
    """Say what an SVG would run; one that is not well-formed XML cannot be judged."""
    parser = expat.ParserCreate(namespace_separator=None)
    found: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        name = _local(tag)  # prefixes of XML have more signs than a plain look knows
        if name.lower() in _FORBIDDEN:
            found.append(f"the element <{name.lower()}>")
            raise _FoundError
        if attributes and (what := _in_attribute(name, attributes)):
            found.append(what)
            raise _FoundError

    def doctype(_name: str, _system: str | None, _public: str | None, has_internal_subset: int) -> None:
        if has_internal_subset:
            found.append("declarations of its own in <!DOCTYPE>")
            raise _FoundError

    parser.StartElementHandler, parser.StartDoctypeDeclHandler = start, doctype
    try:
        for begin in range(0, len(text), _PIECE):
            parser.Parse(text[begin : begin + _PIECE].encode(), False)
        parser.Parse(b"", True)
    except _FoundError:
        return found[0]
    except expat.ExpatError as error:
        return f"XML that cannot be read ({error})"
    except (LookupError, ValueError):  # Python's, for encodings that it does not know or lend to expat
        return "XML that says to be in an encoding other than UTF-8"
    return _in_style_sheets(text)


def _in_attribute(tag: str, attributes: Mapping[str, str]) -> str | None:
    for full_name, value in attributes.items():
        name = _local(full_name).lower()
        plain = _plain(value)
        if name.startswith("on"):
            return f"the event handler {name}"
        if name in ("srcdoc", "shadowrootmode"):
            return f"the attribute {name}"
        if name not in _WORDS and _runs(plain):
            return f"an address in {name} that runs a script"
        if name == "http-equiv" and plain in ("refresh", "set-cookie"):
            return f"<meta http-equiv={plain}>"
        if name == "attributename" and (_local(plain) in _ADDRESSES or plain.startswith("on")):
            return f"an animation of {plain}"
        if tag.lower() == "use" and name == "href" and not plain.startswith("#"):
            return "<use> of another file"
        if name == "style" and (what := _in_style(value)):
            return what
    return None


def _runs(plain: str) -> bool:
    """Whether an address, or one of a list of them, runs a script or opens a page of its own."""
    return plain.startswith(_RUNNING_DATA) or any(scheme in plain for scheme in _RUNNING)


def _in_style_sheets(text: str) -> str | None:
    return next((what for sheet in _STYLE_SHEET.findall(text) if (what := _in_style(sheet))), None)


def _in_style(text: str) -> str | None:
    plain = _plain(text)
    return next((f"“{word}” in a style" for word in _RUNNING_STYLE if word in plain), None)


def _local(name: str) -> str:
    return name.rpartition(":")[2]
