"""The inbox of a partner's user: what waits for their approval, and nothing of how it came about."""

from __future__ import annotations

from engine.inbox.naming import campaign_name, name_of
from engine.inbox.queries.approvals import decided_by_partner
from engine.inbox.views import Inbox, Item, Kind, Section, section
from engine.tasks import approvals
from engine.tasks.entitlement import judged
from engine.tasks.models import Approval, Deliverable
from engine.transaction import Transaction

#: As many as are shown of what was decided before.
_SHOWN = 50


def load(tx: Transaction, *, seen: bool) -> Inbox:
    """Return what the partner's people are to decide; with ``seen``, what they have decided."""
    if seen:
        partner_id = tx.actor.partner_id
        decided = decided_by_partner(tx, partner_id, _SHOWN) if partner_id else []
        items = [_decided(tx, item) for item in decided]
        sections = [Section(key="seen", title="Decided before", items=items)] if items else []
    else:
        waiting = (_waiting(tx, item) for item in approvals.waiting(tx))
        sections = section("approvals", "Waits for your approval", waiting)
    return Inbox(sections=sections, qa_open=None, is_partners=True, shows_seen=seen)


def title_of(row: Deliverable) -> str:
    """Return what a version is, in the partner's words rather than in those of the task."""
    return row.description or row.ref.replace("_", " ").capitalize()


def _waiting(tx: Transaction, approval: Approval) -> Item:
    row, task = judged(tx, approval)
    again = "It was changed after your last decision" if row.version_number > 1 else "It is ready"
    return Item(
        kind=Kind.APPROVAL,
        key=approval.task_approval_id,
        title=title_of(row),
        why=f"{again} and waits for your approval",
        since=approval.requested_at,
        task=None,
        row=row,
        approval=approval,
        where=campaign_name(tx, task),
    )


def _decided(tx: Transaction, approval: Approval) -> Item:
    row, task = judged(tx, approval)
    who = name_of(tx, approval.approver_id)
    return Item(
        kind=Kind.DECISION,
        key=approval.task_approval_id,
        title=title_of(row),
        why=f"{who or 'Somebody'} decided on version {row.version_number}",
        since=approval.decided_at or approval.requested_at,
        task=None,
        row=row,
        approval=approval,
        who=who,
        where=campaign_name(tx, task),
    )
