"""``workbench reminders ...``: what one is reminded of, what would come, and why it came or did not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.clock import in_zone
from engine.reminders import explain as explaining
from engine.reminders import month, service
from engine.tasks import lookup
from engine.tasks.models import Task
from web.cli.context import Session, table
from web.cli.groups import Makers, Registered

if TYPE_CHECKING:
    from datetime import datetime

    from engine.command import Done
    from engine.reminders.explain import Line
    from engine.transaction import Transaction


def _registered() -> Makers:
    from web.cli.commands import makers  # noqa: PLC0415 - they are listed without the registry

    def say(session: Session, _request: Any, done: Done[Any], data: dict[str, Any]) -> None:
        session.answer(data, done.message)

    return makers("reminders", {}, say)


@click.group("reminders", cls=Registered, registered=_registered)
def reminders() -> None:
    """Of what people are reminded: explain, list, dismiss, put off."""


def commands() -> list[click.Command]:
    """Return the commands of this module."""
    return [reminders]


@reminders.command("explain")
@click.argument("task", metavar="TASK")
@click.pass_obj
def explain(session: Session, task: str) -> None:
    """Say why each reminder of a task was, was not, or will be sent. TASK is an id, a number or a UUID."""
    content = session.workbench.content()
    with session.reading() as tx:
        found = lookup.find(tx, task)
        told = explaining.explain(tx, content, found)
        zone = tx.timezone
    data = {
        "task_id": found.task_id,
        "past": [_described(line) for line in told.past],
        "coming": [_described(line) for line in told.coming],
        "silent": list(told.silent),
    }
    session.answer(data, lambda: _words(found, told, zone))


@reminders.command("list")
@click.option("--month", "is_month", is_flag=True, help="What would be sent within a month, as things stand.")
@click.option("--all", "everybody", is_flag=True, help="With --month: to everybody, not to you alone.")
@click.pass_obj
def list_reminders(session: Session, is_month: bool, everybody: bool) -> None:
    """List the reminders that stand in your inbox or that you put off; with --month those to come."""
    if everybody and not is_month:
        raise click.UsageError("--all lists what is to come: add --month.")
    content = session.workbench.content()
    with session.reading() as tx:
        if is_month:
            data, rows = _month(tx, month.ahead(tx, content, everybody=everybody))
        else:
            data, rows = _standing(tx)
        zone = tx.timezone
    columns = ["whom" if is_month else "reminder", "task", "what"]
    nothing = "Nothing is to come within a month." if is_month else "No reminders."
    session.answer(data, lambda: table(rows, [f"when ({zone})", *columns]) if rows else nothing)


def _month(tx: Transaction, found: month.Month) -> tuple[dict[str, Any], list[list[Any]]]:
    rows = [
        [
            _said(one.moment.send_at, tx.timezone),
            one.whom,
            f"#{one.task.task_number} {one.task.title}",
            one.moment.text,
        ]
        for one in found.coming
    ]
    data = [
        {
            "send_at": one.moment.send_at,
            "type": one.moment.type,
            "task_id": one.task.task_id,
            "user_ids": list(one.user_ids),
            "text": one.moment.text,
        }
        for one in found.coming
    ]
    return {"until": found.until, "is_cut": found.is_cut, "coming": data}, rows


def _standing(tx: Transaction) -> tuple[dict[str, Any], list[list[Any]]]:
    found = service.standing(tx)
    rows = [
        [_said(one.send_at, tx.timezone), one.reminder_id, _task(tx, one.task_id), one.text] for one in found
    ]
    return {"reminders": [one.to_data() for one in found]}, rows


def _task(tx: Transaction, task_id: str | None) -> str:
    task = tx.find_by_key(Task, task_id) if task_id else None
    return f"#{task.task_number} {task.title}" if task is not None else ""


def _words(task: Task, told: explaining.Explanation, zone: str) -> str:
    lines = [f"{task.name}", f"Times are those of {zone}."]
    for title, some in (("What was", told.past), ("What comes", told.coming)):
        if some:
            lines += ["", f"{title}:"]
            lines += [
                f"  {_said(line.at, zone)}  {line.type.value} to {line.whom} {line.verdict}. {line.reason}"
                for line in some
            ]
    if told.silent:
        lines += ["", *told.silent]
    return "\n".join(lines)


def _described(line: Line) -> dict[str, Any]:
    return {
        "type": line.type,
        "send_at": line.at,
        "whom": line.whom,
        "text": line.text,
        "verdict": line.verdict,
        "reason": line.reason,
        "reminder_id": line.record.reminder_id if line.record else None,
    }


def _said(moment: datetime, zone: str) -> str:
    return f"{in_zone(moment, zone):%Y-%m-%d %H:%M}"
