"""What the fields of a search mean: which values each takes, and what a value asks for (LST-01 to LST-17).

A value becomes the fields of one ``TaskFilter``; what those find, ``engine.tasks.queries.conditions`` says.
The options of the command line and the lists of the board are read by the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeAlias

from engine.errors import BadRequestError, bad_field
from engine.fulltext import sought
from engine.inputs import whole_number
from engine.reference.models import Campaign, Employee, Partner
from engine.tasks import dates
from engine.tasks.filters import PARTS, QA_CHOICES, SORTS
from engine.tasks.search.language import with_nearest
from engine.tasks.states import ALIASES, TaskStatus, parse_status
from engine.tasks.vocabulary import Priority
from engine.transaction import Transaction

OPEN, EVERYTHING, NONE = "open", "all", "none"
_NOBODY = (NONE, "nobody")
_LATE = ("late", "overdue")
_S = TaskStatus
#: What ``is`` may ask for -> the fields of the filter.
_STATES: dict[str, dict[str, Any]] = {
    "open": {"open": True},
    "late": {"overdue": True},
    "mine": {"mine": True},
    "waiting": {"status": (_S.WAITING,)},
    # Lanes: what waits for another task is in that of the blocked ones (CNF-46).
    "free": {"lanes": (_S.PENDING, _S.QUEUED)},
    "stuck": {"lanes": (_S.BLOCKED, _S.HELP_NEEDED, _S.FAILED)},
}
#: Days that pages call by a word, counted from today.
_NEAR_DAYS = {"today": 0, "tomorrow": 1}
_LONGEST_DAYS = 3650
#: So many keys are compared with one that is not known.
_MOST_COMPARED = 500
_WHEN = re.compile(r"([<>]?)(.+)")
_YES_NO = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}

Kind: TypeAlias = type[Employee] | type[Campaign] | type[Partner]
#: Fields of a ``TaskFilter`` with what they ask for.
Asks: TypeAlias = dict[str, Any]


class Known:
    """The people, partners and campaigns that a search names, found together in one statement."""

    def __init__(self, tx: Transaction, named: Iterable[tuple[str, str]]) -> None:
        """Find them; ``named`` are names of fields with a value."""
        self.tx = tx
        self._keys: dict[Kind, list[str]] = {}
        wanted: dict[Kind, set[str]] = {}
        for name, value in named:
            if name in REFERENCES:
                wanted.setdefault(REFERENCES[name], set()).add(value)
        searches: list[tuple[Kind, dict[str, list[str]]]] = [
            (kind, {column: sorted(texts)})
            for kind, texts in wanted.items()
            for column in ("key", kind.spec.key[0])
        ]
        found = tx.find_together(*searches) if searches else []
        self._found = {
            (kind, getattr(record, column)): record
            for (kind, by), records in zip(searches, found, strict=True)
            for column in by
            for record in records
        }

    def find(self, kind: Kind, text: str) -> Employee | Campaign | Partner | None:
        """Return the record with that key or id; None where there is none."""
        return self._found.get((kind, text))

    def keys(self, kind: Kind) -> list[str]:
        """Return the first keys there are, to tell what may have been meant; they are asked for once."""
        if kind not in self._keys:
            self._keys[kind] = [record.key for record in self.tx.find(kind, limit=_MOST_COMPARED)]
        return self._keys[kind]


#: Reads a value of a field: what is known, the field's name, the value.
Read: TypeAlias = Callable[[Known, str, str], Asks]


@dataclass(frozen=True)
class Field:
    """One field of the language."""

    read: Read
    #: Its values, as far as they are words of the product.
    words: tuple[str, ...] = ()
    #: Whether its value is a whole: commas do not part it.
    is_whole: bool = False


def refused(name: str, text: str, what: str, known: Collection[str] = ()) -> BadRequestError:
    """Make the refusal of a value, with what of ``known`` is written nearly so."""
    return bad_field(name, with_nearest(f"{text!r} {what}", text, known), f"{name}: {text!r} {what}.")


# -- values --------------------------------------------------------------------------------


def _status(_known: Known, name: str, text: str) -> Asks:
    if text == OPEN:
        return {"open": True}
    if text == EVERYTHING:
        return {}
    try:
        return {"status": (parse_status(text),)}
    except BadRequestError as error:
        what = f"is not a status; use {', '.join(_STATUSES)}"
        raise refused(name, text, what, (*_STATUSES, *ALIASES)) from error


def _priority(_known: Known, name: str, text: str) -> Asks:
    if text not in list(Priority):
        raise refused(name, text, f"is not a priority; use {', '.join(Priority)}")
    return {"priority": (Priority(text),)}


def _assignee(known: Known, name: str, text: str) -> Asks:
    if text == "me":
        return {"mine": True}
    if text in _NOBODY:
        return {"unassigned": True}
    return _reference("assignee_id")(known, name, text)


def _reference(column: str) -> Read:
    def read(known: Known, name: str, text: str) -> Asks:
        if text == NONE:
            return {"lacks": (column,)}
        kind = REFERENCES[name]
        found = known.find(kind, text)
        if found is None:
            what = f"is not the key or id of {'an' if name == 'assignee' else 'a'} {name}"
            raise refused(name, text, what, known.keys(kind))
        return {column: found.record_id}

    return read


def _text(column: str, *, may_lack: bool = False) -> Read:
    def read(_known: Known, _name: str, text: str) -> Asks:
        return {"lacks": (column,)} if may_lack and text == NONE else {column: text}

    return read


def yes_or_no(column: str) -> Read:
    """Read yes or no, as forms and people say them."""

    def read(_known: Known, name: str, text: str) -> Asks:
        if text.lower() not in _YES_NO:
            raise refused(name, text, "must be true or false")
        return {column: _YES_NO[text.lower()]}

    return read


def _of(words: Mapping[str, Asks], what: str) -> Read:
    def read(_known: Known, name: str, text: str) -> Asks:
        if text not in words:
            raise refused(name, text, f"is not {what}; use {', '.join(words)}", words)
        return words[text]

    return read


def _due(known: Known, name: str, text: str) -> Asks:
    if text in _LATE:
        return {"overdue": True}
    if text == NONE:
        return {"lacks": ("deadline",)}
    after, before = _days(known.tx, name, text, _LATE)
    return _given(due_after=after, due_before=before)


def _scheduled(known: Known, name: str, text: str) -> Asks:
    if text == NONE:
        return {"lacks": ("scheduled_for",)}
    after, before = _days(known.tx, name, text)
    zone = known.tx.timezone
    return _given(
        scheduled_from=after and dates.end_of(after, zone),
        scheduled_before=before and dates.start_of(before, zone),
    )


def _given(**asks: Any) -> Asks:
    return {name: value for name, value in asks.items() if value is not None}


def _days(
    tx: Transaction, name: str, text: str, further: Iterable[str] = ()
) -> tuple[date | None, date | None]:
    """Return after and before which day: of a word that pages say, ``7d``, ``<7d``, ``>7d``, or a day.

    ``<7d`` is within seven days, that day included; ``<2026-12-01`` is before that day, ``today`` likewise.
    """
    sign, word = match.groups() if (match := _WHEN.fullmatch(text)) else ("", text)
    one_day = timedelta(days=1)
    number = whole_number(word.removesuffix("d"), 0, _LONGEST_DAYS)
    if number is not None:
        day = tx.today + timedelta(days=number)
        return (day, None) if sign == ">" else (None, day + one_day)
    if word in _NEAR_DAYS:
        day = tx.today + timedelta(days=_NEAR_DAYS[word])
    else:
        try:
            day = dates.read_day(word, name)
            dates.start_of(day - one_day, tx.timezone), dates.end_of(day + one_day, tx.timezone)
        except (BadRequestError, OverflowError) as error:
            words = (*further, *_NEAR_DAYS, "<7d", ">7d", "2026-12-01", NONE)
            what = f"is not a {name} filter; use {', '.join(words[:-1])} or {words[-1]}"
            raise refused(name, text, what, words) from error
    if sign:
        return (day, None) if sign == ">" else (None, day)
    return day - one_day, day + one_day


def text(_known: Known, name: str, text: str, *, is_whole: bool = False) -> Asks:
    """Read a word or phrase; of a phrase in quotes the last word is a whole one."""
    wanted = sought(text, is_whole=is_whole)
    if wanted is None:
        raise refused(name, text, "has no letter and no digit to look for")
    return {"words": (wanted,)}


def sort(_known: Known, name: str, text: str) -> Asks:
    """Read what a list is sorted by."""
    if text.removeprefix("-") not in SORTS:
        raise refused(
            name, text, f"cannot be sorted by; use {', '.join(SORTS)}, with - in front for descending"
        )
    return {"sort": text}


_STATUSES = (OPEN, EVERYTHING, *TaskStatus)
#: Fields whose values are keys or ids of records.
REFERENCES: dict[str, Kind] = {"assignee": Employee, "partner": Partner, "campaign": Campaign}
_PART_WORDS = {part: {"has": (part,)} for part in PARTS}
FIELDS: dict[str, Field] = {
    "assignee": Field(_assignee, ("me", "nobody")),
    "status": Field(_status, _STATUSES),
    "priority": Field(_priority, tuple(Priority)),
    "due": Field(_due, ("late", *_NEAR_DAYS, "<7d", "<30d", ">7d", NONE)),
    "is": Field(_of(_STATES, "a state"), tuple(_STATES)),
    "has": Field(_of(_PART_WORDS, "a part of a task"), PARTS),
    "tag": Field(_text("tag")),
    "partner": Field(_reference("partner_id"), (NONE,)),
    "campaign": Field(_reference("campaign_id"), (NONE,)),
    "bundle": Field(_text("bundle_id", may_lack=True), (NONE,)),
    "template": Field(_text("template_id", may_lack=True), (NONE,)),
    "type": Field(_text("task_type")),
    "category": Field(_text("category")),
    "qa": Field(_of({word: {"qa": word} for word in QA_CHOICES}, "a state of QA"), QA_CHOICES),
    "bot": Field(yes_or_no("assigned_to_bot"), ("yes", "no")),
    "review": Field(yes_or_no("requires_human_review"), ("yes", "no")),
    "scheduled": Field(_scheduled, (*_NEAR_DAYS, "<7d", ">7d", NONE)),
    "text": Field(text, is_whole=True),
    "sort": Field(sort, tuple(sign + name for name in SORTS for sign in ("", "-")), is_whole=True),
}
#: Their values are read as a whole.
WHOLE = frozenset(name for name, field in FIELDS.items() if field.is_whole)
