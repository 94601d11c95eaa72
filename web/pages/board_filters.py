"""What the board and the list are narrowed by: what is chosen, and the lists that are read when opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.bundles import queries, visibility
from engine.bundles.models import Bundle
from engine.reference.models import Campaign, Employee
from engine.tasks.filters import TaskFilter
from engine.transaction import Transaction
from web.pages.choices import Choices
from web.pages.task_filters import DUE_CHOICES, STATUS_CHOICES

#: As many as a list shows; its search finds the others.
MOST = 50
#: The filters that are chosen from lists of the workspace -> their label.
CHOOSERS = {"assignee": "Assignee", "bundle": "Bundle", "template": "Template", "campaign": "Campaign"}
#: What every list begins with.
_ALWAYS: dict[str, Choices] = {"assignee": [("", "everybody"), ("me", "me"), ("none", "nobody")]}
_ALL: Choices = [("", "all")]


@dataclass(frozen=True)
class Filters:
    """What a view is narrowed by."""

    #: The words of what is chosen, by filter.
    chosen: Mapping[str, str]

    def status_choices(self, chosen: str) -> Choices:
        """Return the statuses of the list; several chosen at once are an entry of their own."""
        further = [(chosen, chosen.replace(",", " or ").replace("_", " "))] if "," in chosen else []
        return [*STATUS_CHOICES, *further]

    @property
    def due_choices(self) -> Choices:
        """What may be said about the due day."""
        return [("", "any day"), *DUE_CHOICES]


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


def read(
    tx: Transaction,
    arguments: Mapping[str, str],
    wanted: TaskFilter,
    templates: Callable[[], Mapping[str, str]],
) -> Filters:
    """Return the words of what is chosen; ``templates`` gives the names of the current templates by key."""
    return Filters({name: _chosen(tx, name, arguments.get(name, ""), wanted, templates) for name in CHOOSERS})


def _chosen(
    tx: Transaction,
    name: str,
    given: str,
    wanted: TaskFilter,
    templates: Callable[[], Mapping[str, str]],
) -> str:
    always = dict(_ALWAYS.get(name, _ALL))
    if given in always:
        return always[given]
    # The filter has read whom it names.
    if name == "assignee" and wanted.assignee_id is not None:
        employee = tx.find_by_key(Employee, wanted.assignee_id)
        return employee.name if employee else given
    if name == "campaign" and wanted.campaign_id is not None:
        campaign = tx.find_by_key(Campaign, wanted.campaign_id)
        return campaign.name if campaign else given
    if name == "bundle":
        bundle = tx.find_by_key(Bundle, given)
        return bundle.title if bundle is not None and visibility.sees(tx, bundle) else given
    return templates().get(given, given)


def choose(tx: Transaction, name: str, find: str, templates: Callable[[], Mapping[str, str]]) -> Chooser:
    """Return the list of a filter: the first that have ``find`` in their name, capitals do not matter."""
    found = _listed(tx, name, find, templates)
    always = [] if find else _ALWAYS.get(name, _ALL)
    return Chooser(name, CHOOSERS[name], find, [*always, *found[:MOST]], len(found) > MOST)


def _listed(tx: Transaction, name: str, find: str, templates: Callable[[], Mapping[str, str]]) -> Choices:
    if name == "bundle":
        return queries.active_titles(tx, MOST + 1, find)
    if name == "template":
        every = sorted(templates().items(), key=lambda item: item[1].lower())
    else:
        kind: type[Employee] | type[Campaign] = Employee if name == "assignee" else Campaign
        every = [(item.key, item.name) for item in tx.find(kind, order_by=("key",)) if item.is_active]
    return [(key, words) for key, words in every if find.lower() in words.lower()]
