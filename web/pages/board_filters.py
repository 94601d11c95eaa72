"""What the filter form of the board and the list offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.access import Permission, may
from engine.bundles import queries
from engine.reference.models import Campaign, Employee
from engine.transaction import Transaction
from web.pages.choices import Choices
from web.pages.task_filters import DUE_CHOICES, STATUS_CHOICES

_MOST_BUNDLES = 100


@dataclass(frozen=True)
class Filters:
    """The options of each filter."""

    #: Assignees: everybody, oneself, nobody, then by name.
    people: Choices
    #: The active bundles that the user sees, the newest first.
    bundles: Choices
    #: The templates by name.
    template_choices: Choices
    #: The active campaigns by key.
    campaigns: Choices

    def status_choices(self, chosen: str) -> Choices:
        """Return the statuses of the list; several chosen at once are an entry of their own."""
        further = [(chosen, chosen.replace(",", " or ").replace("_", " "))] if "," in chosen else []
        return [*STATUS_CHOICES, *further]

    @property
    def due_choices(self) -> Choices:
        """What may be said about the due day."""
        return [("", "any day"), *DUE_CHOICES]


def read(tx: Transaction, templates: Mapping[str, str]) -> Filters:
    """Give the choices of each filter; ``templates`` are the names of the current templates by key."""
    # A partner may not read the names of colleagues, campaigns and templates.
    is_of_the_team = may(tx.actor, Permission.SEE_OWN_WORK)
    if is_of_the_team:
        tx.find_together((Employee, {}), (Campaign, {}))
    known = templates.items() if is_of_the_team else ()
    return Filters(
        people=[
            ("", "everybody"),
            ("me", "me"),
            ("none", "nobody"),
            *(_named(tx, Employee) if is_of_the_team else ()),
        ],
        bundles=[("", "all"), *queries.active_titles(tx, _MOST_BUNDLES)],
        template_choices=[("", "all"), *sorted(known, key=lambda item: item[1].lower())],
        campaigns=[("", "all"), *(_named(tx, Campaign) if is_of_the_team else ())],
    )


def _named(tx: Transaction, kind: type[Employee] | type[Campaign]) -> Choices:
    """List the active records of a kind as (key, name)."""
    return [(item.key, item.name) for item in tx.find(kind, order_by=("key",)) if item.is_active]
