"""The queue as data: what the API answers and the command line prints, in one shape."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from engine.clock import to_text
from engine.executions.queue import ExecutorLine, Line, Queue, Which
from engine.jobs.workers import Worker
from engine.record import stored


def line(one: Line) -> dict[str, Any]:
    """Return a task of the queue."""
    task, execution = one.task, one.execution
    return {
        "task_id": task.task_id,
        "task_number": task.task_number,
        "title": task.title,
        "status": task.status.value,
        "priority": task.priority.value,
        "urgency": task.urgency.value,
        "created_at": stored(task.created_at),
        "is_running": one.state is Which.RUNNING,
        "queue_position": one.position,
        "begins_at": stored(one.begins_at),
        "executor": execution.executor if execution is not None else None,
        "execution_id": execution.execution_id if execution is not None else None,
        "worker": one.worker,
        "waits_because": one.why,
    }


def executor(one: ExecutorLine) -> dict[str, Any]:
    """Return an executor and what is said of it."""
    return {
        "executor": one.name,
        "running": one.running,
        "pending": one.pending,
        "is_paused": one.rule.is_held,
        "seats": one.rule.seats,
        "per_minute": one.rule.per_minute,
        "per_day": one.rule.per_day,
        "waits_because": one.why,
    }


def worker(one: Worker) -> dict[str, Any]:
    """Return a worker, without the token that proves its name."""
    return {
        "worker": one.name,
        "release": one.release,
        "threads": one.threads,
        "executors": [lane.rpartition(":")[2] for lane in one.does.split(",") if lane],
        "since": to_text(datetime.fromtimestamp(one.since / 1000, UTC)),
        "is_draining": one.is_draining,
        "is_lost": one.is_lost,
    }


def whole(found: Queue) -> dict[str, Any]:
    """Return the queue of automated tasks with its executors and workers."""
    return {
        "queue": [line(one) for one in found.lines],
        "counts": {which.value: count for which, count in found.counts.items()},
        "executors": [executor(one) for one in found.executors],
        "workers": [worker(one) for one in found.workers],
        "stopped": found.stopped,
    }
