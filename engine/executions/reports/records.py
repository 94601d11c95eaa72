"""What a report tells of a bundle: its tasks, what they hand over and its links, as JSON data.

Only tasks that the actor sees are told of. The task that makes the report is not among them: where it stands
changes while it is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.bundles import links
from engine.bundles.models import Bundle
from engine.clock import in_zone
from engine.deliverables.models import Deliverable
from engine.deliverables.rounds import newest
from engine.errors import ConflictError
from engine.reference.models import Campaign, Employee, Partner
from engine.tasks import visibility
from engine.tasks.models import Task
from engine.tasks.read_models import in_order
from engine.transaction import Transaction

Json = Any


def of_bundle(tx: Transaction, task: Task, _asked: Mapping[str, str]) -> Json:
    """Return what is told of the bundle of a task (content/README.md has the names).

    Raises:
        ConflictError: the task stands alone.
        NotFoundError: the actor may not see the bundle.
    """
    if task.bundle_id is None:
        raise ConflictError(f"Task {task.name} stands alone, so there is no bundle to report about.")
    bundle = tx.get(Bundle, task.bundle_id)
    others = [one for one in tx.find(Task, bundle_id=bundle.bundle_id) if one.task_id != task.task_id]
    seen = visibility.seen_among(tx, others)
    others = [one for one in others if one.task_id in seen]
    others.sort(key=in_order)
    tx.read_ahead({Employee: [one.assignee_id for one in others]})
    partner = tx.find_by_key(Partner, bundle.partner_id) if bundle.partner_id else None
    campaign = tx.find_by_key(Campaign, bundle.campaign_id) if bundle.campaign_id else None
    return {
        "bundle": {
            "title": bundle.title,
            "template": bundle.template_id,
            "anchor_date": bundle.anchor_date.isoformat(),
            "stage": bundle.stage,
            "status": bundle.status.value,
            "partner": partner.name if partner else None,
            "campaign": campaign.name if campaign else None,
        },
        "parameters": bundle.parameters,
        "tasks": [_task(tx, one) for one in others],
        "deliverables": _deliverables(tx, others),
        "links": [
            {"name": one.name, "url": one.url, "state": one.state.value}
            for one in links.links_of(tx, bundle.bundle_id)
        ],
    }


def _task(tx: Transaction, task: Task) -> Json:
    assignee = tx.find_by_key(Employee, task.assignee_id) if task.assignee_id else None
    closed_at = task.closed_at
    return {
        "number": task.task_number,
        "title": task.title,
        "status": task.status.value,
        "phase": task.phase,
        "assignee": assignee.name if assignee else None,
        "due_date": task.due_date.isoformat() if task.due_date else None,
        "closed_on": in_zone(closed_at, tx.workspace_zone).date().isoformat() if closed_at else None,
        "waiting_for": task.waiting_for,
        "skip_reason": task.skip_reason,
        "result_summary": task.result_summary,
    }


def _deliverables(tx: Transaction, tasks: Sequence[Task]) -> list[Json]:
    """Return the newest version of all that was handed over, task by task."""
    if not tasks:
        return []
    rows = tx.find(Deliverable, task_id=[one.task_id for one in tasks], order_by=("deliverable_id",))
    by_task = {one.task_id: one for one in tasks}
    place = {task_id: number for number, task_id in enumerate(by_task)}
    given = [row for row in newest(rows) if row.deliverable_url or row.sha256]
    return [
        {
            "task_number": by_task[row.task_id].task_number,
            "task": by_task[row.task_id].title,
            "name": row.ref.replace("_", " "),
            "type": row.type,
            "version_number": row.version_number,
            "address": row.deliverable_url,
            "delivered_on": (
                in_zone(row.delivered_at, tx.workspace_zone).date().isoformat() if row.delivered_at else None
            ),
        }
        for row in sorted(given, key=lambda row: (place[row.task_id], row.ref))
    ]
