"""What the bundle list offers to narrow it by, and what its address means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.access import Permission, may
from engine.bundles.models import Bundle, BundleStatus
from engine.catalog.catalog import Content
from engine.reference.models import Campaign, Partner
from engine.transaction import Transaction
from web.pages.choices import MOST
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
    #: Those of ``partner`` and ``campaign`` that have more than they list: any other is typed.
    cut: frozenset[str]
    #: Whether the user may start one.
    may_start: bool


def filters_of(address: Mapping[str, str]) -> dict[str, str]:
    """Return the filters that an address asks for: running bundles unless it names a status."""
    wanted = {"status": BundleStatus.ACTIVE.value, **address}
    if wanted["status"] == ALL:
        del wanted["status"]
    return wanted


def has_any(tx: Transaction) -> bool:
    """Whether there is any bundle at all, however the list is filtered."""
    return tx.find_one(Bundle) is not None


def choices(tx: Transaction, content: Content) -> Choices:
    """Give the choices of the list's filters."""
    listed: dict[str, type[Partner | Campaign]] = {"partner": Partner, "campaign": Campaign}
    first = tx.find_first_together(*((kind, {}, ("key",), MOST + 1) for kind in listed.values()))
    options = {
        name: [("", "all"), *((item.key, item.name) for item in found[:MOST])]
        for name, found in zip(listed, first, strict=True)
    }
    templates = sorted(content.templates.values(), key=lambda template: template.name)
    return Choices(
        statuses=[*((status.value, chip_of(status).word) for status in BundleStatus), (ALL, "All")],
        templates=[("", "all"), *((template.key, template.name) for template in templates)],
        partners=options["partner"],
        campaigns=options["campaign"],
        cut=frozenset(name for name, found in zip(listed, first, strict=True) if len(found) > MOST),
        may_start=may(tx.actor, Permission.START_BUNDLE),
    )
