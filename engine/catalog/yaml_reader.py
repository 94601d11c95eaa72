"""Strict YAML: plain data with the line and column of every value (content-format.md).

Only ``true`` and ``false`` are booleans, only JSON numbers are numbers, everything else is
text: ``NO``, ``12:30``, ``007`` and ``2026-01-31`` stay what the author typed. Duplicate keys,
tags and a second document are refused. Nothing in a file can name a Python object: the parser's
events are turned into plain data here, without any constructor of the YAML library.

One parser reads all content, libyaml: PyYAML's own refuses what that reads (`{title: Is it planned?}`), so a
file would be right on one machine and wrong on another (R9).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from engine.budgets import (
    ANCHORS_OF_CONTENT_FILE,
    BYTES_OF_CONTENT_FILE,
    LEVELS_OF_CONTENT_FILE,
    VALUES_OF_CONTENT_FILE,
)
from engine.catalog.problems import Problem, ProblemCode, problem
from engine.errors import UnavailableError
from engine.inputs import HIDDEN, TURNING
from engine.record import UNSTORABLE

Path = tuple[str | int, ...]
Place = tuple[int, int]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_BEGINS_A_NUMBER = frozenset("-0123456789")
_LARGEST_INTEGER = 2**63 - 1
#: How the second half of a text begins that was cut at a comma.
_GOES_ON = re.compile(r"(and|although|because|but|nor|or|so|then|though|which|who|yet) ")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass
class YamlDocument:
    """The data of one file, and where each value stands."""

    file: str
    data: Any = None
    places: dict[Path, Place] = field(default_factory=dict)
    #: The last line of each value that goes on below the line it begins on.
    last_lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    #: What stands behind a comma inside ``[...]`` or ``{...}`` and looks like the rest of the text before it.
    rests: list[Path] = field(default_factory=list)

    def at(self, path: Path) -> Place:
        """Return line and column, from 1, of the value at ``path`` or of its nearest parent.

        For a field it is the place of the field's name, for a list entry its first character.
        """
        for length in range(len(path), -1, -1):
            if place := self.places.get(path[:length]):
                return place
        return (1, 1)

    def lines(self, path: Path) -> tuple[int, int]:
        """Return the first and the last line of the value at ``path``, blank ones behind it included."""
        first = self.at(path)[0]
        return first, max(first, self.last_lines.get(path, first))

    def report(self, code: ProblemCode, path: Path, message: str, hint: str = "") -> Problem:
        """Return a problem at the place of ``path``."""
        return problem(code, self.file, self.at(path), message, hint)


class _RefusedError(Exception):
    """Reading stops at this problem."""

    def __init__(self, found: Problem) -> None:
        super().__init__(found.message)
        self.found = found


def decode(raw: bytes, file: str) -> str | Problem:
    """Return the text of a content file, or the problem that keeps it from being text."""
    if len(raw) > BYTES_OF_CONTENT_FILE:
        return problem(
            ProblemCode.FILE_TOO_LARGE,
            file,
            message=f"The file has {len(raw)} bytes; {BYTES_OF_CONTENT_FILE} are allowed.",
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        message = f"Byte 0x{raw[error.start]:02x} is not UTF-8."
        return problem(ProblemCode.UNREADABLE_FILE, file, (line, column), message, "Save the file as UTF-8.")
    if not text.strip():
        return problem(ProblemCode.EMPTY_FILE, file, message="The file is empty.")
    return text


def read_yaml(raw: bytes, file: str) -> YamlDocument:
    """Return the mapping in ``raw`` with its places; problems instead of data where it is none."""
    text = decode(raw, file)
    if isinstance(text, Problem):
        return YamlDocument(file, problems=[text])
    document = read_yaml_text(text, file)
    if not document.problems and not isinstance(document.data, dict):
        kind = "nothing but comments" if document.data is None else f"a {type(document.data).__name__}"
        code = ProblemCode.EMPTY_FILE if document.data is None else ProblemCode.WRONG_TYPE
        document.problems.append(
            problem(
                code, file, document.at(()), f"The file holds {kind}; fields (name: value) were expected."
            )
        )
    return document


def read_yaml_text(text: str, file: str, first_line: int = 1) -> YamlDocument:
    """Return any YAML value with its places; ``first_line`` is the line at which ``text`` begins."""
    document = YamlDocument(file)
    try:
        reader = _Reader(document, yaml.parse(text, Loader=_loader()), first_line - 1)
        document.data = reader.read()
    except _RefusedError as refusal:
        document.problems.append(refusal.found)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + first_line, mark.column + 1) if mark else (first_line, 1)
        message = " ".join(part for part in (error.context, error.problem) if part)
        document.problems.append(
            problem(
                ProblemCode.INVALID_YAML, file, place, f"This is not YAML: {message}.", _hint_for(message)
            )
        )
    except (yaml.YAMLError, ValueError) as error:
        message = str(error).split("\n", 1)[0]
        place = _first_odd_character(text, first_line)
        document.problems.append(
            problem(ProblemCode.INVALID_YAML, file, place, f"This is not YAML: {message}.")
        )
    if document.problems:
        document.data = None
    return document


def _loader() -> Any:
    """Return libyaml's parser.

    Raises:
        UnavailableError: PyYAML was installed without it.
    """
    found = getattr(yaml, "CSafeLoader", None)
    if found is None:
        raise UnavailableError(
            "PyYAML was installed without libyaml, which reads all content. Install it again from a wheel: "
            "`pip install --force-reinstall --only-binary :all: pyyaml`."
        )
    return found


def _hint_for(message: str) -> str:
    if "mapping values are not allowed" in message:
        return "Put the text in quotes if it contains a colon."
    if "while parsing a flow" in message:
        return "Inside {...} and [...], put a text in quotes if it contains a colon, a comma or a bracket."
    if "tab character" in message:
        return "Indent with spaces."
    if "cannot start any token" in message:
        return "Indent with spaces, and quote text that begins with a special character."
    return ""


def _first_odd_character(text: str, first_line: int) -> Place:
    for number, line in enumerate(text.split("\n")):
        for column, character in enumerate(line):
            if not (character.isprintable() or character in "\t\r\u00a0\ufeff"):
                return (number + first_line, column + 1)
    return (first_line, 1)


def _is_plain(event: Any) -> bool:
    """Whether it is a text without quotes."""
    return isinstance(event, yaml.ScalarEvent) and event.implicit[0]


def _goes_on(text: str, after: str) -> bool:
    """Whether two entries look like one text, because the second begins as no text of its own would."""
    if " " not in after:
        return False
    return bool(_GOES_ON.match(after)) or (" " in text and text[0].isupper() and after[0].islower())


class _Reader:
    """Builds plain data from the events of one YAML text."""

    def __init__(self, document: YamlDocument, events: Iterator[Any], skipped_lines: int) -> None:
        self._document = document
        self._events = events
        self._skipped = skipped_lines
        self._nodes = 0
        #: anchor -> (data, its places and its last lines relative to it, its number of nodes)
        self._anchors: dict[str, tuple[Any, dict[Path, Place], dict[Path, int], int]] = {}

    def read(self) -> Any:
        """Return the one document's data; None where there is only a comment."""
        data = None
        seen = False
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if seen:
                    raise self._refusal(
                        ProblemCode.INVALID_YAML, event, "A file holds one document; here a second begins."
                    )
                seen = True
                data = self._node(next(self._events), ())
        return data

    def _node(self, event: Any, path: Path) -> Any:
        self._count(event, 1, len(path))
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path)
        if event.tag is not None:
            raise self._refusal(ProblemCode.INVALID_YAML, event, f"Tags such as {event.tag} are not allowed.")
        places = self._document.places
        if path not in places:
            places[path] = self._place(event)
        before = self._nodes
        value: Any
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
            self._note_last_line(event, path)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(path, in_brackets=bool(event.flow_style))
        else:
            value = self._mapping(path, in_brackets=bool(event.flow_style))
        if event.anchor:
            if len(self._anchors) >= ANCHORS_OF_CONTENT_FILE:
                raise self._refusal(
                    ProblemCode.FILE_TOO_LARGE, event, f"More than {ANCHORS_OF_CONTENT_FILE} anchors."
                )
            size = len(path)
            inner = {p[size:]: at for p, at in self._document.places.items() if p[:size] == path}
            ends = {p[size:]: at for p, at in self._document.last_lines.items() if p[:size] == path}
            self._anchors[event.anchor] = (value, inner, ends, self._nodes - before + 1)
        return value

    def _sequence(self, path: Path, *, in_brackets: bool) -> list[Any]:
        items: list[Any] = []
        before: Any = None
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            place = (*path, len(items))
            are_plain = in_brackets and _is_plain(before) and _is_plain(event)
            if are_plain and _goes_on(before.value, event.value):
                self._document.rests.append(place)
            items.append(self._node(event, place))
            before = event
        return items

    def _mapping(self, path: Path, *, in_brackets: bool) -> dict[str, Any]:
        items: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event)
            inner = (*path, key)
            if key in items:
                first = self._document.places[inner][0]
                raise self._refusal(
                    ProblemCode.DUPLICATE_KEY,
                    event,
                    f"{key} is written twice; the first is on line {first}.",
                    "Keep one of them.",
                )
            self._document.places[inner] = self._place(event)
            value = next(self._events)
            has_none = _is_plain(event) and _is_plain(value) and not value.value
            if in_brackets and items and " " in key and has_none:
                self._document.rests.append(inner)
            items[key] = self._node(value, inner)
        return items

    def _key(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent) or event.tag is not None or not event.value:
            raise self._refusal(
                ProblemCode.INVALID_YAML,
                event,
                "A field's name must be plain text.",
                "Put the text in quotes if it begins with {{.",
            )
        if event.value == "<<":
            raise self._refusal(
                ProblemCode.INVALID_YAML, event, "Merge keys (<<) are not allowed; write the fields out."
            )
        self._count(event, 1, 0)
        return self._clean(event)

    def _alias(self, event: Any, path: Path) -> Any:
        if event.anchor not in self._anchors:
            raise self._refusal(
                ProblemCode.INVALID_YAML, event, f"*{event.anchor} names no finished anchor of this file."
            )
        value, inner, ends, size = self._anchors[event.anchor]
        self._count(event, size, len(path))
        for below, place in inner.items():
            self._document.places.setdefault(path + below, place)
        # The value itself stands where it is named again; what is in it, where it was written.
        self._document.last_lines |= {path + below: last for below, last in ends.items() if below}
        return value

    def _scalar(self, event: Any) -> Any:
        text = self._clean(event)
        if not event.implicit[0]:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if text[0] not in _BEGINS_A_NUMBER:
            return text
        if _INTEGER.fullmatch(text):
            if len(text) > 20 or abs(int(text)) > _LARGEST_INTEGER:
                raise self._refusal(
                    ProblemCode.INVALID_VALUE, event, "This number is too large.", "Quote it to make it text."
                )
            return int(text)
        if _FLOAT.fullmatch(text):
            number = float(text)
            if not math.isfinite(number):
                raise self._refusal(
                    ProblemCode.INVALID_VALUE, event, "This number is too large.", "Quote it to make it text."
                )
            return number
        return text

    def _clean(self, event: Any) -> str:
        value: str = event.value
        if value.isascii() and value.isprintable():
            return value  # as nearly all are
        if UNSTORABLE.search(value):
            raise self._refusal(
                ProblemCode.INVALID_YAML, event, "The text holds a character that cannot be stored."
            )
        if found := (TURNING if "\n" in value else HIDDEN).search(value):
            message = f"The text holds the invisible character U+{ord(found[0]):04X}."
            raise self._refusal(ProblemCode.INVALID_YAML, event, message, "Take it out.")
        return value

    def _count(self, event: Any, nodes: int, depth: int) -> None:
        self._nodes += nodes
        if self._nodes > VALUES_OF_CONTENT_FILE or depth > LEVELS_OF_CONTENT_FILE:
            most = f"{VALUES_OF_CONTENT_FILE} values or {LEVELS_OF_CONTENT_FILE} levels"
            message = f"The file has more than {most}, aliases counted in full."
            raise self._refusal(ProblemCode.FILE_TOO_LARGE, event, message)

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        return (mark.line + 1 + self._skipped, mark.column + 1)

    def _note_last_line(self, event: Any, path: Path) -> None:
        end = event.end_mark
        # What is indented ends where the next line begins.
        last = end.line + self._skipped + (1 if end.column else 0)
        if last > self._document.places[path][0]:
            self._document.last_lines[path] = last

    def _refusal(self, code: ProblemCode, event: Any, message: str, hint: str = "") -> _RefusedError:
        return _RefusedError(problem(code, self._document.file, self._place(event), message, hint))
