"""The queue: which tasks run, wait and are planned, and in which order what waits is begun (QUE-01)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field

from engine.executions import queue
from engine.executions.queue import Which
from engine.inputs import Input
from engine.tasks.states import TaskStatus
from engine.tasks.vocabulary import Priority, Urgency
from engine.transaction import Transaction
from web import queued
from web.api.paging import LONGEST_WAY, Whole
from web.api.schemas import (
    MOMENT,
    NUMBER,
    OPTIONAL_MOMENT,
    OPTIONAL_TEXT,
    TEXT,
    YES_NO,
    maybe,
    said,
    shape,
    some,
)


class Order(StrEnum):
    """By what the queue is sorted."""

    WRITTEN = "written"  #: what matters more, then what was made later
    DISPATCH = "dispatch"  #: the order in which it is begun


class QueueAsked(Input):
    """What of the queue is asked for."""

    filter: Which = Field(Which.ALL, description="`all`, `running`, `pending` or `scheduled`.")
    order: Order = Field(
        Order.WRITTEN,
        description="`written`: your tasks, people's too, what matters more first, then what was made later. "
        "`dispatch`: automated tasks alone, in the order in which workers begin them; counts end at 1,001.",
    )
    limit: Whole = Field(queue.DEFAULT, ge=1, le=queue.MOST, description="How many tasks, 1 to 100.")
    offset: Whole = Field(0, ge=0, le=LONGEST_WAY, description="How many tasks are passed over first.")


def _words(kind: type[StrEnum]) -> dict[str, Any]:
    return {**TEXT, "enum": [one.value for one in kind]}


_LINE = shape(
    "A task of the queue.",
    {
        "task_id": TEXT,
        "task_number": NUMBER,
        "title": TEXT,
        "status": said(_words(TaskStatus), "Where it stands."),
        "priority": said(_words(Priority), "How much it matters."),
        "urgency": said(_words(Urgency), "How soon it must happen."),
        "created_at": MOMENT,
        "is_running": said(YES_NO, "Whether it is in progress."),
        "queue_position": said(
            maybe(NUMBER),
            "Its place in the line of its executor, from 1. Null where it waits for no worker, and far "
            "behind.",
        ),
        "begins_at": said(
            OPTIONAL_MOMENT, "When it is begun, or tried again. Null where no moment is named."
        ),
        "executor": said(OPTIONAL_TEXT, "What runs it. Null where no attempt waits or runs."),
        "execution_id": said(OPTIONAL_TEXT, "The attempt that waits or runs. Null where none does."),
        "worker": said(
            OPTIONAL_TEXT, "The worker that runs it. Null where none does, and for who sees a part alone."
        ),
        "waits_because": said(OPTIONAL_TEXT, "Why it is not begun yet. Null where it waits for no worker."),
    },
)
_COUNTS = shape(
    "How many run, wait and are planned.", {which.value: NUMBER for which in Which if which != "all"}
)
_EXECUTOR = shape(
    "An executor, and what is said of it.",
    {
        "executor": TEXT,
        "running": said(NUMBER, "How many run."),
        "pending": said(NUMBER, "How many wait, of those you see; 1001 stands for more than 1,000."),
        "is_paused": YES_NO,
        "seats": said(maybe(NUMBER), "How many run at the same time. Null for four."),
        "per_minute": said(maybe(NUMBER), "How many are begun within a minute at most. Null for any number."),
        "per_day": said(maybe(NUMBER), "The same of 24 hours."),
        "waits_because": said(
            OPTIONAL_TEXT, "Why nothing of it is begun now. Null where nothing is in the way."
        ),
    },
)
_WORKER = shape(
    "A process that does what waits.",
    {
        "worker": TEXT,
        "release": said(TEXT, "The release of Workbench that it runs."),
        "threads": said(NUMBER, "How many jobs it does at the same time."),
        "executors": some(TEXT, "Whose tasks it begins; none named, those of all."),
        "since": said(MOMENT, "Since when."),
        "is_draining": said(YES_NO, "Whether it begins nothing more."),
        "is_lost": said(YES_NO, "Whether nothing was seen of it for 30 seconds."),
    },
)
#: What ``GET /api/tasks/queue`` answers.
SCHEMA = shape(
    "The queue as it stands.",
    {
        "queue": some({"title": "QueuedTask", **_LINE}, "The tasks."),
        "counts": said({"title": "QueueCounts", **_COUNTS}, "How many run, wait and are planned."),
        "executors": some({"title": "QueueExecutor", **_EXECUTOR}, "What runs tasks."),
        "workers": some(
            {"title": "QueueWorker", **_WORKER}, "Who does it; nobody for who sees a part alone."
        ),
        "stopped": said(OPTIONAL_TEXT, "Why no automated work is begun at all. Null unless it was stopped."),
    },
)


def read(tx: Transaction, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the queue as somebody asks for it who may read it."""
    wanted = QueueAsked(**asked)
    if wanted.order is Order.DISPATCH:
        found = queue.read(tx, wanted.filter, limit=wanted.limit, offset=wanted.offset)
        told = queued.whole(found)
    else:
        lines, counts = queue.listed(tx, wanted.filter, limit=wanted.limit, offset=wanted.offset)
        told = queued.whole(queue.read(tx, Which.RUNNING, limit=1))
        told["queue"] = [queued.line(one) for one in lines]
        told["counts"] = {which.value: count for which, count in counts.items()}
    return told
