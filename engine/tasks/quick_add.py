"""Quick add: reads a task from one line, such as ``call Ana tomorrow 15:00 !high #tax @ben``; pure.

A line is words between spaces. These are read, capitals aside; everything else is the title:

- a day: ``today``, ``tomorrow``; a weekday (``friday``, ``fri``), the next one after today; ``in 3 days``,
  ``in 2 weeks``; ``2026-12-01``; ``1 Dec``, ``1 December``, the next one from today on, or ``1 Dec 2027``;
  ``next week``, its Monday; ``next friday``, that of next week. ``by`` before it belongs to it, and so does
  ``on`` before a weekday or a date. A time after it, as ``15:00``, ``3pm`` or ``at 15:00``, makes it a
  deadline in ``zone``.
- ``!low``, ``!medium``, ``!high``, ``!critical``: the priority. ``!normal``, ``!soon``, ``!urgent``,
  ``!immediate``: the urgency.
- ``#tax``: a tag. ``#46`` is a task's number, and stays in the title.
- ``@ben``: who does it, by their short name.

Of several days, priorities, urgencies or people the last counts; those before it stay in the title. What
stands in ``"quotes"`` is never read; the quotes go where they hold nothing but a piece that they keep.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from engine.errors import BadRequestError
from engine.record import stored
from engine.tasks import dates
from engine.tasks.vocabulary import Priority, Urgency

#: Words in quotes are one word, which with its quotes is none of those that are read.
_WORD = re.compile(r'"[^"]+"\S*|\S+')
_QUOTED = re.compile(r'"([^"]+)"')
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_HALF_DAY_TIME = re.compile(r"(0?[1-9]|1[0-2])(?::([0-5]\d))?([ap])m", re.ASCII)
_ISO_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_DAY_OF_MONTH = re.compile(r"[0-3]?\d", re.ASCII)
_YEAR = re.compile(r"[1-9]\d{3}", re.ASCII)
_COUNT = re.compile(r"\d{1,4}", re.ASCII)
_MARK = re.compile(r"!([A-Za-z]+)")
_TAG = re.compile(r"#(?=.*[^\W\d])(\w(?:[\w./-]{0,98}\w)?)")
_PERSON = re.compile(r"@([A-Za-z][A-Za-z0-9_]*)")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
#: Before these "on" may belong to what is done: "carry on tomorrow".
_NEVER_ON = frozenset({"today", "tomorrow", "in", "next"})
_UNITS = {"day": 1, "days": 1, "week": 7, "weeks": 7}
_PRIORITIES = {item.value: item for item in Priority}
_URGENCIES = {item.value: item for item in Urgency}
#: A leap day may be eight years away.
_MOST_YEARS = 8
_OUTSIDE = "lies outside the years that can be kept"
_NO_SUCH_DAY = "is not in the calendar"


class Kind(StrEnum):
    """What a piece of the line says."""

    DAY = "day"
    PRIORITY = "priority"
    URGENCY = "urgency"
    TAG = "tag"
    PERSON = "person"


#: What one word of a line or several mean.
Meaning = date | datetime | Priority | Urgency | str


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of the line that was read as something else than title."""

    kind: Kind
    #: As it was written.
    text: str
    #: Where it begins and ends in the line.
    start: int
    end: int
    #: A day, a UTC moment, a priority, an urgency, a tag, or the short name of a person; None for a mistake.
    means: Meaning | None
    #: Of a person their name, for who reads it.
    words: str = ""
    #: Why it cannot be, to follow its text; empty where it can.
    mistake: str = ""


@dataclass(frozen=True, kw_only=True)
class Understood:
    """What a line says."""

    line: str
    #: What is left of the line.
    title: str
    #: The rest of it, in its order.
    pieces: tuple[Piece, ...]

    @property
    def mistakes(self) -> list[Piece]:
        """Return the pieces that cannot be."""
        return [piece for piece in self.pieces if piece.mistake]

    def values(self) -> dict[str, Any]:
        """Give what it says by the fields of a new task; what it does not say is not there."""
        said: dict[str, Any] = {"title": self.title} if self.title else {}
        for piece in self.pieces:
            if piece.means is None:
                continue
            if piece.kind is Kind.TAG:
                said["tags"] = [*said.get("tags", ()), piece.means]
            elif piece.kind is Kind.DAY:
                said["deadline" if isinstance(piece.means, datetime) else "due_date"] = piece.means
            else:
                said["assignee" if piece.kind is Kind.PERSON else piece.kind.value] = piece.means
        return said

    def as_json(self) -> dict[str, Any]:
        """Return what was understood as JSON data."""
        return {
            "title": self.title,
            "pieces": [
                {"kind": piece.kind, "text": piece.text, "means": stored(piece.means)}
                for piece in self.pieces
            ],
        }


def understand(line: str, *, today: date, zone: str, people: Mapping[str, str]) -> Understood:
    """Read a line: ``today`` is the workspace's, ``zone`` its time zone.

    ``people`` has the name of everybody who may be given a task, by the short names that may be written.
    """
    reader = _Reader(line, today, zone, people)
    pieces = reader.counting()
    return Understood(line=line, title=reader.title(pieces), pieces=tuple(pieces))


def as_text(line: str, piece: Piece) -> str:
    """Return the line with a piece in quotes, so that it is part of the title."""
    return f'{line[: piece.start]}"{piece.text}"{line[piece.end :]}'


@dataclass(frozen=True)
class _Word:
    text: str
    start: int
    end: int

    @property
    def quoted(self) -> str:
        """What the quotes hold, where the word has nothing but them."""
        found = _QUOTED.fullmatch(self.text)
        return found[1] if found else ""


@dataclass(frozen=True)
class _Reader:
    line: str
    today: date
    zone: str
    people: Mapping[str, str]

    def counting(self) -> list[Piece]:
        """Return the pieces that count: all tags, and of each other kind the last."""
        found = list(self.pieces())
        last = {piece.kind: piece for piece in found}
        return [piece for piece in found if piece.kind is Kind.TAG or piece is last[piece.kind]]

    def title(self, pieces: Sequence[Piece]) -> str:
        """Return the words that belong to none of the pieces."""
        left = [
            self._unquoted(word)
            for word in self._words()
            if not any(piece.start <= word.start < piece.end for piece in pieces)
        ]
        return " ".join(" ".join(left).split())

    def pieces(self) -> Iterator[Piece]:
        """Yield everything that can be read, from left to right."""
        words = self._words()
        place = 0
        while place < len(words):
            count, piece = self._piece(words[place:])
            if piece is not None:
                yield piece
            place += count

    def _words(self) -> list[_Word]:
        return [_Word(found[0], *found.span()) for found in _WORD.finditer(self.line)]

    def _unquoted(self, word: _Word) -> str:
        inside = word.quoted
        kept = list(_Reader(inside, self.today, self.zone, self.people).pieces()) if inside else []
        return inside if len(kept) == 1 and kept[0].text == inside else word.text

    def _piece(self, words: Sequence[_Word]) -> tuple[int, Piece | None]:
        """Return how many words belong together, and what they say."""
        texts = [word.text.lower() for word in words[:6]]
        count, day, mistake = _day(texts, self.today)
        if count:
            taken, clock = _time(texts[count:])
            return count + taken, self._dated(words[: count + taken], day, clock, mistake)
        return 1, self._marked(words[0])

    def _dated(self, words: Sequence[_Word], day: date | None, clock: time | None, mistake: str) -> Piece:
        means: Meaning | None = day
        try:
            if day is not None and clock is not None:
                means = dates.read_moment(datetime.combine(day, clock), "deadline", self.zone)
            elif day is not None:
                dates.deadline_of(day, None, self.zone)
        except BadRequestError:
            means, mistake = None, _OUTSIDE
        return self._of(words, Kind.DAY, means, mistake)

    def _marked(self, word: _Word) -> Piece | None:
        if found := _TAG.fullmatch(word.text):
            return self._of([word], Kind.TAG, found[1])
        if found := _MARK.fullmatch(word.text):
            said = found[1].lower()
            if said in _URGENCIES:
                return self._of([word], Kind.URGENCY, _URGENCIES[said])
            mistake = "" if said in _PRIORITIES else _no_mark(said)
            return self._of([word], Kind.PRIORITY, _PRIORITIES.get(said), mistake)
        if found := _PERSON.fullmatch(word.text):
            name = found[1].lower()
            if name in self.people:
                return self._of([word], Kind.PERSON, name, words=self.people[name])
            return self._of([word], Kind.PERSON, None, self._nobody(name))
        return None

    def _nobody(self, name: str) -> str:
        close = difflib.get_close_matches(name, self.people, n=3, cutoff=0.5)
        them = ", ".join(f"@{key}, {self.people[key]}" for key in close)
        return f"is nobody who can be given a task{f' (nearest: {them})' if them else ''}"

    def _of(
        self, said: Sequence[_Word], kind: Kind, means: Meaning | None, mistake: str = "", words: str = ""
    ) -> Piece:
        start, end = said[0].start, said[-1].end
        return Piece(
            kind=kind,
            text=self.line[start:end],
            start=start,
            end=end,
            means=means,
            mistake=mistake,
            words=words,
        )


def _no_mark(word: str) -> str:
    """Say that ``!word`` is neither a priority nor an urgency, and which are near."""
    known = (*_PRIORITIES, *_URGENCIES)
    near = difflib.get_close_matches(word, known, n=2, cutoff=0.5) or known
    return f"is neither a priority nor an urgency (nearest: {', '.join(f'!{name}' for name in near)})"


#: How many words say a day, which, and why there is none such; no words where they say no day.
_Day = tuple[int, date | None, str]
_NO_DAY: _Day = (0, None, "")


def _day(texts: list[str], today: date) -> _Day:
    """Read the day that the words begin with, perhaps after ``by`` or ``on``."""
    if len(texts) > 1 and (texts[0] == "by" or (texts[0] == "on" and texts[1] not in _NEVER_ON)):
        count, day, mistake = _day_alone(texts[1:], today)
        return (count + 1, day, mistake) if count else _NO_DAY
    return _day_alone(texts, today)


def _day_alone(texts: list[str], today: date) -> _Day:
    readings = (read(texts, today) for read in (_named, _counted, _written, _of_month))
    return next((found for found in readings if found[0]), _NO_DAY)


def _named(texts: list[str], today: date) -> _Day:
    """Read ``today``, ``tomorrow``, ``next week``, a weekday, or that of next week."""
    if texts[0] in ("today", "tomorrow"):
        return _later(1, today, int(texts[0] == "tomorrow"))
    if texts[:2] == ["next", "week"]:
        return _later(2, today, 7 - today.weekday())
    is_next = texts[0] == "next" and len(texts) > 1
    for number, name in enumerate(_WEEKDAYS):
        if texts[is_next] in (name, name[:3]):
            days = 7 - today.weekday() + number if is_next else (number - today.weekday() - 1) % 7 + 1
            return _later(1 + is_next, today, days)
    return _NO_DAY


def _counted(texts: Sequence[str], today: date) -> _Day:
    """Read ``in 3 days`` or ``in 2 weeks``."""
    if len(texts) < 3 or texts[0] != "in" or not _COUNT.fullmatch(texts[1]) or texts[2] not in _UNITS:
        return _NO_DAY
    return _later(3, today, int(texts[1]) * _UNITS[texts[2]])


def _later(count: int, today: date, days: int) -> _Day:
    try:
        return count, today + timedelta(days=days), ""
    except OverflowError:
        return count, None, _OUTSIDE


def _written(texts: Sequence[str], _today: date) -> _Day:
    """Read ``2026-12-01``."""
    found = _ISO_DAY.fullmatch(texts[0])
    if found is None:
        return _NO_DAY
    day = _find_day(int(found[1]), int(found[2]), int(found[3]))
    return 1, day, "" if day else _NO_SUCH_DAY


def _of_month(texts: Sequence[str], today: date) -> _Day:
    """Read ``1 Dec`` or ``1 Dec 2027``."""
    if len(texts) < 2 or not _DAY_OF_MONTH.fullmatch(texts[0]):
        return _NO_DAY
    month = next((place for place, name in enumerate(_MONTHS, 1) if texts[1] in (name, name[:3])), None)
    if month is None:
        return _NO_DAY
    if len(texts) > 2 and _YEAR.fullmatch(texts[2]):
        day = _find_day(int(texts[2]), month, int(texts[0]))
        return 3, day, "" if day else _NO_SUCH_DAY
    years = range(today.year, today.year + _MOST_YEARS + 1)
    coming = (day for year in years if (day := _find_day(year, month, int(texts[0]))) and day >= today)
    found = next(coming, None)
    return 2, found, "" if found else _NO_SUCH_DAY


def _find_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _time(texts: Sequence[str]) -> tuple[int, time | None]:
    """Read a time of day that the words begin with, perhaps after ``at``; how many words it takes."""
    at = int(bool(texts) and texts[0] == "at")
    said = texts[at] if len(texts) > at else ""
    if found := _TIME.fullmatch(said):
        return at + 1, time(int(found[1]), int(found[2]))
    if found := _HALF_DAY_TIME.fullmatch(said):
        return at + 1, time(int(found[1]) % 12 + 12 * (found[3] == "p"), int(found[2] or 0))
    return 0, None
