"""Reads a search, or options, into a ``TaskFilter``: what cannot be understood is left out and told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from engine.errors import BadRequestError, UnknownFieldError, bad_fields
from engine.inputs import whole_number
from engine.tasks import dates
from engine.tasks.filters import MAX_LIMIT, PAGE, TaskFilter, any_of
from engine.tasks.search.fields import FIELDS, WHOLE, Asks, Known, Read, refused, sort, text, yes_or_no
from engine.tasks.search.language import Every, Mistake, Named, Node, Parsed, Without, Words, nodes, parse
from engine.transaction import Transaction

_NUMBER = re.compile(r"#(\d{1,18})")
#: As much of a mistake is shown.
_SHOWN = 60
#: The largest offset that both databases take.
_MAX_OFFSET = 2**31 - 1


@dataclass(frozen=True)
class Search:
    """A search as it is understood."""

    said: Parsed
    wanted: TaskFilter
    #: The people, partners and campaigns that it names.
    known: Known
    #: What was left out, in the order of the text.
    mistakes: tuple[Mistake, ...]

    def refuse_mistakes(self, field: str) -> None:
        """Refuse a search in which something had to be left out; ``field`` is what it was given as.

        Raises:
            BadRequestError: there is a mistake; says each, and shows it in the text.
        """
        if not self.mistakes:
            return
        told = [f"“{self.said.text[one.start : one.end][:_SHOWN]}”: {one.message}" for one in self.mistakes]
        summary = told[0] if len(told) == 1 else "Parts of the search cannot be understood:"
        raise bad_fields([(field, one) for one in told], summary)


def search(tx: Transaction, text: str) -> Search:
    """Read a search; whatever cannot be understood is left out and told, the rest counts."""
    said = parse(text, FIELDS, WHOLE)
    return _read(said, Known(tx, _named_in(said)))


def _read(said: Parsed, known: Known) -> Search:
    reader = _Reader(known)
    wanted = reader.top(said.tree)
    mistakes = sorted((*said.mistakes, *reader.mistakes), key=lambda one: (one.start, one.end))
    return Search(said, wanted, known, tuple(mistakes))


def _named_in(said: Parsed) -> list[tuple[str, str]]:
    named = (node for node in nodes(said.tree) if isinstance(node, Named))
    return [(node.name, value.text) for node in named for value in node.values]


class _Reader:
    """Reads the tree of a search into a filter, and keeps the mistakes."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self.mistakes: list[Mistake] = []

    def top(self, tree: Node | None) -> TaskFilter:
        """Return the filter of a whole search: it alone may say how the list is sorted."""
        terms = tree.of if isinstance(tree, Every) else () if tree is None else (tree,)
        sorts = [term for term in terms if isinstance(term, Named) and term.name == "sort"]
        wanted = self._every([term for term in terms if term not in sorts]) or TaskFilter()
        for number, term in enumerate(sorts):
            if number:
                self.mistakes.append(Mistake.at(term, "The list is sorted by something else already"))
            elif (order := self._value(term, term.values[0])) is not None:
                wanted = replace(wanted, sort=order.sort)
        return wanted

    def _filter(self, node: Node) -> TaskFilter | None:
        """Return the filter of a part; None where nothing of it is left."""
        if isinstance(node, Words):
            return self._word(node)
        if isinstance(node, Named):
            return self._named(node)
        if isinstance(node, Without):
            inner = self._filter(node.of)
            return None if inner is None else TaskFilter(none_of=(inner,))
        if isinstance(node, Every):
            return self._every(node.of)
        found = [one for part in node.of if (one := self._filter(part)) is not None]
        return any_of(found) if found else None

    def _every(self, terms: Sequence[Node]) -> TaskFilter | None:
        found = [one for term in terms if (one := self._filter(term)) is not None]
        if not found:
            return None
        wanted = found[0]
        for one in found[1:]:
            wanted = wanted.and_also(one)
        return wanted

    def _named(self, term: Named) -> TaskFilter | None:
        if term.name == "sort":
            message = "sort: stands outside brackets and without - or or, as it is about the whole list"
            self.mistakes.append(Mistake.at(term, message))
            return None
        found = [one for value in term.values if (one := self._value(term, value)) is not None]
        return any_of(found) if found else None

    def _value(self, term: Named, value: Words) -> TaskFilter | None:
        return self._read(term.name, value, FIELDS[term.name].read)

    def _word(self, word: Words) -> TaskFilter | None:
        number = None if word.is_quoted else _NUMBER.fullmatch(word.text)
        if number is not None:
            return TaskFilter(number=int(number[1]))
        return self._read("text", word, partial(text, is_whole=word.is_quoted))

    def _read(self, name: str, value: Words, read: Read) -> TaskFilter | None:
        try:
            return TaskFilter(**read(self._known, name, value.text))
        except BadRequestError as error:
            self.mistakes.append(Mistake.at(value, error.details[0]["message"]))
            return None


# -- options -------------------------------------------------------------------------------


def _day(_known: Known, name: str, text: str) -> Asks:
    return {name: dates.read_day(text, name)}


def _moment(known: Known, name: str, text: str) -> Asks:
    return {name: dates.read_moment(text, name, known.tx.timezone)}


def _number(_known: Known, name: str, text: str, *, lowest: int, highest: int) -> Asks:
    number = whole_number(text, lowest, highest)
    if number is None:
        raise refused(name, text, f"must be a whole number from {lowest} to {highest}")
    return {name: number}


#: Options that are called otherwise in a search.
_FIELD_OF = {"task_type": "type", "assigned_to_bot": "bot", "requires_human_review": "review"}
#: Options that are no field of a search.
_ALONE: dict[str, Read] = {
    "due_before": _day,
    "due_after": _day,
    "scheduled_before": _moment,
    "scheduled_after": _moment,
    "overdue": yes_or_no("overdue"),
    "sort": sort,
    "limit": partial(_number, lowest=1, highest=MAX_LIMIT),
    "offset": partial(_number, lowest=0, highest=_MAX_OFFSET),
}
OPTIONS = (
    "status", "priority", "category", "task_type", "assignee", "assigned_to_bot", "requires_human_review",
    "bundle", "template", "campaign", "partner", "tag", "qa", "due_before", "due_after", "scheduled_before",
    "scheduled_after", "overdue", "text", "sort", "limit", "offset",
)  # fmt: skip


def _split(name: str, text: str) -> list[str]:
    return [text] if name in _ALONE else [word.strip() for word in text.split(",") if word.strip()]


def _option(known: Known, name: str, value: str) -> TaskFilter:
    read_value = _ALONE.get(name) or FIELDS[_FIELD_OF.get(name, name)].read
    return TaskFilter(**read_value(known, name, value))


def from_options(tx: Transaction, given: Mapping[str, Any], *, search_is: str = "text") -> TaskFilter:
    """Return the filter that options express; empty values ask nothing.

    ``text``, which mistakes in it call ``search_is``, takes a whole search. The others are fields of a search
    by their own names or, for some, by longer ones; all must match.

    Raises:
        UnknownFieldError: there is no such filter.
        BadRequestError: a value has the wrong form, or names nobody; all mistakes of a search at once.
    """
    texts = {name: str(value).strip() for name, value in given.items()}
    for name in texts:
        if name not in OPTIONS:
            raise UnknownFieldError(
                f"There is no filter {name!r}; the filters are {', '.join(OPTIONS)}.",
                details=[{"code": "UNKNOWN_FIELD", "field": name, "message": "no such filter"}],
            )
    said = parse(texts.pop("text", ""), FIELDS, WHOLE)
    values = {name: _split(name, text) for name, text in texts.items() if text}
    named = [(_FIELD_OF.get(name, name), value) for name in values for value in values[name]]
    known = Known(tx, [*named, *_named_in(said)])
    searched = _read(said, known)
    searched.refuse_mistakes(search_is)
    wanted = searched.wanted
    page: Asks = {}
    for name, chosen in values.items():
        if name in PAGE:
            page |= _ALONE[name](known, name, chosen[0])
        else:
            wanted = wanted.and_also(any_of(_option(known, name, value) for value in chosen))
    return replace(wanted, **page)
