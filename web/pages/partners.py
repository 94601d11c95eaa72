"""What the pages of partners and campaigns show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.access import Permission, may
from engine.bundles.models import Bundle, BundleStatus
from engine.catalog.content import Content
from engine.reference import campaigns, visibility
from engine.reference.models import Campaign, CampaignAttachment, Employee, Partner
from engine.transaction import Transaction
from web.pages import choices, roles
from web.pagination import Pages

#: As many partners, and as many campaigns, are shown at a time.
PER_PAGE = 50
Choices = list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Lists:
    """Partners and campaigns, those that are active first, and how far the page has come with each."""

    partners: Sequence[Partner]
    campaigns: Sequence[tuple[Campaign, Partner | None]]
    partner_pages: Pages
    campaign_pages: Pages
    #: The active partners by key; None where they are too many for a list, and a key is typed.
    choices: Choices | None
    may_change: bool


@dataclass(frozen=True, kw_only=True)
class PartnerPage:
    """One partner, with its campaigns."""

    partner: Partner
    campaigns: Sequence[Campaign]
    #: How many bundles run for it.
    running: int
    may_change: bool


@dataclass(frozen=True, kw_only=True)
class CampaignPage:
    """One campaign, with its people and its material."""

    campaign: Campaign
    partner: Partner | None
    #: Each role that somebody may have in it, and who has it.
    people: Sequence[tuple[str, Employee | None]]
    #: Who may have a role, by id; None where they are too many for a list, and a key is typed.
    offered: choices.People | None
    attachments: Sequence[CampaignAttachment]
    #: On which tasks material may be shown.
    categories: Choices
    #: The partners that it may be moved to, by key, as ``Lists`` has them.
    choices: Choices | None
    running: int
    may_change: bool


def load(tx: Transaction, *, find: str = "", partners_from: int = 0, campaigns_from: int = 0) -> Lists:
    """Return the lists, as far as ``find`` is in name or key.

    Raises:
        ForbiddenError: the actor sees only their own work.
    """
    visibility.require_partners(tx)
    partners, all_campaigns = tx.find_together((Partner, {}), (Campaign, {}))
    by_id = {partner.partner_id: partner for partner in partners}
    wanted, of_them = visibility.in_order(partners, find), visibility.in_order(all_campaigns, find)
    return Lists(
        partners=wanted[partners_from : partners_from + PER_PAGE],
        campaigns=[
            (campaign, by_id.get(campaign.partner_id))
            for campaign in of_them[campaigns_from : campaigns_from + PER_PAGE]
        ],
        partner_pages=Pages(len(wanted), PER_PAGE, partners_from),
        campaign_pages=Pages(len(of_them), PER_PAGE, campaigns_from),
        choices=_choices(partners),
        may_change=may(tx.actor, Permission.LOAD_REFERENCE),
    )


def load_partner(tx: Transaction, partner_id: str) -> PartnerPage:
    """Return the page of a partner.

    Raises:
        ForbiddenError: the actor sees only their own work.
        NotFoundError: there is none.
    """
    partner = visibility.find_partner(tx, partner_id)
    return PartnerPage(
        partner=partner,
        campaigns=visibility.in_order(tx.find(Campaign, partner_id=partner.partner_id)),
        running=tx.count(Bundle, partner_id=partner.partner_id, status=BundleStatus.ACTIVE),
        may_change=may(tx.actor, Permission.LOAD_REFERENCE),
    )


def load_campaign(tx: Transaction, content: Content, campaign_id: str) -> CampaignPage:
    """Return the page of a campaign.

    Raises:
        ForbiddenError: the actor sees only their own work.
        NotFoundError: there is none.
    """
    campaign = visibility.find_campaign(tx, campaign_id)
    partners = tx.find(Partner)
    tx.read_ahead({Employee: campaign.people.values()})
    offered = choices.assignees(tx)
    return CampaignPage(
        campaign=campaign,
        partner=next((one for one in partners if one.partner_id == campaign.partner_id), None),
        people=[
            (role, tx.find_by_key(Employee, campaign.people[role]) if role in campaign.people else None)
            for role in roles.known(content, campaign.people)
        ],
        offered=None if offered.is_cut else offered,
        attachments=campaigns.attached(tx, campaign),
        categories=[
            ("", "all tasks"),
            *((name, name) for name in sorted({kind.category for kind in content.task_types.values()})),
        ],
        choices=_choices(partners),
        running=tx.count(Bundle, campaign_id=campaign.campaign_id, status=BundleStatus.ACTIVE),
        may_change=may(tx.actor, Permission.LOAD_REFERENCE),
    )


def _choices(partners: Sequence[Partner]) -> Choices | None:
    active = [(item.key, item.name) for item in visibility.in_order(partners) if item.is_active]
    return active if len(active) <= choices.MOST else None
