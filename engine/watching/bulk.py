"""Watching or muting many tasks at once: each by a wish of its own, all in one act (UPD-39)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from engine.budgets import TASKS_AT_ONCE
from engine.inputs import Input
from engine.tasks import bulk
from engine.tasks.bulk_outcome import Bulk
from engine.transaction import Transaction
from engine.watching import service
from engine.watching.models import WatchMode

_SAID = {
    WatchMode.WATCHING: "watched",
    WatchMode.MUTED: "muted",
    WatchMode.NORMAL: "neither watched nor muted",
}


class BulkWatch(Input):
    """The tasks, and how much of them is to be heard."""

    #: Ids, numbers (12) or UUIDs, at most 100.
    tasks: Annotated[list[str | int], Field(title="Tasks", min_length=1, max_length=int(TASKS_AT_ONCE))]
    #: How much you hear of them.
    mode: WatchMode
    #: Only say what would be done, and change nothing.
    dry_run: bool = False


def watch(tx: Transaction, request: BulkWatch) -> Bulk:
    """Say how much the actor hears of many tasks; who sees a task may watch it, whoever works it.

    Raises:
        ForbiddenError: the actor is no user of the team.
    """
    asked = bulk.asked_for(tx, request.tasks)
    with tx.attempt(keeps=not request.dry_run):
        changed = service.set_mode_of_all(tx, [task for task in asked.values() if task], request.mode)
    rows = [bulk.row_of(task) if task else bulk.unseen(name) for name, task in asked.items()]
    as_before = ("It is so already: nothing changes.",)
    return Bulk(
        rows=[
            row if row.reasons or row.task_id in changed else replace(row, reasons=as_before) for row in rows
        ],
        what=_SAID[request.mode],
        is_dry_run=request.dry_run,
    )
