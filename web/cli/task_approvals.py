"""``workbench task submit, withdraw, resubmit, approvals, decide, escalate``: versions and their judges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from engine.tasks import approvals, deliverables, lookup
from engine.tasks.entitlement import judged
from engine.tasks.models import Approval
from engine.transaction import Transaction
from web.cli.context import Session, table
from web.cli.files import receive_file
from web.cli.tasks import task, work


def commands() -> list[click.Command]:
    """Return the group that this module adds its verbs to."""
    return [task]


@task.command("submit")
@click.argument("reference", metavar="ID")
@click.pass_obj
def submit(session: Session, reference: str) -> None:
    """Hand over what is ready and request the next approval."""
    work(session, reference, approvals.request)


@task.command("withdraw")
@click.argument("reference", metavar="ID")
@click.option("--reason", metavar="TEXT", help="Why; it is kept in the timeline.")
@click.pass_obj
def withdraw(session: Session, reference: str, reason: str | None) -> None:
    """Take a request for approval back; work goes on with the same version."""
    work(session, reference, lambda tx, task_id: approvals.withdraw(tx, task_id, reason))


@task.command("resubmit")
@click.argument("deliverable_id", metavar="DELIVERABLE_ID")
@click.option("--url", metavar="URL", help="Where the new version is; the address stays without it.")
@click.option("--file", "file", metavar="F", help="A file to upload as the new version.")
@click.pass_obj
def resubmit(session: Session, deliverable_id: str, url: str | None, file: str | None) -> None:
    """Hand over the version after a judged one; `task show` prints the id, `task submit` asks again."""
    given: dict[str, Any] = {"url": url}
    if file is not None:
        got = receive_file(session, file)
        given |= {"blob": got.blob, "file_name": got.file_name, "content_type": got.content_type}
    with session.writing() as tx:
        row = deliverables.new_version(tx, deliverable_id, **given)
        data = {**row.model_dump(mode="json"), "content_hash": row.content_hash}
    session.answer(data, f"{row.name} ({row.deliverable_id}), content {row.content_hash}")


@task.command("approvals")
@click.argument("reference", metavar="[ID]", required=False)
@click.pass_obj
def list_approvals(session: Session, reference: str | None) -> None:
    """List the approvals of a task, or without ID those that wait for you."""
    with session.reading() as tx:
        if reference is None:
            found = approvals.waiting(tx)
        else:
            found = approvals.of_task(tx, lookup.find(tx, reference).task_id)
        data = [_described(tx, approval) for approval in found]
    _show(session, data)


@task.command("decide")
@click.argument("approval_id", metavar="APPROVAL_ID")
@click.option(
    "--outcome",
    required=True,
    metavar="approved|approved_pending_changes|rejected",
    help="approved_pending_changes: go ahead, with a change that needs no second look.",
)
@click.option("--feedback", metavar="TEXT", help="Needed unless it is approved as it is.")
@click.option(
    "--seen",
    required=True,
    metavar="HASH",
    help="The content hash of what you looked at, as `task approvals` prints it.",
)
@click.pass_obj
def decide(session: Session, approval_id: str, outcome: str, feedback: str | None, seen: str) -> None:
    """Decide on exactly the version that you looked at."""
    made = session.workbench.decide(session.actor, approval_id, outcome, feedback, seen=seen)
    with session.reading() as tx:
        data = _described(tx, made)
    session.answer(data, f"{data['deliverable']}, version {data['version_number']}: {data['status']}")


@task.command("escalate")
@click.pass_obj
def escalate(session: Session) -> None:
    """Show admins what waits too long for a decision; nothing is approved by that."""
    with session.writing() as tx:
        data = [_described(tx, approval) for approval in approvals.escalate(tx)]
    _show(session, data)


def _described(tx: Transaction, approval: Approval) -> dict[str, Any]:
    """Return an approval with its version, and the hash that a decision on it must name."""
    row, _ = judged(tx, approval)
    return {
        **approval.model_dump(mode="json"),
        "deliverable": row.ref,
        "version_number": row.version_number,
        "deliverable_url": row.deliverable_url,
        "content_hash": approval.content_hash or row.content_hash,
    }


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
