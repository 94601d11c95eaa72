"""What documents quote, and every text that the product can say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from tests.conftest import ROOT

#: In a quote, and in a text of the product: what differs each time.
HOLE = "…"
_ROOMS = ("engine", "exports", "web")
_FEWEST_WORDS = 3
_FENCED = re.compile(r"^( *)(`{3,}).*?^ *\2 *$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
#: Within a paragraph, or a cell of a table.
_QUOTED = re.compile(r'"(?:(?!\n\n)[^"|])+"|“(?:(?!\n\n)[^”|])+”')
_FORMATTED = re.compile(r"%(?:\(\w+\))?[-\d.]*[sdrfx]|\{\w*\}")


@dataclass(frozen=True)
class Quote:
    """Words in double quotes."""

    document: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def quotes(document: str) -> list[Quote]:
    """Give what the prose of a document quotes, of three words or more."""
    text = _prose(document)
    found = []
    for match in _QUOTED.finditer(_CODE.sub(_blank, text)):
        inside = text[match.start() + 1 : match.end() - 1]
        if len(inside.split()) >= _FEWEST_WORDS:
            found.append(Quote(document, text.count("\n", 0, match.start()) + 1, plain(inside)))
    return found


def codes(document: str) -> list[Quote]:
    """Give the codes in capitals that the prose of a document names, such as `DUE_CONTRADICTION`."""
    text = _prose(document)
    return [
        Quote(document, text.count("\n", 0, match.start()) + 1, match[2])
        for match in _CODE.finditer(text)
        if re.fullmatch(r"[A-Z]+(?:_[A-Z]+)+", match[2])
    ]


def _prose(document: str) -> str:
    return _FENCED.sub(_blank, (ROOT / document).read_text(encoding="utf-8"))


def _blank(match: re.Match[str]) -> str:
    """Keep the length and the lines, and nothing that could be a quotation mark."""
    return re.sub(r"[^\n]", " ", match[0])


def plain(text: str) -> str:
    """Give the words alone: small letters, no marks of code or emphasis, one space between words."""
    text = re.sub(r"[`*]|\\(?=[_*])", "", text)
    return " ".join(re.sub("[“”]", '"', text).casefold().split())


@cache
def said() -> tuple[str, ...]:
    """Give every text of the product's sources and pages, with ``…`` for what is filled in."""
    texts = [*_pages(), *(text for tree in _sources() for text in _texts(tree))]
    return tuple(plain(text) for text in texts)


@cache
def capitals() -> frozenset[str]:
    """Give every code in capitals that the sources have: names, and whole texts."""
    nodes = [node for tree in _sources() for node in ast.walk(tree)]
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return frozenset(name for name in names | set(_constants(nodes)) if name.isupper())


def _sources() -> Iterator[ast.Module]:
    """Give what is written in Python, without docstrings but for those that are help pages."""
    for room in _ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            yield tree if path.parent.name == "cli" else _Undocumented().visit(tree)


class _Undocumented(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        is_docstring = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return ast.Pass() if is_docstring else self.generic_visit(node)


def _constants(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _texts(tree: ast.AST) -> Iterator[str]:
    """Give the string literals below a node: an f-string as a whole, and a sum of them too."""
    for node in ast.walk(tree):
        if (text := _text(node)) is not None:
            yield text


def _text(node: ast.AST) -> str | None:
    match node:
        case ast.Constant(value=str(value)):
            return _FORMATTED.sub(HOLE, value)
        case ast.JoinedStr(values=parts):
            return "".join(
                HOLE if isinstance(part, ast.FormattedValue) else _text(part) or "" for part in parts
            )
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return (_text(left) or HOLE) + (_text(right) or HOLE)
    return None


def _pages() -> Iterator[str]:
    for path in sorted((ROOT / "web" / "templates").rglob("*.html")):
        text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        text = re.sub(r"\{\{.*?\}\}", HOLE, text, flags=re.DOTALL)
        yield re.sub(r"\{%.*?%\}|<[^>]*>", " ", text, flags=re.DOTALL)
        yield from re.findall(r'(?:title|aria-label|placeholder|data-\w+)="([^"]*)"', text)
