"""The names that items carry: of people, bundles, campaigns."""

from __future__ import annotations

from collections.abc import Iterable

from engine.accounts.models import User
from engine.bundles.models import Bundle
from engine.deliverables.models import Approval, ApprovalStatus
from engine.reference.models import Campaign, Partner
from engine.tasks.models import Task
from engine.transaction import Transaction

_DECIDED = {
    ApprovalStatus.APPROVED: "approved it",
    ApprovalStatus.APPROVED_PENDING_CHANGES: "approved it and asks for one change",
    ApprovalStatus.REJECTED: "rejected it and says why",
}


def read_ahead(tx: Transaction, tasks: Iterable[Task], user_ids: Iterable[str | None]) -> None:
    """Read what the tasks belong to and who the users are in one statement, for items to name them."""
    known = list(tasks)
    tx.read_ahead(
        {
            User: user_ids,
            Bundle: (task.bundle_id for task in known),
            Campaign: (task.campaign_id for task in known),
            Partner: (task.partner_id for task in known),
        }
    )


def name_of(tx: Transaction, user_id: str | None) -> str | None:
    """Return a user's name; None where nobody or the system acted."""
    user = tx.find_by_key(User, user_id) if user_id else None
    return user.name if user is not None else None


def bundle_title(tx: Transaction, task: Task) -> str | None:
    """Name what a task belongs to."""
    bundle = tx.find_by_key(Bundle, task.bundle_id) if task.bundle_id else None
    return bundle.title if bundle is not None else None


def campaign_name(tx: Transaction, task: Task) -> str | None:
    """Return the campaign a task is for, else its partner: what the partner's people know it by."""
    campaign = tx.find_by_key(Campaign, task.campaign_id) if task.campaign_id else None
    if campaign is not None:
        return campaign.name
    partner = tx.find_by_key(Partner, task.partner_id) if task.partner_id else None
    return partner.name if partner is not None else None


def decision_of(approval: Approval, who: str | None) -> str:
    """Return who decided what, in words."""
    return f"{who or 'Somebody'} {_DECIDED[approval.status]}"
