"""Finds the partner, the campaign and the people that a new bundle is for."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.errors import BadRequestError, bad_field
from engine.reference.models import Campaign, Employee, Partner
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Whom a bundle is for, and who works for them."""

    partner: Partner | None = None
    campaign: Campaign | None = None
    #: Employee ids of the active employees, by key.
    employees: dict[str, str] = field(default_factory=dict)

    @property
    def people(self) -> dict[str, str]:
        """The campaign's person (an active employee's id) per assignee role."""
        active = set(self.employees.values())
        people = self.campaign.people if self.campaign else {}
        return {role: employee_id for role, employee_id in people.items() if employee_id in active}

    @property
    def partner_key(self) -> str | None:
        """The key that names the partner's overrides."""
        return self.partner.key if self.partner else None

    @property
    def campaign_key(self) -> str | None:
        """The key that names the campaign's overrides."""
        return self.campaign.key if self.campaign else None


def find_subject(tx: Transaction, partner: str | None, campaign: str | None) -> Subject:
    """Return whom the keys name; a campaign implies its partner.

    Raises:
        BadRequestError: a key is unknown or not active any more, or the campaign is of another partner.
    """
    employees = {item.key: item.employee_id for item in tx.find(Employee) if item.is_active}
    named = _get_partner(tx, partner) if partner else None
    if campaign is None:
        return Subject(partner=named, employees=employees)
    found = _get_campaign(tx, campaign)
    own = tx.find_by_key(Partner, found.partner_id)
    if named is not None and named.partner_id != found.partner_id:
        raise _refused(
            "campaign",
            f"The campaign {campaign} belongs to the partner {own.key if own else found.partner_id}, "
            f"not to {partner}. Leave out the partner: a campaign implies it.",
        )
    return Subject(partner=own, campaign=found, employees=employees)


def _get_partner(tx: Transaction, key: str) -> Partner:
    found = tx.find_one(Partner, key=key)
    if found is None or not found.is_active:
        raise _refused("partner", _unknown("partner", key, tx.find(Partner, order_by=("key",))))
    return found


def _get_campaign(tx: Transaction, key: str) -> Campaign:
    found = tx.find_one(Campaign, key=key)
    if found is None or not found.is_active:
        raise _refused("campaign", _unknown("campaign", key, tx.find(Campaign, order_by=("key",))))
    return found


def _unknown(kind: str, key: str, known: list[Partner] | list[Campaign]) -> str:
    names = [item.key for item in known if item.is_active]
    if not names:
        return f"There is no {kind} {key}, and none at all. Load some first: workbench reference load FILE."
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return f"There is no active {kind} {key}. Use the key of one of: {', '.join(names[:10])}{more}."


def _refused(field_name: str, message: str) -> BadRequestError:
    return bad_field(field_name, message, message)
