"""The inbox of a partner's user: what waits for their approval, and nothing of how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from engine.access import ApprovalSource
from engine.deliverables import approvals
from engine.deliverables.entitlement import judged
from engine.deliverables.models import Approval, Deliverable
from engine.inbox import naming
from engine.inbox.naming import campaign_name, decision_of, name_of
from engine.inbox.queries.approvals import decided_by_partner
from engine.inbox.read_models import Inbox, Item, Kind, Section, section
from engine.tasks.models import Task
from engine.transaction import Transaction

#: A task, and what of it is handed over: its step and its name.
_Thing = tuple[str, str | None, str]
#: As many as are shown of what was decided before.
_SHOWN = 50


def load(tx: Transaction, *, seen: bool) -> Inbox:
    """List what the partner's people have to decide; with ``seen``, what they have decided."""
    if seen:
        partner_id = tx.actor.partner_id
        decided = decided_by_partner(tx, partner_id, _SHOWN) if partner_id else []
        _read_ahead(tx, decided)
        items = [_decided(tx, item) for item in decided]
        sections = [Section(key="seen", title="Decided before", items=items)] if items else []
    else:
        waiting = approvals.waiting(tx)
        judged_before = _read_ahead(tx, waiting)
        found = [_waiting(tx, item, judged_before) for item in waiting]
        sections = section("approvals", "Waits for your approval", found)
    return Inbox(sections=sections, qa_open=None, is_partners=True, shows_seen=seen)


def title_of(row: Deliverable) -> str:
    """Say which version of what it is; the task's own title is not for the partner."""
    return f"{row.ref.replace('_', ' ').capitalize()}, version {row.version_number}"


def _waiting(tx: Transaction, approval: Approval, judged_before: AbstractSet[_Thing]) -> Item:
    row, task = judged(tx, approval)
    is_again = (row.task_id, *row.lineage) in judged_before
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


def _read_ahead(tx: Transaction, found: Sequence[Approval]) -> set[_Thing]:
    """Read all that items name, and return the things of which their partner has judged a version before.

    What the team kept to itself the partner's people never saw.
    """
    ids = sorted({item.task_id for item in found})
    if not ids:
        return set()
    tasks, rows, approvals = tx.find_together(
        (Task, {"task_id": ids}), (Deliverable, {"task_id": ids}), (Approval, {"task_id": ids})
    )
    naming.read_ahead(tx, tasks, (item.approver_id for item in found))
    things = {row.deliverable_id: (row.task_id, *row.lineage) for row in rows}
    own = (item for item in approvals if item.source is ApprovalSource.PORTAL)
    return {
        things[item.deliverable_id]
        for item in own
        if item.is_decided and item.partner_id == tx.actor.partner_id and item.deliverable_id in things
    }


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
