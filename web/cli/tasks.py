"""``workbench task ...``: make, list and work tasks. Every verb prints the task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from engine.clock import in_zone
from engine.deliverables import describe
from engine.reference.models import Employee
from engine.tasks import lookup, queries
from engine.tasks.models import Task
from engine.tasks.search import reading
from web.cli.context import Session, table
from web.cli.groups import Makers, Registered

if TYPE_CHECKING:
    from engine.command import Done
    from engine.tasks.bulk_outcome import Bulk, FieldChange
    from engine.tasks.quick import Quick
    from engine.tasks.quick_add import Piece
    from engine.transaction import Transaction
    from web.cli.commands import Show


def _registered() -> Makers:
    from web.cli import task_approvals  # noqa: PLC0415 - tasks are listed without approvals and the registry
    from web.cli.commands import makers  # noqa: PLC0415 - as above

    of_approvals = {"approvals": lambda: task_approvals.list_approvals, "track": _track}
    own: dict[str, Show] = {
        "task quick": _quick,
        "task bulk": _bulk,
        "task bulk-watch": _bulk,
    }
    of_verbs = makers("task", {**task_approvals.SHOWN, **own}, _changed)
    return {**of_verbs, **of_approvals}


def _track() -> click.Command:
    from web.cli.executions import track  # noqa: PLC0415 - with all that runs tasks

    return track


@click.group("task", cls=Registered, registered=_registered)
def task() -> None:
    """Tasks: make, list, work. ID is a task id, a number (12) or a UUID."""


def commands() -> list[click.Command]:
    """Give the commands of this module."""
    return [task]


@task.command("list")
@click.option("--status", metavar="S", help="One status, several with commas, or `open`.")
@click.option("--assignee", metavar="KEY", help="An employee's key, or `me`.")
@click.option("--bundle", metavar="ID")
@click.option("--template", metavar="KEY")
@click.option("--campaign", metavar="KEY")
@click.option("--tag", metavar="TAG")
@click.option("--qa", metavar="flagged|open|reviewed")
@click.option("--due-before", metavar="YYYY-MM-DD")
@click.option("--due-after", metavar="YYYY-MM-DD")
@click.option(
    "--text", metavar="SEARCH", help='Words, fields, `-`, `or`: `is:late "guest bio" -tag:paid` (QUERY.md).'
)
@click.option(
    "--sort", metavar="FIELD", help="due_date, created_at, updated_at, priority, ...; -FIELD descends."
)
@click.option("--limit", metavar="N", help="1 to 100; 50 by default.")
@click.option("--offset", metavar="N")
@click.pass_obj
def list_tasks(session: Session, /, **filters: str | None) -> None:
    """List the tasks you may see."""
    given = {name: value for name, value in filters.items() if value is not None}
    with session.reading() as tx:
        page = queries.list_tasks(tx, reading.from_options(tx, given))
        data = _described(tx, [row.task_id for row in page.items]) if session.as_json else []
    for one in data:
        if (hit := page.found.get(one["task_id"])) is not None:
            one["found"] = hit.as_json()
    rows = [
        [
            f"#{row.task_number}",
            row.status,
            row.due_date,
            row.assignee_name or row.assignee_role,
            row.title,
            *([_found(page, row)] if page.found else []),
        ]
        for row in page.items
    ]
    names = ["task", "status", "due", "who", "title", *(["found"] if page.found else [])]
    session.answer(
        {"tasks": data, "total": page.total},
        lambda: table(rows, names) + f"\n{len(rows)} of {page.total}",
    )


def _found(page: queries.Page, row: queries.TaskRow) -> str:
    hit = page.found.get(row.task_id)
    return f"{hit.rank.words}: {hit.text}" if hit is not None else ""


def _described(tx: Transaction, task_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return tasks as JSON; none of this is read for a table."""
    tx.read_ahead({Task: task_ids})
    return describe.describe_all(tx, [tx.get(Task, task_id) for task_id in task_ids])


@task.command("show")
@click.argument("reference", metavar="ID")
@click.pass_obj
def show(session: Session, reference: str) -> None:
    """Print a task with its steps, proof, deliverables and notes."""
    with session.reading() as tx:
        data = describe.describe(tx, lookup.find(tx, reference))
    show_task(session, data)


@task.command("outputs")
@click.argument("reference", metavar="ID")
@click.option("--out", metavar="FOLDER", help="Write the newest version of each there, under its name.")
@click.pass_obj
def list_outputs(session: Session, reference: str, out: str | None) -> None:
    """List what attempts at an automated task have made, the newest first."""
    from web.cli import task_outputs  # noqa: PLC0415 - other commands on tasks go without it

    task_outputs.answer(session, reference, out)


def _changed(session: Session, _request: Any, _done: Done[Any], data: dict[str, Any]) -> None:
    """Print the task that a command has changed or made, and the link that was filled for it."""
    show_task(session, data)


def _quick(session: Session, _request: Any, done: Done[Quick], data: dict[str, Any]) -> None:
    """Print what a line was understood to say, and the task that was made of it."""
    understood, made = done.result.understood, done.result.task
    with session.reading() as tx:
        rows = [["title", "", understood.title], *(_read(piece, tx.timezone) for piece in understood.pieces)]
    said = table(rows, ["understood", "from", "as"])
    session.answer(data, lambda: "\n".join([said, "", page(session, data) if made else done.message]))


def _bulk(session: Session, _request: Any, done: Done[Bulk], data: dict[str, Any]) -> int:
    """Print what became of each of many tasks; 1 where some were left out."""
    with session.reading() as tx:
        zone = tx.timezone
    rows = [
        [
            f"#{row.task_number}" if row.task_number else row.task_id,
            "done" if row.is_done else "left out",
            " ".join([*row.reasons, *row.remarks]) or row.title,
            ", ".join(_becomes(change, zone) for change in row.changes),
        ]
        for row in done.result.rows
    ]
    session.answer(
        data,
        lambda: "\n".join(
            [table(rows, ["task", "outcome", "title or reason", "change"]), done.result.summary]
        ),
    )
    return 1 if done.result.left_out else 0


def _becomes(change: FieldChange, zone: str) -> str:
    """Say what a field was and what it becomes; a person by their id, a deadline in the actor's zone."""
    before, after = (
        f"{in_zone(value, zone):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value or "none")
        for value in (change.before, change.after)
    )
    return f"{change.field} {before} → {after}"


def _read(piece: Piece, zone: str) -> list[str]:
    """Return what a piece of the line was read as; moments in the actor's zone."""
    means = piece.means
    words = f"{in_zone(means, zone):%Y-%m-%d %H:%M}" if isinstance(means, datetime) else str(means)
    return [piece.kind, piece.text, words]


def show_task(session: Session, data: dict[str, Any]) -> None:
    """Print one task."""
    session.answer(data, lambda: page(session, data))


def page(session: Session, data: dict[str, Any]) -> str:
    """Return the text of one task."""
    return _page(data, *_others(session, data))


def _others(session: Session, data: dict[str, Any]) -> tuple[str, list[str]]:
    """Return the name of the assignee, else the role that is asked for; and what the task depends on."""
    who = data["assignee_role"] or "nobody"
    with session.reading() as tx:
        tx.read_ahead({Task: data["depends_on"], Employee: [data["assignee_id"]]})
        if data["assignee_id"]:
            who = tx.get(Employee, data["assignee_id"]).name
        found = (tx.find_by_key(Task, task_id) for task_id in data["depends_on"])
        return who, [f"#{other.task_number}" for other in found if other]


def _page(data: dict[str, Any], who: str, depends_on: list[str]) -> str:
    lines = [
        f"#{data['task_number']} {data['title']}  ({data['task_id']})",
        f"{data['status']}, due {data['due_date'] or 'any time'}, {who}",
    ]
    if data.get("waiting_for"):
        lines.append(f"waiting for {data['waiting_for']}, follow up {data['follow_up_at']}")
    if data.get("status_reason") and not data.get("waiting_for"):
        lines.append(f"reason: {data['status_reason']}")
    if data.get("deferred_until"):
        lines.append(f"deferred until {data['deferred_until']}")
    if depends_on:
        lines.append(f"depends on {', '.join(depends_on)}")
    return "\n".join([*lines, *_parts(data)])


def _parts(data: dict[str, Any]) -> Iterator[str]:
    """Yield a line for all that belongs to a task, and for the link that was filled for it."""
    for item in data["steps"]:
        mark = "x" if item["is_completed"] else "-" if item["left_out_at"] else " "
        yield f"  [{mark}] {item['ref']}: {item['title']}"
    for item in data["proof"]:
        state = item["value"] or (
            "given" if item["given_at"] else "missing" if item["required"] else "optional"
        )
        yield f"  proof {item['kind']} {item['label']!r}: {state}"
    for item in data["deliverables"]:
        content = item["deliverable_url"] or ("a file" if item["sha256"] else "owed")
        name = f"{item['ref']} v{item['version_number']} ({item['deliverable_id']})"
        yield f"  deliverable {name}: {content}"
    for item in data["files"]:
        kept = item["file_name"] or item["url"] or "kept elsewhere"
        state = ", approved" if item["approved_at"] else ""
        yield f"  file {item['label']!r} v{item['version_number']} ({item['artifact_id']}): {kept}{state}"
    if link := data.get("link"):
        yield f"  link {link['name']!r}: {link['url']}"
    for item in data["notes"]:
        yield f"  {item['created_at'][:16]} {item['body']}"
