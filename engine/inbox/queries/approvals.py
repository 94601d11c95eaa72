"""Reads over approvals: how many wait for somebody, and what was decided on somebody's work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, false, func, or_, select, true

from engine.access import ApprovalSource, Permission, may
from engine.clock import to_text
from engine.deliverables.models import Approval, ApprovalStatus, Deliverable
from engine.inbox.queries.counting import Count
from engine.loading import load
from engine.tasks.queries.conditions import one_of, text_of
from engine.tasks.queries.reading import task_table
from engine.transaction import Transaction

#: Decided approvals that are looked through at most for those on somebody's work.
_LOOKED_THROUGH = 500


def waiting_counted(tx: Transaction, user_ids: Sequence[str]) -> Count:
    """Return the count of approvals that the actor may decide; ``user_ids`` are all their users.

    The same as the length of ``approvals.waiting``: the roles, the partner and the separation of duties of
    ``access.why_not_decide``, in SQL.
    """
    table = _approvals(tx)
    ways: list[ColumnElement[bool]] = []
    if may(tx.actor, Permission.DECIDE):
        ways.append(table.c.source == ApprovalSource.INTERNAL.value)
    if may(tx.actor, Permission.DECIDE_AS_PARTNER) and tx.actor.partner_id:
        ways.append(
            and_(
                table.c.source == ApprovalSource.PORTAL.value,
                table.c.partner_id == tx.actor.partner_id,
            )
        )
    counted = (
        select(func.count())
        .select_from(table)
        .where(table.c.workspace_id == tx.workspace_id, table.c.is_open == true(), or_(false(), *ways))
    )
    if not tx.settings.own_approval:
        counted = counted.where(*_not_own(tx, table, user_ids))
    return counted


def _not_own(tx: Transaction, table: FromClause, user_ids: Sequence[str]) -> list[ColumnElement[bool]]:
    """Return that the actor is no assignee, now or at the request, and no author of any version (APR-16)."""
    tasks, rows = task_table(tx), tx.database.sql_table(Deliverable.spec.table)
    judged = rows.alias()
    is_author = or_(*_names_any(tx, rows, user_ids))
    same_lineage = and_(
        text_of(tx, rows, "ref") == text_of(tx, judged, "ref"),
        func.coalesce(text_of(tx, rows, "task_step_id"), "")
        == func.coalesce(text_of(tx, judged, "task_step_id"), ""),
    )
    own_version = exists().where(
        judged.c.deliverable_id == table.c.deliverable_id,
        rows.c.task_id == table.c.task_id,
        is_author,  # first: as a rule it is not so, and the lineage need not be asked about
        same_lineage,
    )
    found = [~own_version]
    if tx.actor.employee_id is not None:
        own_task = exists().where(
            tasks.c.task_id == table.c.task_id, tasks.c.assignee_id == tx.actor.employee_id
        )
        asked = text_of(tx, table, "assignee_ids")
        asked_as = tx.database.dialect.place_in(asked, f'"{tx.actor.employee_id}"')
        found += [~own_task, asked_as == 0]
    return found


def decided_after(
    tx: Transaction, since: datetime | None, *, user_ids: Sequence[str], limit: int
) -> list[Approval]:
    """Return others' decisions on what the actor asked for, handed over or is assigned, newest first."""
    table = _approvals(tx)
    chosen = _on_own_work(tx, table, table.c.document, since=since, user_ids=user_ids, limit=limit)
    return [load(Approval, text, tx.database) for text in tx.connection.execute(chosen).scalars()]


def decided_counted(tx: Transaction, since: datetime | None, *, user_ids: Sequence[str], limit: int) -> Count:
    """Return the count of what ``decided_after`` would return."""
    table = _approvals(tx)
    chosen = _on_own_work(tx, table, table.c.doc_id, since=since, user_ids=user_ids, limit=limit).subquery()
    return select(func.count()).select_from(chosen)


def _on_own_work(
    tx: Transaction,
    table: FromClause,
    column: ColumnElement[Any],
    *,
    since: datetime | None,
    user_ids: Sequence[str],
    limit: int,
) -> Select[Any]:
    tasks, rows = task_table(tx), tx.database.sql_table(Deliverable.spec.table)
    ways: list[ColumnElement[bool]] = [text_of(tx, table, "requested_by").in_(user_ids)]
    ways += _names_any(tx, rows, user_ids)
    if tx.actor.employee_id is not None:
        ways.append(tasks.c.assignee_id == tx.actor.employee_id)
    recent = (
        select(table.c.doc_id)
        .where(
            table.c.workspace_id == tx.workspace_id,
            table.c.decided_at > (to_text(since) if since is not None else ""),
        )
        .order_by(table.c.decided_at.desc(), table.c.doc_id.desc())
        .limit(_LOOKED_THROUGH)
        .subquery()
    )
    return (
        select(column)
        .join_from(table, recent, recent.c.doc_id == table.c.doc_id)
        .join(tasks, tasks.c.task_id == table.c.task_id)
        .join(rows, rows.c.deliverable_id == table.c.deliverable_id)
        .where(or_(*ways), text_of(tx, table, "approver_id").not_in(user_ids))
        .order_by(table.c.decided_at.desc(), table.c.doc_id.desc())
        .limit(limit)
    )


def decided_by_partner(tx: Transaction, partner_id: str, limit: int) -> list[Approval]:
    """List what a partner's people have decided, newest request first."""
    table = _approvals(tx)
    chosen = (
        select(table.c.document)
        .where(
            table.c.workspace_id == tx.workspace_id,
            table.c.partner_id == partner_id,
            table.c.decided_at.is_not(None),
        )
        .order_by(table.c.requested_at.desc(), table.c.doc_id.desc())
        .limit(limit)
    )
    return [load(Approval, text, tx.database) for text in tx.connection.execute(chosen).scalars()]


def last_decisions(
    tx: Transaction, employee_ids: Sequence[str], limit: int
) -> dict[str, list[ApprovalStatus]]:
    """Return how the newest decisions on tasks assigned to each employee came out, newest first."""
    if not employee_ids:
        return {}
    tasks, table = task_table(tx), _approvals(tx)
    newest = (table.c.decided_at.desc(), table.c.doc_id.desc())
    place = func.row_number().over(partition_by=tasks.c.assignee_id, order_by=newest)
    columns = (tasks.c.assignee_id, text_of(tx, table, "status").label("status"), place.label("place"))
    ranked = (
        select(*columns)
        .join_from(table, tasks, tasks.c.task_id == table.c.task_id)
        .where(
            tasks.c.workspace_id == tx.workspace_id,
            one_of(tx, tasks.c.assignee_id, employee_ids),
            table.c.decided_at.is_not(None),
        )
        .subquery()
    )
    chosen = select(ranked).where(ranked.c.place <= limit).order_by(ranked.c.assignee_id, ranked.c.place)
    found: dict[str, list[ApprovalStatus]] = {}
    for row in tx.connection.execute(chosen):
        found.setdefault(row.assignee_id, []).append(ApprovalStatus(row.status))
    return found


def _approvals(tx: Transaction) -> FromClause:
    tx.flush()
    return tx.database.sql_table(Approval.spec.table)


def _names_any(tx: Transaction, rows: FromClause, user_ids: Sequence[str]) -> list[ColumnElement[bool]]:
    """Return the conditions that a version was written by one of these users."""
    authors = text_of(tx, rows, "authors")
    return [tx.database.dialect.place_in(authors, f'"{user_id}"') > 0 for user_id in user_ids]
