"""The tasks beyond a bundle that its own wait for, by their ids alone: what its page follows from."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect as SqlDialect
from sqlalchemy import FromClause, Text, bindparam, select, true, type_coerce

from engine.store import Dialect
from engine.tasks.queries.prepared import Prepared
from engine.tasks.queries.reading import task_table
from engine.transaction import Transaction


def beyond_bundle(tx: Transaction, bundle_id: str) -> list[tuple[str, str | None]]:
    """Return the tasks outside of a bundle that its tasks wait for, whoever sees them: task and bundle id."""
    found = _named(task_table(tx), tx.database.dialect, tx.connection.dialect)
    return [(task_id, of_bundle) for task_id, of_bundle in found.rows(tx, bundle_id=bundle_id)]


@lru_cache(8)
def _named(table: FromClause, dialect: Dialect, driver: SqlDialect) -> Prepared:
    own = table.alias()
    bundle_id: Any = bindparam("bundle_id", "", Text())
    waited_for = dialect.entries(own.c.dependency_list).alias()
    named = select(type_coerce(waited_for.c.value, Text())).select_from(own).join(waited_for, true())
    return Prepared(
        select(table.c.task_id, table.c.bundle_id).where(
            table.c.task_id.in_(named.where(own.c.bundle_id == bundle_id)),
            table.c.bundle_id.is_distinct_from(bundle_id),
        ),
        driver,
    )
