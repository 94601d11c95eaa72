"""The tasks beyond a bundle that its own wait for, by their ids alone: what its page follows from."""

from __future__ import annotations

import json

from sqlalchemy import select

from engine.tasks.queries.conditions import one_of
from engine.tasks.queries.reading import task_table
from engine.transaction import Transaction


def beyond_bundle(tx: Transaction, bundle_id: str) -> list[tuple[str, str | None]]:
    """Return the tasks outside of a bundle that its tasks wait for, whoever sees them: task and bundle id."""
    table = task_table(tx)
    named = select(table.c.task_id, table.c.dependency_list).where(table.c.bundle_id == bundle_id)
    inside = {task_id: text for task_id, text in tx.connection.execute(named)}  # noqa: C416 - rows are no pairs to mypy
    outside = {other for text in inside.values() for other in json.loads(text)} - inside.keys()
    if not outside:
        return []
    found = select(table.c.task_id, table.c.bundle_id).where(one_of(tx, table.c.task_id, sorted(outside)))
    return [(task_id, of_bundle) for task_id, of_bundle in tx.connection.execute(found)]
