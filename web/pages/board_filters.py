"""What the board and the list are narrowed by: what is chosen, and the lists that are read when opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.bundles import queries, visibility
from engine.bundles.models import Bundle
from engine.reference.models import Campaign, Employee
from engine.tasks.search.fields import REFERENCES
from engine.transaction import Transaction
from web.pages.choices import Choices
from web.pages.task_filters import (
    DUE_CHOICES,
    STATUS_CHOICES,
    Asked,
    Choosing,
    Part,
    choosing,
    text_of,
)

#: As many as a list shows; its search finds the others.
MOST = 50
#: The filters that are chosen from lists of the workspace -> their label.
CHOOSERS = {"assignee": "Assignee", "bundle": "Bundle", "template": "Template", "campaign": "Campaign"}
#: What the form below the search has a field for.
IN_FORM = ("status", "due", "tag")
#: What every list begins with.
_ALWAYS: dict[str, Choices] = {"assignee": [("", "everybody"), ("me", "me"), ("nobody", "nobody")]}
_ALL: Choices = [("", "all")]


@dataclass(frozen=True)
class Chip:
    """A part of the search, to be read and to be taken out."""

    #: The part as it is written.
    text: str
    #: In words, where that says more.
    label: str
    #: The search without it.
    rest: str
    #: What is wrong with it.
    mistakes: tuple[str, ...]


@dataclass(frozen=True)
class Filters:
    """What a view is narrowed by."""

    #: The whole search.
    text: str
    chips: list[Chip]
    #: What the form shows, and the search that it adds to.
    form: Choosing
    #: A list begins with what is open.
    is_list: bool

    @property
    def without_status(self) -> str:
        """The search without its statuses."""
        return choosing(self.text, "status").rest

    @property
    def leaves_closed_out(self) -> bool:
        """Whether older closed tasks may match as well: the board and the list show none unless asked for."""
        return bool(self.text) and "status" not in choosing(self.text, "status").chosen

    @property
    def choices(self) -> dict[str, Choices]:
        """What may be chosen for status and due; what stands there otherwise is an entry of its own."""
        statuses = STATUS_CHOICES if self.is_list else (("", "any"), *STATUS_CHOICES[1:])
        offered = {"status": statuses, "due": (("", "any day"), *DUE_CHOICES)}
        chosen = {name: self.form.chosen.get(name, "") for name in offered}
        return {
            name: [
                *choices,
                *([] if chosen[name] in dict(choices) else [(chosen[name], _words(chosen[name]))]),
            ]
            for name, choices in offered.items()
        }


def _words(values: str) -> str:
    return " or ".join(dict(STATUS_CHOICES).get(word, word) for word in values.split(","))


@dataclass(frozen=True)
class Chooser:
    """The list of one filter."""

    name: str
    label: str
    #: What was searched for in it.
    find: str
    options: Choices
    #: Whether there are more than it shows.
    is_cut: bool
    #: What is chosen now, and the search that the choice is added to.
    form: Choosing


def read(tx: Transaction, asked: Asked, templates: Callable[[], Mapping[str, str]]) -> Filters:
    """Return the search as chips; ``templates`` gives the names of the current templates by key."""
    chips = [
        Chip(
            part.text,
            _label(tx, asked, part, templates),
            part.rest,
            tuple(one.message for one in part.mistakes),
        )
        for part in asked.parts
    ]
    return Filters(asked.text, chips, choosing(asked.text, *IN_FORM), asked.is_list)


def _label(tx: Transaction, asked: Asked, part: Part, templates: Callable[[], Mapping[str, str]]) -> str:
    """Return a part in words: names instead of keys and ids, where one of these is all that it has."""
    term = part.term
    if term is None or len(term.values) > 1 or part.mistakes:
        return part.text
    name, value = term.name, term.values[0].text
    found = None
    if name in REFERENCES:
        record = asked.search.known.find(REFERENCES[name], value)
        found = record.name if record else dict(_ALWAYS.get(name, ())).get(value)
    elif name == "bundle":
        bundle = tx.find_by_key(Bundle, value)
        found = bundle.title if bundle is not None and visibility.sees(tx, bundle) else None
    elif name == "template":
        found = templates().get(value)
    return part.text if found is None else f"{name.title()}: {found}"


def choose(
    tx: Transaction, name: str, arguments: Mapping[str, str], templates: Callable[[], Mapping[str, str]]
) -> Chooser:
    """Return the list of a filter: the first that have ``find`` in their name, capitals do not matter."""
    find = arguments.get("find", "").strip()
    found = _listed(tx, name, find, templates)
    always = [] if find else _ALWAYS.get(name, _ALL)
    form = choosing(text_of(arguments), name)
    return Chooser(name, CHOOSERS[name], find, [*always, *found[:MOST]], len(found) > MOST, form)


def _listed(tx: Transaction, name: str, find: str, templates: Callable[[], Mapping[str, str]]) -> Choices:
    if name == "bundle":
        return queries.active_titles(tx, MOST + 1, find)
    if name == "template":
        every = sorted(templates().items(), key=lambda item: item[1].lower())
    else:
        kind: type[Employee] | type[Campaign] = Employee if name == "assignee" else Campaign
        every = [(item.key, item.name) for item in tx.find(kind, order_by=("key",)) if item.is_active]
    return [(key, words) for key, words in every if find.lower() in words.lower()]
