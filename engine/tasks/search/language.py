"""The language of searches: a text to a tree, each piece with its place in the text. It knows no task.

    either = all { "or" all }
    all    = { term }
    term   = "-" term | "(" either ")" | name ":" value { "," value } | phrase | word

What cannot be read is left out and told with its place; the rest counts. Nothing is ever refused as a whole,
and the work is bounded by ``MOST_CHARACTERS``, ``MOST_TERMS`` and ``MOST_DEPTH``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeAlias

MOST_CHARACTERS, MOST_TERMS, MOST_DEPTH = 1000, 40, 8
_TOO_MANY = f"A search may have {MOST_TERMS} terms; the rest was left out"
_OPENING, _CLOSING = '"“„”', '"”“'
_NAME = re.compile(r"([^\W\d_]+):")
_OR = re.compile(r"or(?=[\s()]|$)", re.IGNORECASE)
_NEAREST = 3


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of the text, from ``start`` until before ``end``."""

    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Words(Piece):
    """A word, or a phrase in quotes."""

    text: str
    is_quoted: bool = False


@dataclass(frozen=True, kw_only=True)
class Named(Piece):
    """A field with its values, any of which may match."""

    name: str
    values: tuple[Words, ...]


@dataclass(frozen=True, kw_only=True)
class Without(Piece):
    """What must not match."""

    of: Node


@dataclass(frozen=True, kw_only=True)
class Every(Piece):
    """Terms that must all match."""

    of: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True)
class Either(Piece):
    """Terms of which one must match."""

    of: tuple[Node, ...]


Node: TypeAlias = Words | Named | Without | Every | Either
_Read: TypeAlias = Callable[[], "Node | None"]


@dataclass(frozen=True, kw_only=True)
class Mistake(Piece):
    """What was left out, and why."""

    message: str

    @classmethod
    def at(cls, piece: Piece, message: str, near: str = "", known: Collection[str] = ()) -> Mistake:
        """Tell what is wrong with a piece, and what of ``known`` is written nearly as ``near``."""
        told = with_nearest(message, near, known)
        return cls(start=piece.start, end=piece.end, message=told if told.endswith("?") else f"{told}.")


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A search as it was read."""

    text: str
    #: None where nothing is asked.
    tree: Node | None
    mistakes: tuple[Mistake, ...]
    #: Parts that can be taken out one by one, in their order: terms that must all match. A search with ``or``
    #: outside brackets is one.
    pieces: tuple[Piece, ...]

    def names(self) -> frozenset[str]:
        """The fields that are named anywhere in it."""
        return frozenset(node.name for node in nodes(self.tree) if isinstance(node, Named))

    def term_at(self, piece: Piece) -> Named | None:
        """The field that a piece is, alone and not negated."""
        here = (node for node in nodes(self.tree) if isinstance(node, Named))
        return next((one for one in here if (one.start, one.end) == (piece.start, piece.end)), None)

    def without(self, piece: Piece) -> str:
        """The text with one piece taken out."""
        return " ".join(f"{self.text[: piece.start]} {self.text[piece.end :]}".split())


def with_nearest(message: str, near: str, known: Collection[str]) -> str:
    """Add to a message what of ``known`` is written nearly as ``near``."""
    found = get_close_matches(near.lower(), list(known), n=_NEAREST)
    return f"{message}. Did you mean {' or '.join(found)}?" if found else message


def nodes(tree: Node | None) -> list[Node]:
    """Return a tree's nodes, itself first."""
    if tree is None:
        return []
    if isinstance(tree, Without):
        return [tree, *nodes(tree.of)]
    inner = tree.of if isinstance(tree, Every | Either) else ()
    return [tree, *(node for one in inner for node in nodes(one))]


def written(name: str, value: str) -> str:
    """Write a field with one value so that it is read as that, whatever is in the value."""
    if re.search(r'[\s,()"“„”]', value):
        return f'{name}:"{value.replace(chr(34), chr(39))}"'
    return f"{name}:{value}"


def parse(text: str, names: Collection[str], whole: Collection[str] = ()) -> Parsed:
    """Read a search; ``names`` are the fields there are, the values of ``whole`` are not split at commas."""
    return _Reader(text.replace("\0", " "), names, whole).parsed()  # no database keeps it


@dataclass
class _Reader:
    text: str
    names: Collection[str]
    whole: Collection[str]
    at: int = 0
    #: How many brackets and minuses it is in, and how many brackets.
    depth: int = 0
    groups: int = 0
    terms: int = 0
    #: Whether it was too long or too deep, and the rest was left out.
    is_cut: bool = False
    mistakes: list[Mistake] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.end = min(len(self.text), MOST_CHARACTERS)

    def parsed(self) -> Parsed:
        tree, pieces = self._either()
        beyond = Piece(start=self.end, end=len(self.text))
        if beyond.start < beyond.end:
            self._mistake(beyond, f"A search may have {MOST_CHARACTERS:,} characters; the rest was left out")
            pieces.append(beyond)
        return Parsed(text=self.text, tree=tree, mistakes=tuple(self.mistakes), pieces=tuple(pieces))

    def _either(self) -> tuple[Node | None, list[Piece]]:
        start, sides, ors = self.at, [self._all()], []
        while self._space() and (found := _OR.match(self.text, self.at, self.end)):
            ors.append(Piece(start=found.start(), end=found.end()))
            self.at = found.end()
            sides.append(self._all())
        for number, one in enumerate(ors):
            if not (sides[number][1] and sides[number + 1][1]):
                self._mistake(one, 'or stands between two terms; to look for the word, write "or"')
        filled = [side for side in sides if side[1]]
        pieces = filled[0][1] if len(filled) == 1 else []
        if ors:
            pieces = [*pieces, *ors] if len(filled) < 2 else [Piece(start=start, end=self.at)]
        return self._joined(Either, [node for node, _ in filled if node is not None], start), pieces

    def _all(self) -> tuple[Node | None, list[Piece]]:
        start, found, pieces = self.at, [], []
        while self._space() and not self._ends_group() and not _OR.match(self.text, self.at, self.end):
            begun = self.at
            if (node := self._term()) is not None:
                found.append(node)
            pieces.append(Piece(start=begun, end=self.at))
        return self._joined(Every, found, start), pieces

    def _joined(self, kind: type[Every | Either], found: list[Node], start: int) -> Node | None:
        if len(found) > 1:
            return kind(of=tuple(found), start=start, end=self.at)
        return found[0] if found else None

    def _term(self) -> Node | None:
        self.terms += 1
        if self.terms > MOST_TERMS:
            self._cut(_TOO_MANY)
            return None
        if self.depth >= MOST_DEPTH and self.text[self.at] in "-(":
            self._cut(f"A search may be {MOST_DEPTH} brackets deep; the rest was left out")
            return None
        follower = self.text[self.at + 1 : self.end][:1]
        if self.text[self.at] == "-" and follower.strip() and follower != ")":
            return self._within(self._negated)
        if self.text[self.at] == "(":
            return self._within(self._group)
        found = _NAME.match(self.text, self.at, self.end)
        return self._words() if found is None else self._named(found)

    def _within(self, read: _Read) -> Node | None:
        self.depth += 1
        try:
            return read()
        finally:
            self.depth -= 1

    def _negated(self) -> Node | None:
        start = self.at
        self.at += 1
        inner = self._term()
        return None if inner is None else Without(of=inner, start=start, end=self.at)

    def _group(self) -> Node | None:
        bracket = Piece(start=self.at, end=self.at + 1)
        self.at += 1
        self.groups += 1
        tree, pieces = self._either()
        self.groups -= 1
        if self.at < self.end:
            self.at += 1
        elif not self.is_cut:
            self._mistake(bracket, "This bracket is not closed; it was read as if it were at the end")
        if not pieces:
            self._mistake(bracket, "There is nothing between these brackets")
        return tree

    def _named(self, found: re.Match[str]) -> Node | None:
        start, name = self.at, found[1].lower()
        rest = self.text[found.end() : self.end]
        is_known = name in self.names
        if not is_known and (not rest[:1].strip() or rest.startswith("//")):
            return self._words()
        self.at = found.end()
        values = self._values(splits=name not in self.whole)
        if not is_known:
            place = Piece(start=start, end=found.end() - 1)
            message = f"The search knows no {found[1]}:. To look for the words, write them in quotes"
            self._mistake(place, message, name, self.names)
            return None
        filled = tuple(value for value in values if value.text)
        if not filled:
            self._mistake(Piece(start=start, end=self.at), f"{name}: needs a value")
            return None
        return Named(name=name, values=filled, start=start, end=self.at)

    def _values(self, *, splits: bool) -> list[Words]:
        found = [self._value(splits=splits)]
        while splits and self.text[self.at : self.end][:1] == ",":
            self.terms += 1
            if self.terms > MOST_TERMS:
                self._cut(_TOO_MANY)
                break
            self.at += 1
            found.append(self._value(splits=splits))
        return found

    def _value(self, *, splits: bool) -> Words:
        return self._quoted() or self._bare("," if splits else "")

    def _words(self) -> Node:
        return self._quoted() or self._bare()

    def _quoted(self) -> Words | None:
        """Read what stands in quotes; None where none begins here, or it does not end."""
        start = self.at
        if start >= self.end or self.text[start] not in _OPENING:
            return None
        closing = next((at for at in range(start + 1, self.end) if self.text[at] in _CLOSING), None)
        text = "" if closing is None else " ".join(self.text[start + 1 : closing].split())
        if closing is None or not text:
            return None
        self.at = closing + 1
        return Words(text=text, is_quoted=True, start=start, end=self.at)

    def _bare(self, until: str = "") -> Words:
        """Read until a space, a character of ``until``, or the bracket that ends a group."""
        start, inner = self.at, 0
        while self.at < self.end:
            one = self.text[self.at]
            if one.isspace() or one in until or (one == ")" and not inner and self.groups):
                break
            inner += {"(": 1, ")": -1}.get(one, 0) if inner or one == "(" else 0
            self.at += 1
        return Words(text=self.text[start : self.at], start=start, end=self.at)

    def _space(self) -> bool:
        """Pass over spaces; say whether anything is left."""
        while self.at < self.end and self.text[self.at].isspace():
            self.at += 1
        return self.at < self.end

    def _ends_group(self) -> bool:
        return bool(self.groups) and self.text[self.at] == ")"

    def _cut(self, message: str) -> None:
        rest = Piece(start=self.at, end=self.end)
        self.at, self.is_cut = self.end, True
        self._mistake(rest, message)

    def _mistake(self, piece: Piece, message: str, near: str = "", known: Collection[str] = ()) -> None:
        self.mistakes.append(Mistake.at(piece, message, near, known))
