"""What ``workbench task approvals, decide, resubmit, escalate`` print: versions and their judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from engine.deliverables import approvals
from engine.deliverables.models import Deliverable
from engine.tasks import lookup
from engine.tasks.models import Task
from web import results
from web.cli.context import Session, table

if TYPE_CHECKING:
    from engine.command import Done
    from engine.deliverables.models import Approval
    from engine.deliverables.resubmission import Resubmission
    from web.cli.commands import Show


@click.command("approvals")
@click.argument("reference", metavar="[ID]", required=False)
@click.pass_obj
def list_approvals(session: Session, reference: str | None) -> None:
    """List the approvals of a task, or without ID those that wait for you."""
    with session.reading() as tx:
        if reference is None:
            found = approvals.waiting(tx)
        else:
            found = approvals.of_task(tx, lookup.find(tx, reference).task_id)
        tx.read_ahead(
            {Deliverable: (item.deliverable_id for item in found), Task: (item.task_id for item in found)}
        )
        data = [results.approval(tx, one) for one in found]
    _show(session, data)


def _decided(session: Session, _request: object, _done: Done[Approval], data: dict[str, Any]) -> None:
    session.answer(data, f"{data['deliverable']}, version {data['version_number']}: {data['status']}")


def _resubmitted(session: Session, _request: object, done: Done[Resubmission], data: dict[str, Any]) -> None:
    row = done.result.row
    session.answer(data, f"{row.name} ({row.deliverable_id}), content {row.content_hash}")


def _escalated(session: Session, _request: object, _done: Done[list[Approval]], data: dict[str, Any]) -> None:
    _show(session, data["approvals"])


def _show(session: Session, data: Sequence[dict[str, Any]]) -> None:
    headings = ["approval", "source", "round", "deliverable", "version", "status", "content"]
    rows = [
        [
            item["task_approval_id"],
            item["source"],
            item["round_number"],
            item["deliverable"],
            item["version_number"],
            "withdrawn" if item["withdrawn_at"] else item["status"],
            item["content_hash"],
        ]
        for item in data
    ]
    session.answer({"approvals": list(data)}, lambda: table(rows, headings))


SHOWN: Mapping[str, Show] = {
    "task decide": _decided,
    "task resubmit": _resubmitted,
    "task escalate": _escalated,
}
