"""Which events a client may read about: the one place that says so (WLG-02 to WLG-05; pure).

========================  ==================================================================================
What is told              Only where
========================  ==================================================================================
``task_completed``        that completion stands: nothing corrected it
``deliverable_delivered`` the partner sees the version and still has it: nobody rejected it or took it back
``partner_approved``      the partner's own people said yes, to a version that is told of as above
``stage_changed``         a completion that stands moved the bundle on, and nothing moved it back since
========================  ==================================================================================

And only where the type of the task includes the event today, the task is the partner's, and was neither
skipped nor cancelled. Everything else is internal: there is no other way into a worklog than this table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from engine.audit.models import Action, Event
from engine.bundles.models import Bundle
from engine.catalog.task_type import ToldEvent, WorklogPolicy
from engine.deliverables.models import Approval, ApprovalStatus, Deliverable
from engine.deliverables.naming import piece_name
from engine.tasks.models import Task, TaskStatus
from engine.worklogs.entries import Entry

_OUT = frozenset({TaskStatus.CANCELLED, TaskStatus.SKIPPED})
_NOTHING = WorklogPolicy()


@dataclass(frozen=True, kw_only=True)
class Week:
    """All that the worklog of one week may be made of, as it is now."""

    partner_id: str
    zone: str
    since: datetime
    until: datetime
    #: By the key of the task type, what the content says today.
    policies: Mapping[str, WorklogPolicy]
    tasks: Mapping[str, Task]
    bundles: Mapping[str, Bundle]
    deliverables: Mapping[str, Deliverable]
    approvals: Mapping[str, Approval]
    #: What happened to these tasks in the week, oldest first.
    events: Sequence[Event]
    #: Every change of a stage of these bundles from the beginning of the week until now, oldest first.
    stages: Sequence[Event]


def told(week: Week) -> list[Entry]:
    """Return what may be told, oldest first; of what happened several times on a day, the last time."""
    found: dict[tuple[object, ...], Entry] = {}
    for entry in _told(week):
        found.pop(entry.what_it_is, None)
        found[entry.what_it_is] = entry
    return list(found.values())


def _told(week: Week) -> Iterator[Entry]:
    rejected = {
        one.deliverable_id for one in week.approvals.values() if one.status is ApprovalStatus.REJECTED
    }
    completions: dict[tuple[str | None, str | None], Task] = {}
    for event in week.events:
        task = _task_of(week, event)
        if task is None:
            continue
        if event.action is Action.TASK_STATUS_CHANGED and _stands(task, event):
            completions[event.act_id, task.bundle_id] = task
            yield from _entry(week, event, "task_completed", task)
        elif event.action is Action.DELIVERABLE_DELIVERED:
            row = week.deliverables.get(event.entity_id)
            if row is not None and row.delivered_at == event.occurred_at and _is_shown(row, rejected):
                yield from _entry(week, event, "deliverable_delivered", task, row=row)
        elif event.action is Action.APPROVAL_DECIDED:
            approval = week.approvals.get(event.entity_id)
            row = week.deliverables.get(approval.deliverable_id) if approval else None
            # A decision stands: where nobody rejected the version, it was a yes.
            if approval and row and approval.partner_id == week.partner_id and _is_shown(row, rejected):
                yield from _entry(week, event, "partner_approved", task, row=row)
    yield from _moved_on(week, completions)


def _task_of(week: Week, event: Event) -> Task | None:
    """Return the task that an event is about, where anything may be told of it."""
    task = week.tasks.get(event.task_id or "")
    if task is None or task.status in _OUT or task.partner_id != week.partner_id:
        return None
    return task


def _stands(task: Task, event: Event) -> bool:
    """Whether an event tells of the completion that a task has: not of one that was corrected."""
    is_completion = (event.after or {}).get("status") == TaskStatus.COMPLETED
    return is_completion and task.status is TaskStatus.COMPLETED and task.completed_at == event.occurred_at


def _is_shown(row: Deliverable, rejected: set[str]) -> bool:
    return row.visible_in_portal and row.deliverable_id not in rejected


def _moved_on(week: Week, completions: Mapping[tuple[str | None, str | None], Task]) -> Iterator[Entry]:
    """Yield the stages that completions brought about, where nothing moved the bundle back since."""
    for place, event in enumerate(week.stages):
        task = completions.get((event.act_id, event.entity_id))
        before, after = (event.before or {}).get("stage"), (event.after or {}).get("stage")
        if task is None or event.act_id is None or after is None or event.occurred_at >= week.until:
            continue
        later = (one for one in week.stages[place + 1 :] if one.entity_id == event.entity_id)
        if not any((one.after or {}).get("stage") == before for one in later):
            yield from _entry(week, event, "stage_changed", task, stage=str(after))


def _entry(
    week: Week,
    event: Event,
    word: ToldEvent,
    task: Task,
    *,
    row: Deliverable | None = None,
    stage: str | None = None,
) -> Iterator[Entry]:
    policy = week.policies.get(task.task_type, _NOTHING)
    if word not in policy.include:
        return
    bundle = week.bundles.get(task.bundle_id or "")
    yield Entry(
        event_id=event.audit_event_id,
        event=word,
        day=event.occurred_at.astimezone(ZoneInfo(week.zone)).date(),
        task_id=task.task_id,
        task=task.title,
        what=piece_name(row.ref, None) if row else None,
        bundle_id=bundle.bundle_id if bundle else None,
        bundle=bundle.title if bundle else None,
        stage=stage.replace("_", " ") if stage else None,
        address=_outside(row.deliverable_url) if row else None,
        words=getattr(policy.words, word),
    )


def _outside(address: str | None) -> str | None:
    """Return an address where it leads out of Workbench: whoever is not signed in can follow no other."""
    return address if address and address.startswith(("https://", "http://")) else None
