"""Open tasks that depend on another one, found by its bundle and by what blocks them."""

from __future__ import annotations

from sqlalchemy import func, select, union

from engine.tasks.models import Task
from engine.tasks.queries.reading import task_table
from engine.transaction import Transaction


def open_dependents(tx: Transaction, task: Task) -> list[str]:
    """Return the ids of open tasks that list ``task`` among their dependencies, lowest number first.

    Those of its own bundle are all found; elsewhere those that it is the first to block, which an index
    tells. Tasks of a bundle that is over are left out: they end with it.
    """
    table = task_table(tx)
    # Bundles are a later layer's records, so only their table is named.
    bundles = tx.database.sql_table("bundles")
    over = select(bundles.c.bundle_id).where(
        bundles.c.bundle_id == table.c.bundle_id, bundles.c.status != "active"
    )
    find = func.instr if tx.database.dialect == "sqlite" else func.strpos
    is_listed = find(table.c.document, f'"{task.task_id}"') > 0
    ways = [table.c.blocked_by == task.task_id]
    if task.bundle_id is not None:
        ways.append(table.c.bundle_id == task.bundle_id)
    # One read by index each; the tenant follows from the ids.
    reads = [
        select(table.c.task_number, table.c.task_id).where(
            way, table.c.is_open == 1, table.c.task_id != task.task_id, is_listed, ~over.exists()
        )
        for way in ways
    ]
    return [task_id for _, task_id in sorted(tx.connection.execute(union(*reads)))]


def is_bundle_active(tx: Transaction, bundle_id: str) -> bool:
    """Whether work goes on in a bundle, so that it takes further tasks."""
    tx.flush()
    bundles = tx.database.sql_table("bundles")
    status = select(bundles.c.status).where(bundles.c.bundle_id == bundle_id)
    return tx.connection.execute(status).scalar_one_or_none() == "active"
