"""``workbench queue ...``: which automated tasks run, what waits and why, and holding it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.access import Permission, require
from engine.executions import queue as queues
from engine.executions.queue import Which
from web import queued
from web.cli.context import Session, table
from web.cli.groups import Makers, Registered

if TYPE_CHECKING:
    from engine.command import Done
    from engine.executions.queue import ExecutorLine, Queue
    from engine.jobs.workers import Worker


def _registered() -> Makers:
    from web.cli.commands import makers  # noqa: PLC0415 - the queue is shown without the registry

    def say(session: Session, _request: Any, done: Done[Any], data: dict[str, Any]) -> None:
        session.answer(data, done.message)

    return makers("queue", {}, say)


@click.group("queue", cls=Registered, registered=_registered, invoke_without_command=True)
@click.pass_context
def queue(context: click.Context) -> None:
    """What programs run, what waits and why: show; pause, limit, move up, drain a worker.

    Without a verb it is `show`.
    """
    if context.invoked_subcommand is None:
        context.invoke(show)


def commands() -> list[click.Command]:
    """Return the commands of this module."""
    return [queue]


@queue.command("show")
@click.option(
    "--filter",
    "which",
    metavar="|".join(Which),
    type=click.Choice([one.value for one in Which]),
    default=Which.ALL.value,
    show_default=True,
    help="What runs, waits or is planned alone.",
)
@click.option("--executor", metavar="NAME", help="The tasks of this executor alone.")
@click.option(
    "--limit", metavar="N", type=click.IntRange(1, queues.MOST), default=queues.DEFAULT, show_default=True
)
@click.option("--offset", metavar="N", type=click.IntRange(0), default=0, help="Passes over so many.")
@click.pass_obj
def show(
    session: Session,
    which: str = Which.ALL.value,
    executor: str | None = None,
    limit: int = queues.DEFAULT,
    offset: int = 0,
) -> None:
    """Show the automated tasks that run and wait, in the order in which they are begun, and the workers."""
    require(session.actor, Permission.SEE_OWN_WORK, "see the queue")
    with session.reading() as tx:
        found = queues.read(tx, Which(which), executor=executor, limit=limit, offset=offset)
        is_told = tx.actor.sees_everything
    session.answer(queued.whole(found), lambda: _words(found, with_workers=is_told))


def _words(found: Queue, *, with_workers: bool) -> str:
    counts = {which: _at_most(count) for which, count in found.counts.items()}
    runs, waits, later = (counts[which] for which in (Which.RUNNING, Which.PENDING, Which.SCHEDULED))
    said = f"{runs} running, {waits} waiting, {later} planned."
    rows = [
        [
            one.position or "",
            one.task.task_number,
            one.task.title,
            one.execution.executor if one.execution else "",
            one.state.value,
            one.worker or one.why or "",
        ]
        for one in found.lines
    ]
    parts = [f"{found.stopped}." if found.stopped else "", said]
    parts += (
        [table(rows, ["place", "task", "title", "executor", "state", "by, or why it waits"])] if rows else []
    )
    parts.append(
        table([_executor(one) for one in found.executors], ["executor", "runs", "waits", "limits", "now"])
    )
    if with_workers:
        workers = [_worker(one, found) for one in found.workers]
        columns = ["worker", "release", "threads", "state", "does"]
        parts.append(table(workers, columns) if workers else "No workers.")
    return "\n\n".join(filter(None, parts))


def _executor(one: ExecutorLine) -> list[str]:
    return [one.name, str(one.running), _at_most(one.pending), one.limits, one.why or ""]


def _worker(one: Worker, found: Queue) -> list[str]:
    state = "lost" if one.is_lost else "begins nothing more" if one.is_draining else "works"
    return [one.name, one.release, str(one.threads), state, ", ".join(found.doing.get(one.name, ()))]


def _at_most(count: int) -> str:
    return f"{queues.COUNTED:,}+" if count > queues.COUNTED else f"{count:,}"
