"""Finds the partner, the campaign and the people that a new bundle is for."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.catalog.models import TaskTemplate
from engine.errors import BadRequestError, bad_field
from engine.reference.models import Campaign, Employee, Partner
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Whom a bundle is for, and who works for them."""

    partner: Partner | None = None
    campaign: Campaign | None = None
    #: The campaign's person (an active employee's id) per assignee role.
    people: dict[str, str] = field(default_factory=dict)

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
    named = _get_partner(tx, partner) if partner else None
    if campaign is None:
        return Subject(partner=named)
    found = _get_campaign(tx, campaign)
    tx.read_ahead({Partner: [found.partner_id], Employee: found.people.values()})
    own = tx.find_by_key(Partner, found.partner_id)
    if own is not None and not own.is_active:
        message = f"Nothing new is started for {own.name}, whose campaign this is. Use another campaign."
        raise _refused("campaign", message)
    if named is not None and named.partner_id != found.partner_id:
        raise _refused(
            "campaign",
            f"The campaign {campaign} belongs to the partner {own.key if own else found.partner_id}, "
            f"not to {partner}. Leave out the partner: a campaign implies it.",
        )
    return Subject(partner=own, campaign=found, people=people_of(tx, found))


def people_of(tx: Transaction, campaign: Campaign) -> dict[str, str]:
    """Return the ids of the campaign's people per assignee role; those who left are not among them."""
    tx.read_ahead({Employee: campaign.people.values()})
    return {role: employee_id for role, employee_id in campaign.people.items() if _works(tx, employee_id)}


def named_employees(tx: Transaction, template: TaskTemplate) -> dict[str, str]:
    """Return the ids of the active employees whom a template names, by key."""
    assignees = [template.default_assignee, *(task.assignee for task in template.tasks)]
    keys = sorted({assignee.employee for assignee in assignees if assignee and assignee.employee})
    found = tx.find(Employee, key=keys) if keys else []
    return {employee.key: employee.employee_id for employee in found if employee.is_active}


def _works(tx: Transaction, employee_id: str) -> bool:
    employee = tx.find_by_key(Employee, employee_id)
    return employee is not None and employee.is_active


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
        state = "none at all" if not known else "none that is active"
        return f"There is no active {kind} {key}, and {state}. Add one first, or make one active again."
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return f"There is no active {kind} {key}. Use the key of one of: {', '.join(names[:10])}{more}."


def _refused(field_name: str, message: str) -> BadRequestError:
    return bad_field(field_name, message, message)
