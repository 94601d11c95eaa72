"""Reads by index what the worklog of a week may be made of; ``criteria`` says what of it is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from engine.audit.models import Action
from engine.bundles.models import Bundle
from engine.catalog.models import TaskType
from engine.deliverables.models import Approval, Deliverable
from engine.tasks.models import Task
from engine.transaction import Transaction
from engine.worklogs import queries, weeks
from engine.worklogs.criteria import Week

_OF_TASKS = (Action.TASK_STATUS_CHANGED, Action.DELIVERABLE_DELIVERED, Action.APPROVAL_DECIDED)


def read(
    tx: Transaction, campaign_id: str, partner_id: str, monday: date, types: Mapping[str, TaskType]
) -> Week:
    """Return all that may be told of a week of a campaign, as it is now; nobody's permission is asked.

    ``types`` are those of the content of today: what they leave out is not told from now on, and of a type
    that is gone nothing is.
    """
    since, until = weeks.limits(monday, tx.workspace_zone)
    ids = queries.task_ids(tx, campaign_id, partner_id, since, until)
    tasks, rows, approvals = (
        tx.find_together(
            (Task, {"task_id": ids}), (Deliverable, {"task_id": ids}), (Approval, {"task_id": ids})
        )
        if ids
        else ([], [], [])
    )
    bundle_ids = sorted({task.bundle_id for task in tasks if task.bundle_id})
    tx.read_ahead({Bundle: bundle_ids})
    bundles = [tx.find_by_key(Bundle, bundle_id) for bundle_id in bundle_ids]
    return Week(
        partner_id=partner_id,
        zone=tx.workspace_zone,
        since=since,
        until=until,
        policies={key: kind.worklog for key, kind in types.items()},
        tasks={task.task_id: task for task in tasks},
        bundles={bundle.bundle_id: bundle for bundle in bundles if bundle is not None},
        deliverables={row.deliverable_id: row for row in rows},
        approvals={approval.task_approval_id: approval for approval in approvals},
        events=queries.events_of(tx, {"task_id": ids}, _OF_TASKS, since, until) if ids else [],
        stages=queries.events_of(tx, {"bundle_id": bundle_ids}, (Action.BUNDLE_STAGE_CHANGED,), since)
        if bundle_ids
        else [],
    )
