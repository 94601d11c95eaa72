"""What the bundle list offers to narrow it by, and what its address means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.access import Permission, may
from engine.bundles.models import Bundle, BundleStatus
from engine.catalog.catalog import Content
from engine.reference.models import Campaign, Partner
from engine.searches import in_order
from engine.transaction import Transaction
from web.wording import chip_of

#: What the address says to see bundles of every status; without a word it is the running ones.
ALL = "all"
Options = list[tuple[str, str]]


@dataclass(frozen=True)
class Choices:
    """The options of the list's filters, the one for everything first."""

    statuses: Options
    templates: Options
    partners: Options
    campaigns: Options
    #: Whether there is any bundle at all, however it is filtered.
    has_any: bool
    #: Whether the user may start one.
    may_start: bool


def filters_of(address: Mapping[str, str]) -> dict[str, str]:
    """Return the filters that an address asks for: running bundles unless it names a status."""
    wanted = {"status": BundleStatus.ACTIVE.value, **address}
    if wanted["status"] == ALL:
        del wanted["status"]
    return wanted


def choices(tx: Transaction, content: Content) -> Choices:
    """Give the choices of the list's filters."""
    partners, campaigns = tx.find_together((Partner, {}), (Campaign, {}))
    templates = sorted(content.templates.values(), key=lambda template: template.name)
    return Choices(
        statuses=[*((status.value, chip_of(status).word) for status in BundleStatus), (ALL, "All")],
        templates=[("", "all"), *((template.key, template.name) for template in templates)],
        partners=[("", "all"), *((item.key, item.name) for item in in_order(partners, ["key"]))],
        campaigns=[("", "all"), *((item.key, item.name) for item in in_order(campaigns, ["key"]))],
        has_any=tx.find_one(Bundle) is not None,
        may_start=may(tx.actor, Permission.START_BUNDLE),
    )
