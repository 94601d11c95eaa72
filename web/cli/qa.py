"""``workbench qa ...``: the queue of completed tasks to look at again, flags and scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from engine.deliverables import describe
from engine.errors import BadRequestError
from engine.qa import service
from engine.qa.read_models import QaRow, QaState
from engine.tasks import assignment
from engine.tasks.models import Task
from engine.transaction import Transaction
from web.cli.context import Session, table
from web.cli.groups import Makers, Registered

if TYPE_CHECKING:
    from engine.command import Done
    from engine.qa.commands import Scored


def _registered() -> Makers:
    from web.cli.commands import makers  # noqa: PLC0415 - the queue is listed without the registry

    return makers("qa", {"qa flag": _flagged}, _scored)


@click.group("qa", cls=Registered, registered=_registered)
def qa() -> None:
    """Completed tasks that are looked at again: list, flag, score. ID is a task id, a number or a UUID."""


def commands() -> list[click.Command]:
    """Give the commands of this module."""
    return [qa]


@qa.command("list")
@click.option("--state", metavar="open|reviewed", help="One of the two; both by default.")
@click.option("--limit", metavar="N", type=click.IntRange(1, 100), default=50, show_default=True)
@click.option("--offset", metavar="N", type=click.IntRange(0, 2**31 - 1), default=0)
@click.pass_obj
def list_queue(session: Session, state: str | None, limit: int, offset: int) -> None:
    """List what waits for a score, oldest first, then what was scored."""
    with session.reading() as tx:
        page = service.queue(tx, state, limit=limit, offset=offset)
        data = _described(tx, page.items) if session.as_json else []
    rows = [
        [
            f"#{item.row.task.task_number}",
            item.row.task.qa_state,
            ", ".join(item.row.task.qa_reasons),
            item.row.assignee_name or item.completed_by,
            item.row.task.title,
        ]
        for item in page.items
    ]
    open_ones = page.by_state[QaState.OPEN]
    session.answer(
        {"tasks": data, "total": page.total},
        lambda: (
            table(rows, ["task", "state", "why", "who", "title"])
            + f"\n{len(rows)} of {page.total}; {open_ones} to score"
        ),
    )


def _flagged(session: Session, _request: object, done: Done[Task], data: dict[str, Any]) -> None:
    task = done.result
    session.answer(data, f"{task.name} is in the QA queue: {', '.join(task.qa_reasons)}.")


def _scored(session: Session, _request: object, done: Done[Scored], data: dict[str, Any]) -> None:
    made = done.result.review
    session.answer(data, f"Scored ({made.review_type}). The feedback is with whoever did it.")


@qa.command("feedback")
@click.option(
    "--employee", metavar="KEY", help="Whose; by default your own. Only managers see that of others."
)
@click.option("--limit", metavar="N", type=click.IntRange(1, 100), default=20, show_default=True)
@click.pass_obj
def feedback(session: Session, employee: str | None, limit: int) -> None:
    """Print the newest scores and feedback on somebody's work, newest first."""
    with session.reading() as tx:
        named = assignment.find_employee(tx, employee, "employee") if employee else None
        employee_id = named.employee_id if named else tx.actor.employee_id
        if employee_id is None:
            raise BadRequestError("You are not an employee, so nobody scores your work. Use --employee KEY.")
        found = service.feedback_for(tx, employee_id, limit)
        tx.read_ahead({Task: (item.task_id for item in found)})
        data = [item.model_dump(mode="json") for item in found]
        rows = [
            [
                tx.get(Task, item.task_id).name,
                {True: "pass", False: "fail", None: ""}[item.passed],
                item.score,
                item.feedback,
            ]
            for item in found
        ]
    session.answer({"reviews": data}, lambda: table(rows, ["task", "passed", "score", "feedback"]))


def _described(tx: Transaction, items: Sequence[QaRow]) -> list[dict[str, Any]]:
    """Return tasks of the queue as JSON, each with its newest score."""
    latest = (item.latest.model_dump(mode="json") if item.latest else None for item in items)
    described = describe.describe_all(tx, [item.row.task for item in items])
    return [{**task, "latest_review": review} for task, review in zip(described, latest, strict=True)]
