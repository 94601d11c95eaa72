"""SQL over schedules: which of them a worker has to look at."""

from __future__ import annotations

from sqlalchemy import or_, select

from engine.clock import to_text
from engine.schedules.models import Schedule, ScheduledStart, ScheduleState, StartState
from engine.transaction import Transaction


def due_ids(tx: Transaction, *, everything: bool) -> list[str]:
    """Return the ids of the active schedules that have something to start, those that are due longest first.

    With ``everything`` all active ones: their templates may have changed.
    """
    tx.flush()
    table, starts = (tx.database.sql_table(kind.spec.table) for kind in (Schedule, ScheduledStart))
    chosen = select(table.c.schedule_id).where(
        table.c.workspace_id == tx.workspace_id, table.c.state == ScheduleState.ACTIVE.value
    )
    if not everything:
        waiting = select(starts.c.schedule_id).where(
            starts.c.workspace_id == tx.workspace_id, starts.c.state == StartState.WAITING.value
        )
        chosen = chosen.where(
            or_(table.c.next_at <= to_text(tx.wall_clock), table.c.schedule_id.in_(waiting))
        )
    rows = tx.connection.execute(chosen.order_by(table.c.next_at, table.c.schedule_id))
    return [str(row[0]) for row in rows]
