"""``workbench task ...``: make, list and work tasks. Every verb prints the task."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click

from engine.errors import BadRequestError
from engine.reference.models import Employee
from engine.tasks import (
    assignment,
    create,
    deliverables,
    describe,
    lifecycle,
    lookup,
    notes,
    proof,
    queries,
    steps,
)
from engine.tasks.dates import read_day, read_moment
from engine.tasks.models import Deliverable, ProofKind, Task
from engine.transaction import Transaction
from web.cli.context import Session, key_values, table
from web.cli.files import receive_file


@click.group("task")
def task() -> None:
    """Tasks: make, list, work. ID is a task id, a number (12) or a UUID."""


def commands() -> list[click.Command]:
    """Return the commands of this module."""
    return [task]


def work(session: Session, reference: str, verb: Callable[[Transaction, str], object]) -> None:
    """Do one verb on a task and print the task."""
    with session.writing() as tx:
        task_id = lookup.find(tx, reference).task_id
        verb(tx, task_id)
        tx.settle()
        data = describe.describe(tx, tx.get(Task, task_id))
    show_task(session, data)


@task.command("create")
@click.option("--title", required=True, metavar="TEXT")
@click.option("--type", "task_type", required=True, metavar="KEY", help="The key of a task type.")
@click.option("--description", metavar="TEXT")
@click.option("--category", metavar="TEXT")
@click.option("--priority", metavar="low|medium|high|critical")
@click.option("--urgency", metavar="normal|soon|urgent|immediate")
@click.option("--due-date", metavar="YYYY-MM-DD")
@click.option("--assignee", metavar="KEY", help="The key of an employee.")
@click.option("--depends-on", "depends_on", multiple=True, metavar="ID")
@click.option("--tag", "tags", multiple=True, metavar="TAG")
@click.option("--idempotency-key", metavar="K")
@click.pass_obj
def create_task(
    session: Session, /, idempotency_key: str | None, due_date: str | None, **fields: Any
) -> None:
    """Make a task that stands alone."""
    given = {name: value for name, value in fields.items() if value not in (None, ())}
    if due_date is not None:
        given["due_date"] = read_day(due_date, "due_date")
    content = session.workbench.content()
    with session.writing() as tx:
        given["depends_on"] = [lookup.find(tx, item).task_id for item in given.get("depends_on", ())]
        new = create.NewTask.parse({**given, "tags": list(given.get("tags", ()))})
        made = create.create(tx, content, new, idempotency_key=idempotency_key)
        data = describe.describe(tx, made)
    show_task(session, data)


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
@click.option("--text", metavar="WORDS")
@click.option(
    "--sort", metavar="FIELD", help="due_date, created_at, updated_at, priority, ...; -FIELD descends."
)
@click.option("--limit", metavar="N", help="1 to 100; 50 unless told.")
@click.option("--offset", metavar="N")
@click.pass_obj
def list_tasks(session: Session, /, **filters: str | None) -> None:
    """List the tasks you may see."""
    given = {name: value for name, value in filters.items() if value is not None}
    with session.reading() as tx:
        page = queries.list_tasks(tx, queries.TaskFilter.parse(tx, given))
        data = [describe.describe(tx, row.task) for row in page.items]
    rows = [
        [
            f"#{row.task.task_number}",
            row.task.status,
            row.task.due_date,
            row.assignee_name or row.task.assignee_role,
            row.task.title,
        ]
        for row in page.items
    ]
    session.answer(
        {"tasks": data, "total": page.total},
        lambda: table(rows, ["task", "status", "due", "who", "title"]) + f"\n{len(rows)} of {page.total}",
    )


@task.command("show")
@click.argument("reference", metavar="ID")
@click.pass_obj
def show(session: Session, reference: str) -> None:
    """Print a task with its steps, proof, deliverables and notes."""
    with session.reading() as tx:
        data = describe.describe(tx, lookup.find(tx, reference))
    show_task(session, data)


@task.command("start")
@click.argument("reference", metavar="ID")
@click.pass_obj
def start(session: Session, reference: str) -> None:
    """Begin to work on a task."""
    work(session, reference, lifecycle.start)


@task.command("complete")
@click.argument("reference", metavar="ID")
@click.pass_obj
def complete(session: Session, reference: str) -> None:
    """Complete a task, or show everything that still stands in the way."""
    work(session, reference, lifecycle.complete)


@task.command("resume")
@click.argument("reference", metavar="ID")
@click.pass_obj
def resume(session: Session, reference: str) -> None:
    """Go on with a task that was waiting, blocked, put off, or asking for help."""
    work(session, reference, lifecycle.resume)


@task.command("block")
@click.argument("reference", metavar="ID")
@click.option("--reason", required=True, metavar="TEXT")
@click.pass_obj
def block(session: Session, reference: str, reason: str) -> None:
    """Say that an obstacle holds the task up."""
    work(session, reference, lambda tx, task_id: lifecycle.block(tx, task_id, reason))


@task.command("defer")
@click.argument("reference", metavar="ID")
@click.option("--until", required=True, metavar="YYYY-MM-DD")
@click.pass_obj
def defer(session: Session, reference: str, until: str) -> None:
    """Put a task off to a later day."""
    day = read_day(until, "until")
    work(session, reference, lambda tx, task_id: lifecycle.defer(tx, task_id, day))


@task.command("wait")
@click.argument("reference", metavar="ID")
@click.option("--for", "waiting_for", required=True, metavar="TEXT", help="Whom or what the task waits for.")
@click.option("--follow-up-at", metavar="WHEN", help="A day or a moment; the default is the task's own.")
@click.option("--comment", metavar="TEXT")
@click.pass_obj
def wait(
    session: Session, reference: str, waiting_for: str, follow_up_at: str | None, comment: str | None
) -> None:
    """Wait for somebody outside, and follow up later."""
    zone = session.workbench.workspace.timezone
    moment = read_moment(follow_up_at, "follow_up_at", zone) if follow_up_at else None
    work(
        session,
        reference,
        lambda tx, task_id: lifecycle.wait(tx, task_id, waiting_for, follow_up_at=moment, comment=comment),
    )


@task.command("skip")
@click.argument("reference", metavar="ID")
@click.option("--reason", required=True, metavar="R", help="One of the reasons that the definition allows.")
@click.option("--comment", metavar="TEXT")
@click.pass_obj
def skip(session: Session, reference: str, reason: str, comment: str | None) -> None:
    """Close a task as not needed this time."""
    work(session, reference, lambda tx, task_id: lifecycle.skip(tx, task_id, reason, comment=comment))


@task.command("cancel")
@click.argument("reference", metavar="ID")
@click.option("--reason", metavar="TEXT")
@click.pass_obj
def cancel(session: Session, reference: str, reason: str | None) -> None:
    """Call a task off."""
    work(session, reference, lambda tx, task_id: lifecycle.cancel(tx, task_id, reason))


@task.command("claim")
@click.argument("reference", metavar="ID")
@click.pass_obj
def claim(session: Session, reference: str) -> None:
    """Take a task that waits for one of your roles."""
    work(session, reference, assignment.claim)


@task.command("assign")
@click.argument("reference", metavar="ID")
@click.option("--employee", required=True, metavar="KEY")
@click.pass_obj
def assign(session: Session, reference: str, employee: str) -> None:
    """Give a task to an employee."""
    work(session, reference, lambda tx, task_id: assignment.assign(tx, task_id, employee))


@task.command("note")
@click.argument("reference", metavar="ID")
@click.option("--text", required=True, metavar="TEXT")
@click.pass_obj
def note(session: Session, reference: str, text: str) -> None:
    """Leave a dated remark."""
    work(session, reference, lambda tx, task_id: notes.add(tx, task_id, text))


@task.command("step")
@click.argument("reference", metavar="ID")
@click.argument("step", metavar="REF")
@click.option("--undo", is_flag=True, help="Open the step again.")
@click.pass_obj
def step(session: Session, reference: str, step: str, undo: bool) -> None:
    """Tick a step."""
    tick = steps.reopen_step if undo else steps.complete_step
    work(session, reference, lambda tx, task_id: tick(tx, task_id, step))


@task.command("proof")
@click.argument("reference", metavar="ID")
@click.option("--label", required=True, metavar="L")
@click.option(
    "--value", metavar="V", help="A URL, a sentence, an artifact id, or JSON for an external status."
)
@click.option("--file", "file", metavar="F", help="A file to upload.")
@click.pass_obj
def give_proof(session: Session, reference: str, label: str, value: str | None, file: str | None) -> None:
    """Give evidence: exactly one of --value and --file."""
    if (value is None) == (file is None):
        raise BadRequestError("Give the evidence either with --value or with --file.")
    if file is not None:
        got = receive_file(session, file)
        work(
            session,
            reference,
            lambda tx, task_id: proof.give_file(
                tx, task_id, label, got.blob, file_name=got.file_name, content_type=got.content_type
            ),
        )
    else:
        text = value or ""
        work(
            session,
            reference,
            lambda tx, task_id: proof.give(tx, task_id, label, _evidence(tx, task_id, label, text)),
        )


@task.command("deliverable")
@click.argument("reference", metavar="ID")
@click.option("--ref", "ref", required=True, metavar="REF", help="The deliverable's ref.")
@click.option("--url", metavar="URL", help="Where the finished work is.")
@click.option("--file", "file", metavar="F", help="The finished work itself: a file to upload.")
@click.option(
    "--meta", "meta", multiple=True, metavar="NAME=VALUE", help="A fact about it; JSON where it parses."
)
@click.pass_obj
def hand_over(
    session: Session, reference: str, ref: str, url: str | None, file: str | None, meta: tuple[str, ...]
) -> None:
    """Hand over a deliverable that nobody has judged: an address or a file, and the facts about it."""
    given: dict[str, Any] = {"url": url}
    if file is not None:
        got = receive_file(session, file)
        given |= {"blob": got.blob, "file_name": got.file_name, "content_type": got.content_type}
    facts = {name: _json_or_text(value) for name, value in key_values(meta).items()}

    def change(tx: Transaction, task_id: str) -> None:
        rows = [item for item in tx.find(Deliverable, task_id=task_id) if item.ref == ref]
        if not rows:
            known = ", ".join(item.ref for item in tx.find(Deliverable, task_id=task_id)) or "none"
            raise BadRequestError(f"The task owes no deliverable {ref!r}. It owes: {known}.")
        latest = max(rows, key=lambda item: item.version_number)
        merged = {**latest.meta, **facts} if facts else None
        deliverables.edit(tx, latest.deliverable_id, meta=merged, **given)

    work(session, reference, change)


def _evidence(tx: Transaction, task_id: str, label: str, text: str) -> str | dict[str, Any]:
    """Return the value as its proof kind takes it: facts of a file or of a status are JSON objects."""
    wanted = proof.find(tx, task_id, label)
    if wanted.kind not in (ProofKind.FILE, ProofKind.EXTERNAL_STATUS):
        return text
    facts = _json_or_text(text)
    if not isinstance(facts, dict):
        example = '{"system": "mailchimp", "reference": "issue 12", "status": "scheduled"}'
        if wanted.kind is ProofKind.FILE:
            example = '{"file_name": "invoice.pdf", "size_bytes": 1200}'
        raise BadRequestError(
            f"Proof {label!r} of kind {wanted.kind} takes a JSON object, for example {example}."
        )
    return facts


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def show_task(session: Session, data: dict[str, Any]) -> None:
    """Print one task."""
    session.answer(data, lambda: _page(data, _who(session, data)))


def _who(session: Session, data: dict[str, Any]) -> str:
    """Return the name of the assignee, else the role that is asked for."""
    if not data["assignee_id"]:
        return data["assignee_role"] or "nobody"
    with session.reading() as tx:
        return tx.get(Employee, data["assignee_id"]).name


def _page(data: dict[str, Any], who: str) -> str:
    lines = [
        f"#{data['task_number']} {data['title']}  ({data['task_id']})",
        f"{data['status']}, due {data['due_date'] or 'any time'}, {who}",
    ]
    if data.get("waiting_for"):
        lines.append(f"waiting for {data['waiting_for']}, follow up {data['follow_up_at']}")
    elif data.get("status_reason"):
        lines.append(f"reason: {data['status_reason']}")
    for item in data["steps"]:
        lines.append(f"  [{'x' if item['is_completed'] else ' '}] {item['ref']}: {item['title']}")
    for item in data["proof"]:
        state = item["value"] or (
            "given" if item["given_at"] else "missing" if item["required"] else "optional"
        )
        lines.append(f"  proof {item['kind']} {item['label']!r}: {state}")
    for item in data["deliverables"]:
        content = item["deliverable_url"] or ("a file" if item["sha256"] else "owed")
        name = f"{item['ref']} v{item['version_number']} ({item['deliverable_id']})"
        lines.append(f"  deliverable {name}: {content}")
    for item in data.get("notes", ()):
        lines.append(f"  {item['created_at'][:16]} {item['body']}")
    return "\n".join(lines)
