"""``workbench execution ...`` and ``task track``: lists of attempts, and following one until it ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from engine.audit import history, topics
from engine.clock import in_zone
from engine.executions import queries, tracking
from engine.executions.models import Execution, ExecutionStatus
from engine.executions.tracking import Place, StepState, Tracked
from engine.reports import writing
from engine.reports.tables import Column, Table
from engine.tasks import lookup
from engine.tasks.models import Task
from web.cli.context import Session, table
from web.cli.groups import Makers, Registered

if TYPE_CHECKING:
    from engine.command import Done

#: How often it is looked whether there is anything new; one statement.
PAUSE_SECONDS = 1.0
#: The columns of a list, in a file by the names of the fields.
_COLUMNS = (
    *("execution_id", "task_id", "attempt_number", "status", "executor", "triggered_by"),
    *("created_at", "started_at", "completed_at", "duration", "error_code", "error"),
)


def _registered() -> Makers:
    from web.cli.commands import makers  # noqa: PLC0415 - attempts are listed without the registry

    return makers("execution", {}, _say)


def _say(session: Session, _request: Any, done: Done[Any], data: dict[str, Any]) -> None:
    session.answer(data, done.message)


@click.group("execution", cls=Registered, registered=_registered)
def execution() -> None:
    """Attempts at automated tasks: list, cancel, try again, say how one ended."""


def commands() -> list[click.Command]:
    """Give the commands of this module."""
    return [execution]


@execution.command("list")
@click.option(
    "--status",
    "statuses",
    metavar="|".join(ExecutionStatus),
    type=click.Choice([status.value for status in ExecutionStatus]),
    multiple=True,
    help="Those that stand so alone. Repeatable.",
)
@click.option("--executor", metavar="NAME", help="Those that this runs, such as api_call.")
@click.option("--task", "reference", metavar="ID", help="Those at one task.")
@click.option("--before", metavar="EXECUTION_ID", help="Those that were made before one: the next page.")
@click.option("--limit", metavar="N", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option(
    "--format", "form", type=click.Choice(["table", "csv"]), default="table", help="How it is written."
)
@click.pass_obj
def list_executions(
    session: Session,
    statuses: tuple[str, ...],
    executor: str | None,
    reference: str | None,
    before: str | None,
    limit: int,
    form: str,
) -> None:
    """List the attempts at tasks that you see, the newest first."""
    with session.reading() as tx:
        task_id = lookup.find(tx, reference).task_id if reference is not None else None
        found = queries.newest(
            tx,
            limit,
            statuses=[ExecutionStatus(status) for status in statuses],
            executor=executor,
            task_id=task_id,
            before=before,
        )
        numbers = {one.task_id: tx.get(Task, one.task_id).task_number for one in found}
        zone = tx.timezone
    if form == "csv" and not session.as_json:
        click.echo(_csv(found), nl=False)
        return
    rows = [
        [
            one.execution_id,
            f"#{numbers[one.task_id]}",
            one.attempt_number,
            one.said,
            one.executor,
            f"{in_zone(one.created_at, zone):%Y-%m-%d %H:%M}",
            one.error_code,
        ]
        for one in found
    ]
    session.answer(
        {"executions": [one.model_dump(mode="json") for one in found]},
        lambda: table(rows, ["execution", "task", "attempt", "status", "executor", "made", "error"]),
    )


def _csv(found: list[Execution]) -> str:
    """Return a list as CSV that no spreadsheet runs."""
    columns = [Column(name=name, title=name) for name in _COLUMNS]
    rows = [{name: getattr(one, name) for name in _COLUMNS} for one in found]
    return writing.to_csv(Table(columns=columns, rows=rows))


@click.command("track")
@click.argument("reference", metavar="ID")
@click.option("--once", is_flag=True, help="Say how it stands, and do not wait for its end.")
@click.pass_obj
def track(session: Session, reference: str, once: bool) -> None:
    """Follow an automated task until nothing runs any more; the exit code is 0 if it was done, else 1.

    What is tried again by itself is followed on. Ctrl-C ends the following, and not the task.
    """
    told = _Told(session)
    found = told.look(reference, None)
    while found.is_live and not once:
        told.wait_for_news()
        found = told.look(found.task.task_id, None if session.as_json else found.place)
    session.answer(found.as_json(), lambda: "\n".join(_end(found)))
    is_done = found.last is not None and found.last.status is ExecutionStatus.COMPLETED
    if not is_done and not (once and found.is_live):
        click.get_current_context().exit(1)


class _Told:
    """What was printed already, each step and line once, and up to where that was."""

    def __init__(self, session: Session) -> None:
        self._session, self._states = session, dict[tuple[int, str], str]()
        self._names: tuple[str, ...] = ()
        self._seen: dict[str, int] = {}

    def look(self, reference: str, after: Place | None) -> Tracked:
        """Read how a task comes along, and print what is new."""
        with self._session.reading() as tx:
            found = tracking.read(tx, lookup.find(tx, reference), after)
            self._names = (topics.task(found.task.task_id), topics.progress(found.task.task_id))
            self._seen, zone = history.positions(tx, self._names), tx.timezone
        if not self._session.as_json:
            for words in self._news(found):
                click.echo(words)
            for line in found.lines:
                click.echo(f"  {in_zone(line.at, zone):%H:%M:%S} {line.text}")
        return found

    def wait_for_news(self) -> None:
        """Wait until something has happened to the task, or its journal was written, since it was read."""
        stopped, now = threading.Event(), self._seen
        while now == self._seen:
            stopped.wait(PAUSE_SECONDS)
            with self._session.reading() as tx:
                now = history.positions(tx, self._names)

    def _news(self, found: Tracked) -> Iterator[str]:
        last = found.last
        if last is None:
            return
        if self._is_new(last.attempt_number, "", last.said):
            yield f"Attempt {last.attempt_number}: {last.said}."
        for step in found.steps:
            if step.state is not StepState.TO_DO and self._is_new(last.attempt_number, step.name, step.state):
                took = f", {step.seconds} s" if step.seconds is not None else ""
                yield f"  {step.state.value}: {step.name}{took}"

    def _is_new(self, attempt: int, name: str, state: str) -> bool:
        before, self._states[attempt, name] = self._states.get((attempt, name)), state
        return before != state


def _end(found: Tracked) -> Iterator[str]:
    """Yield how it ended, and what to do next where it was not done."""
    last = found.last
    if last is None:
        yield f"{found.task.name} has not been run yet. {found.refusal or ''}".rstrip()
        return
    for name, value in (last.output or {}).items():
        yield f"  {name}: {value}"
    if last.error and not last.is_live:
        yield f"{last.error} ({last.error_code})"
    if "execution retry" in found.can_do:
        yield f"Try it again: workbench execution retry {last.execution_id}"
    if "execution settle" in found.can_do:
        yield f"Say what you found: workbench execution settle {last.execution_id} happened --comment TEXT"
