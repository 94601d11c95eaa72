"""The inbox of a partner's user: what waits for their approval, and nothing of how it came about."""

from __future__ import annotations

from engine.inbox.naming import campaign_name, decision_of, name_of
from engine.inbox.queries.approvals import decided_by_partner
from engine.inbox.views import Inbox, Item, Kind, Section, section
from engine.tasks import approvals
from engine.tasks.entitlement import judged, lineage_of
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
    """Return which version of what it is; the task's own title is none of the partner's business."""
    return f"{row.ref.replace('_', ' ').capitalize()}, version {row.version_number}"


def _waiting(tx: Transaction, approval: Approval) -> Item:
    row, task = judged(tx, approval)
    is_again = _was_decided_before(tx, approval, row)
    ready = "It was changed after your last decision" if is_again else "It is ready"
    return Item(
        kind=Kind.APPROVAL,
        key=approval.task_approval_id,
        title=title_of(row),
        why=f"{ready} and waits for your approval",
        since=approval.requested_at,
        task=None,
        row=row,
        approval=approval,
        where=campaign_name(tx, task),
    )


def _was_decided_before(tx: Transaction, approval: Approval, row: Deliverable) -> bool:
    """Whether the partner's people decided on an earlier version; those that the team kept they never saw."""
    earlier = [version.deliverable_id for version in lineage_of(tx, row)]
    known = tx.find(Approval, deliverable_id=earlier, source=approval.source, partner_id=approval.partner_id)
    return any(item.is_decided for item in known)


def _decided(tx: Transaction, approval: Approval) -> Item:
    row, task = judged(tx, approval)
    who = name_of(tx, approval.approver_id)
    return Item(
        kind=Kind.DECISION,
        key=approval.task_approval_id,
        title=title_of(row),
        why=decision_of(approval, who),
        since=approval.decided_at or approval.requested_at,
        task=None,
        row=row,
        approval=approval,
        who=who,
        where=campaign_name(tx, task),
    )
