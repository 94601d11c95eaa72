"""Where a change of a template begins: for whom, and who is touched by it (EDT-03)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.bundles import queries
from engine.catalog.content import Content
from engine.errors import TemplateNotFoundError
from engine.plurals import plural
from engine.proposals import drafting
from engine.proposals.models import Proposal
from engine.proposals.naming import path_of
from engine.reference.models import Campaign, Partner
from engine.searches import in_order
from engine.transaction import Transaction
from web.pages.choices import Choices


@dataclass(frozen=True)
class BeginPage:
    """The choice of whom a change is for."""

    key: str
    name: str
    partners: Choices
    campaigns: Choices
    #: ``12 running bundles of 4 partners``.
    touched: str
    #: Who keeps a way of their own.
    overridden: Sequence[str]
    #: The actor's open drafts of it.
    drafts: Sequence[Proposal]


@dataclass(frozen=True)
class NewPage:
    """The form of a template that begins empty."""

    task_types: Choices
    #: The templates that one can begin from.
    templates: Choices


def load(tx: Transaction, content: Content, key: str) -> BeginPage:
    """Return for whom a template can be changed.

    Raises:
        TemplateNotFoundError: there is no such template.
    """
    if key not in content.templates and path_of(key) not in content.files:
        raise TemplateNotFoundError(f"There is no template {key}.")
    partners, campaigns = tx.find_together((Partner, {}), (Campaign, {}))
    rows = queries.running_by_revision(tx, key)
    by_partner, by_campaign = dict[str | None, int](), dict[str | None, int]()
    for row in rows:
        by_partner[row.partner_id] = by_partner.get(row.partner_id, 0) + row.running
        by_campaign[row.campaign_id] = by_campaign.get(row.campaign_id, 0) + row.running
    own = {(level, scope) for name, level, scope in content.overrides if name == key}
    template = content.templates.get(key)
    return BeginPage(
        key=key,
        name=template.name if template else key,
        partners=[
            (one.key, _offered(one.name, by_partner.get(one.partner_id, 0), ("partner", one.key) in own))
            for one in in_order(partners, ["key"])
        ],
        campaigns=[
            (one.key, _offered(one.name, by_campaign.get(one.campaign_id, 0), ("campaign", one.key) in own))
            for one in in_order(campaigns, ["key"])
        ],
        touched=_touched(by_partner),
        overridden=[f"{level} {scope}" for level, scope in sorted(own)],
        drafts=drafting.drafts_of(tx, template=key),
    )


def new(content: Content) -> NewPage:
    """Return what a new template can begin from."""
    return NewPage(
        task_types=[(key, one.name) for key, one in sorted(content.task_types.items()) if one.is_active],
        templates=sorted(((key, one.name) for key, one in content.templates.items()), key=lambda one: one[1]),
    )


def _offered(name: str, running: int, is_own: bool) -> str:
    told = [f"{running} running" if running else "", "differs already" if is_own else ""]
    return f"{name} ({', '.join(one for one in told if one)})" if any(told) else name


def _touched(by_partner: Mapping[str | None, int]) -> str:
    bundles, partners = sum(by_partner.values()), len([one for one in by_partner if one])
    if not bundles:
        return "no running bundle"
    words = plural(bundles, "running bundle")
    return f"{words} of {plural(partners, 'partner')}" if partners else words
