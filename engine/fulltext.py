"""What of a text is found by which words: the one analyser of searches, the same on every database.

A text is a row of tokens, of letters and digits alone. Capitals, accents and forms of Unicode make no
difference. ä, ö, ü and ß are ae, oe, ue and ss, and found by a, o and u as well. Chinese, Japanese and Korean
have no spaces: every two characters that follow one another are a token, and the last one is.
Whatever is neither letter nor digit parts words, so that an address is found by each of its parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, TypeAlias
from unicodedata import category, normalize

from engine.budgets import CHARACTERS_OF_A_SEARCHED_TEXT

#: Of longer words the beginning counts.
_LONGEST_TOKEN = 64
#: A long text is looked through in parts of about so many characters, which end between words.
_PART = 4000
_WORD = re.compile(r"[^\W_]+")
_HAN = "々\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(f"[{_HAN}]+|[^{_HAN}]+")
_IS_HAN = re.compile(f"[{_HAN}]")
#: A word as somebody wrote it, with accents of its own.
_WRITTEN = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "æ": "ae", "œ": "oe"})
_BY_LETTER = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe"})
#: They tell one syllable of Japanese from another.
_KEPT_MARKS = frozenset("\u3099\u309a")
#: Stands between the tokens of a text and another spelling of it, so that no phrase goes across.
_END = "."
_SPACE = re.compile(r"\s+")
_AROUND = 60


class Rank(IntEnum):
    """What a text is, what counts most first."""

    TITLE = 0
    BUNDLE_TITLE = 1
    DESCRIPTION = 2
    WAITING_FOR = 3
    REASON = 4
    DELIVERABLE = 5
    FEEDBACK = 6
    COMMENT = 7
    NOTE = 8
    PROOF = 9
    STEP = 10
    FILE = 11

    @property
    def words(self) -> str:
        """How people call it."""
        return self.name.lower().replace("_", " ")


#: Rank and number of a part.
Key: TypeAlias = tuple[int, int]


class Told(NamedTuple):
    """Something that a record says, to be found by its words."""

    rank: Rank
    #: The id of what is found by it.
    owner: str
    text: str


class FileText(NamedTuple):
    """What a kept file says."""

    text: str
    #: Why some of it, or all, was not read, in words; empty where nothing is missing.
    unread: str = ""


NO_TEXT = FileText("")


class Piece(NamedTuple):
    """A part of what a record says, as a store keeps it."""

    #: The record that says it, the rank and the number of the part: a piece's key.
    source: str
    rank: int
    part: int
    owner: str
    #: The workspace.
    realm: str
    text: str
    #: The tokens, each between spaces.
    tokens: str


@dataclass(frozen=True)
class Sought:
    """A word or phrase that is looked for."""

    tokens: tuple[str, ...]
    #: Whether the last token must be a whole word; else words that begin with it count too.
    is_whole: bool = False

    @property
    def text(self) -> str:
        """How ``Piece.tokens`` of a piece with a hit holds it."""
        return f" {' '.join(self.tokens)}{' ' if self.is_whole else ''}"


class Marked(NamedTuple):
    """A stretch of a text; whether it is a hit."""

    text: str
    is_hit: bool


def sought(text: str, *, is_whole: bool = False) -> Sought | None:
    """Return what is looked for by a word or phrase; None where it has no letter and no digit."""
    tokens = _split(_folded(text, _SPELLED_OUT))
    is_han = bool(tokens and _IS_HAN.match(tokens[-1]))
    if is_han and len(tokens) > 1 and len(tokens[-1]) == 1 and len(tokens[-2]) == 2:
        tokens.pop()  # here it is the last of the characters that follow one another, elsewhere perhaps not
    return Sought(tuple(tokens), is_whole and not is_han) if tokens else None


def analysed(text: str) -> str:
    """Return the tokens of a text, each between spaces; empty where it has none."""
    tokens = _split(_folded(text, _SPELLED_OUT))
    if not text.isascii():
        by_letter = _split(_folded(text, _BY_LETTER))
        if by_letter != tokens:
            tokens += [_END, *by_letter]
    return f" {' '.join(tokens)} " if tokens else ""


def pieces(source: str, realm: str, told: Iterable[Told]) -> dict[Key, Piece]:
    """Return what is kept of what a record says, by rank and part; what has no words is left out."""
    return {
        (rank, part): Piece(source, int(rank), part, owner, realm, one, tokens)
        for rank, owner, text in told
        for part, one in enumerate(_parts(text[:CHARACTERS_OF_A_SEARCHED_TEXT]))
        if (tokens := analysed(one))
    }


def changed(was: Mapping[Key, Piece], now: Mapping[Key, Piece]) -> Iterator[Piece]:
    """Give the pieces that are to be written: what is new or another, and, without words, what is gone."""
    yield from (piece for key, piece in now.items() if was.get(key) != piece)
    yield from (piece._replace(text="", tokens="") for key, piece in was.items() if key not in now)


def excerpt(text: str, wanted: Sequence[Sought]) -> list[Marked]:
    """Return the first hit in its sentence: about 120 characters, with every hit in them told apart."""
    words = [(found.span(), _split(_folded(found[0], _SPELLED_OUT))) for found in _WRITTEN.finditer(text)]
    other = [(found.span(), _split(_folded(found[0], _BY_LETTER))) for found in _WRITTEN.finditer(text)]
    hits = sorted({hit for one in wanted for told in (words, other) for hit in _hits(text, told, one)})
    first = hits[0][0] if hits else 0
    start, end = _window(text, first)
    shown = [Marked("…", is_hit=False)] if start else []
    at = start
    for begin, finish in hits:
        if begin >= at and finish <= end:
            shown += [Marked(text[at:begin], is_hit=False), Marked(text[begin:finish], is_hit=True)]
            at = finish
    shown += [Marked(text[at:end], is_hit=False), Marked("…" if end < len(text) else "", is_hit=False)]
    return [Marked(_SPACE.sub(" ", one.text), one.is_hit) for one in shown if one.text]


def _hits(
    text: str, words: Sequence[tuple[tuple[int, int], list[str]]], wanted: Sought
) -> Iterator[tuple[int, int]]:
    """Give where each word of a hit stands."""
    tokens = [(token, span) for span, found in words for token in found]
    count = len(wanted.tokens)
    for at in range(len(tokens) - count + 1):
        *inner, last = [token for token, _ in tokens[at : at + count]]
        if tuple(inner) == wanted.tokens[:-1] and (
            last == wanted.tokens[-1] if wanted.is_whole else last.startswith(wanted.tokens[-1])
        ):
            for place, (_, (begin, end)) in enumerate(tokens[at : at + count]):
                # Of a word without spaces round it, the characters alone.
                inside = text.find(wanted.tokens[place], begin, end) if end - begin > 2 else -1
                is_han = inside >= 0 and _IS_HAN.match(wanted.tokens[place])
                yield (inside, inside + len(wanted.tokens[place])) if is_han else (begin, end)


def _window(text: str, at: int) -> tuple[int, int]:
    """Return where the stretch round a place begins and ends, between words where there are any."""
    start, end = max(0, at - _AROUND), min(len(text), at + _AROUND)
    if start and (space := text.find(" ", start, at)) >= 0:
        start = space + 1
    if end < len(text) and (space := text.rfind(" ", at + 1, end)) >= 0:
        end = space
    return start, end


def _folded(text: str, spelling: dict[int, str]) -> str:
    """Return a text as it is compared."""
    if text.isascii():
        return text.lower()
    plain = normalize("NFKC", normalize("NFKC", text).casefold()).translate(spelling)
    letters = (one for one in normalize("NFD", plain) if category(one)[0] != "M" or one in _KEPT_MARKS)
    return normalize("NFC", "".join(letters))


def _split(folded: str) -> list[str]:
    """Return the tokens of a text that is folded."""
    words = _WORD.findall(folded)
    if folded.isascii():
        return [word[:_LONGEST_TOKEN] for word in words]
    return [token for word in words for run in _RUN.findall(word) for token in _tokens(run)]


def _tokens(run: str) -> Iterator[str]:
    if _IS_HAN.match(run):
        yield from (run[at : at + 2] for at in range(len(run)))
    else:
        yield run[:_LONGEST_TOKEN]


def _parts(text: str) -> Iterator[str]:
    """Part a text between lines, else between words."""
    while len(text) > _PART:
        half = _PART // 2
        at = max(text.rfind("\n", half, _PART), -1)
        if at < 0:
            at = text.rfind(" ", half, _PART)
        at = _PART if at < 0 else at + 1
        yield text[:at]
        text = text[at:]
    yield text
