"""SQL reads of worklogs: what can be of a week, by index, and the lists of worklogs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, union

from engine.access import ApprovalSource
from engine.audit.models import Action, Event
from engine.clock import to_text
from engine.deliverables.models import Approval
from engine.loading import load_all
from engine.tasks.models import Task, TaskStatus
from engine.tasks.queries.conditions import one_of
from engine.transaction import Transaction
from engine.worklogs.models import WorkLog, WorkLogStatus


def task_ids(
    tx: Transaction, campaign_id: str, partner_id: str, since: datetime, until: datetime
) -> list[str]:
    """Return the tasks of a campaign that were completed within a time, or put before its partner or judged.

    What was delivered was so in the act of one of these.
    """
    tasks, approvals = _table(tx, Task.spec.table), _table(tx, Approval.spec.table)
    own = (tasks.c.workspace_id == tx.workspace_id, tasks.c.campaign_id == campaign_id)
    completed = select(tasks.c.task_id).where(
        *own, tasks.c.status == TaskStatus.COMPLETED.value, *_within(tasks.c.closed_at, since, until)
    )
    judged = [
        select(approvals.c.task_id)
        .join(tasks, tasks.c.task_id == approvals.c.task_id)
        .where(
            approvals.c.workspace_id == tx.workspace_id,
            approvals.c.partner_id == partner_id,
            approvals.c.source == ApprovalSource.PORTAL.value,
            *_within(moment, since, until),
            tasks.c.campaign_id == campaign_id,
        )
        for moment in (approvals.c.requested_at, approvals.c.decided_at)
    ]
    return sorted(task_id for (task_id,) in tx.connection.execute(union(completed, *judged)))


def events_of(
    tx: Transaction,
    where: Mapping[str, Sequence[str]],
    actions: Collection[Action],
    since: datetime,
    until: datetime | None = None,
) -> list[Event]:
    """Return the events of these kinds about tasks or bundles within a time, oldest first."""
    events = _table(tx, Event.spec.table)
    conditions = [one_of(tx, events.c[name], ids) for name, ids in where.items()]
    chosen = (
        select(events.c.document)
        .where(
            events.c.workspace_id == tx.workspace_id,
            *conditions,
            events.c.action.in_([action.value for action in actions]),
            *_within(events.c.occurred_at, since, until),
        )
        .order_by(events.c.seq)
    )
    return load_all(Event, [text for (text,) in tx.connection.execute(chosen)], tx.database)


def listed(
    tx: Transaction,
    *,
    partner_id: str | None,
    campaign_id: str | None,
    statuses: Collection[WorkLogStatus],
    limit: int,
    offset: int,
    after: tuple[str, str] | None = None,
) -> list[WorkLog]:
    """Return worklogs, the newest week first; those ``after`` a week and an id, if these are given."""
    table = _table(tx, WorkLog.spec.table)
    later = []
    if after is not None:
        week, worklog_id = after
        same = and_(table.c.week == week, table.c.worklog_id < worklog_id)
        later.append(or_(table.c.week < week, same))
    chosen = (
        select(table.c.document)
        .where(*_asked(tx, table, partner_id, campaign_id), _stands(table, statuses), *later)
        .order_by(table.c.week.desc(), table.c.worklog_id.desc())
        .limit(limit)
        .offset(offset)
    )
    return load_all(WorkLog, [text for (text,) in tx.connection.execute(chosen)], tx.database)


def totals(
    tx: Transaction, *, partner_id: str | None = None, campaign_id: str | None = None
) -> dict[WorkLogStatus, int]:
    """Count the worklogs by how they stand."""
    table = _table(tx, WorkLog.spec.table)
    counted = (
        select(table.c.status, func.count())
        .where(*_asked(tx, table, partner_id, campaign_id))
        .group_by(table.c.status)
    )
    found = {status: int(count) for status, count in tx.connection.execute(counted)}
    return {status: found.get(status.value, 0) for status in WorkLogStatus}


def known_weeks(tx: Transaction, since: date) -> dict[str, set[date]]:
    """Return the weeks from one on that each campaign has a worklog of, by the campaign's id."""
    table = _table(tx, WorkLog.spec.table)
    chosen = select(table.c.campaign_id, table.c.week).where(
        table.c.workspace_id == tx.workspace_id, table.c.week >= since.isoformat()
    )
    found: dict[str, set[date]] = {}
    for campaign_id, week in tx.connection.execute(chosen):
        found.setdefault(campaign_id, set()).add(date.fromisoformat(week))
    return found


def _asked(
    tx: Transaction, table: Any, partner_id: str | None, campaign_id: str | None
) -> list[ColumnElement[bool]]:
    equal = {"workspace_id": tx.workspace_id, "partner_id": partner_id, "campaign_id": campaign_id}
    return [table.c[name] == value for name, value in equal.items() if value is not None]


def _stands(table: Any, statuses: Collection[WorkLogStatus]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = table.c.status.in_([status.value for status in statuses])
    return found


def _within(column: ColumnElement[Any], since: datetime, until: datetime | None) -> list[ColumnElement[bool]]:
    return [column >= to_text(since), *([column < to_text(until)] if until else [])]


def _table(tx: Transaction, name: str) -> Any:
    """Return a table by its name, with everything pending written."""
    tx.tell()
    return tx.database.sql_table(name)
