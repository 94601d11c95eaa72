"""Open tasks that depend on another one, found by its bundle and by what blocks them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, FromClause, exists, select, union

from engine.tasks.models import Task
from engine.tasks.queries.conditions import one_of
from engine.tasks.queries.reading import task_table
from engine.transaction import Transaction


def open_dependents(tx: Transaction, task: Task) -> list[str]:
    """Return the ids of open tasks that list ``task`` among their dependencies, lowest number first.

    Those of its own bundle are all found; elsewhere those that it is the first to block, which an index
    tells. Tasks of a bundle that is over are left out: they end with it.
    """
    if _is_known_to_hold_nobody(tx, task):
        return []
    table = task_table(tx)
    is_listed = tx.database.dialect.place_in(table.c.document, f'"{task.task_id}"') > 0
    ways = [table.c.blocked_by == task.task_id]
    if task.bundle_id is not None:
        ways.append(table.c.bundle_id == task.bundle_id)
    # One read by index each; the tenant follows from the ids.
    reads = [
        select(table.c.task_number, table.c.task_id).where(
            way, table.c.is_open == 1, table.c.task_id != task.task_id, is_listed, ~_is_over(tx, table)
        )
        for way in ways
    ]
    return [task_id for _, task_id in sorted(tx.connection.execute(union(*reads)))]


def _is_known_to_hold_nobody(tx: Transaction, task: Task) -> bool:
    """Whether all tasks that may wait for one were read ahead, and no open one lists it."""
    ways = [tx.found_ahead(Task, blocked_by=task.task_id)]
    if task.bundle_id is not None:
        ways.append(tx.found_ahead(Task, bundle_id=task.bundle_id))
    return all(
        way is not None and not any(task.task_id in one.depends_on and one.is_open for one in way)
        for way in ways
    )


def dependents(tx: Transaction, task: Task) -> list[Task]:
    """Return all tasks that list ``task`` among their dependencies, closed ones too, lowest number first.

    It looks at every task of the workspace: for what is done rarely.
    """
    tx.flush()
    table = task_table(tx)
    is_listed = tx.database.dialect.place_in(table.c.dependency_list, f'"{task.task_id}"') > 0
    chosen = (
        select(table.c.task_id)
        .where(table.c.workspace_id == tx.workspace_id, is_listed)
        .order_by(table.c.task_number)
    )
    ids = list(tx.connection.execute(chosen).scalars())
    tx.read_ahead({Task: ids})
    return [found for task_id in ids if (found := tx.find_by_key(Task, task_id)) is not None]


def blocked_by_any(tx: Transaction, task_ids: Sequence[str]) -> list[tuple[str, str]]:
    """Return the open tasks that any of these is the first to block, lowest number first, each with that one.

    Tasks of a bundle that is over are left out: they end with it.
    """
    table = task_table(tx)
    chosen = (
        select(table.c.task_id, table.c.blocked_by)
        .where(one_of(tx, table.c.blocked_by, task_ids), table.c.is_open == 1, ~_is_over(tx, table))
        .order_by(table.c.task_number)
    )
    return [(row.task_id, row.blocked_by) for row in tx.connection.execute(chosen)]


def is_bundle_active(tx: Transaction, bundle_id: str) -> bool:
    """Whether work goes on in a bundle, so that it takes further tasks."""
    tx.flush()
    bundles = tx.database.sql_table("bundles")
    status = select(bundles.c.status).where(bundles.c.bundle_id == bundle_id)
    return tx.connection.execute(status).scalar_one_or_none() == "active"


def _is_over(tx: Transaction, table: FromClause) -> ColumnElement[bool]:
    """Return the condition that a task's bundle is closed."""
    # Bundles are a later layer's records, so only their table is named.
    bundles = tx.database.sql_table("bundles")
    return exists().where(bundles.c.bundle_id == table.c.bundle_id, bundles.c.status != "active")
