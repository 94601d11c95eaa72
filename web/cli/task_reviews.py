"""``workbench task help, answer, review, clone``: what managers are asked about a task, and repeating it."""

from __future__ import annotations

import json
from typing import Any

import click

from engine.errors import BadRequestError
from engine.tasks import clone, describe, human_review
from engine.tasks import help as help_requests
from engine.tasks.models import Task
from engine.transaction import Transaction
from web.cli.context import Session, key_values
from web.cli.tasks import show_task, task, work


def commands() -> list[click.Command]:
    """Return the group that this module adds its verbs to."""
    return [task]


@task.command("help")
@click.argument("reference", metavar="ID")
@click.option("--text", required=True, metavar="TEXT", help="What you need help with.")
@click.pass_obj
def ask_for_help(session: Session, reference: str, text: str) -> None:
    """Ask a manager for help with a task."""
    work(session, reference, lambda tx, task_id: help_requests.ask(tx, task_id, text))


@task.command("answer")
@click.argument("reference", metavar="ID")
@click.option("--text", required=True, metavar="TEXT", help="What you answer; Markdown works.")
@click.pass_obj
def answer_help(session: Session, reference: str, text: str) -> None:
    """Answer who asks for help; they resume the task."""
    work(session, reference, lambda tx, task_id: help_requests.answer(tx, task_id, text))


@task.command("review")
@click.argument("reference", metavar="ID")
@click.option("--approve", is_flag=True, help="It may run: it is queued.")
@click.option("--reject", is_flag=True, help="It must not run: it is cancelled.")
@click.option("--notes", metavar="TEXT", help="With --approve: at most 1000 characters.")
@click.option("--reason", metavar="TEXT", help="With --reject: 1 to 1000 characters.")
@click.pass_obj
def review(
    session: Session, reference: str, approve: bool, reject: bool, notes: str | None, reason: str | None
) -> None:
    """Permit a task to run, or refuse it: exactly one of --approve and --reject."""
    if approve == reject:
        raise BadRequestError("Say either --approve or --reject.")
    if (approve and reason is not None) or (reject and notes is not None):
        raise BadRequestError("--notes goes with --approve, --reason with --reject.")

    def decide(tx: Transaction, task_id: str) -> Task:
        if approve:
            return human_review.approve(tx, task_id, notes)
        return human_review.reject(tx, task_id, reason or "")

    work(session, reference, decide)


@task.command("clone")
@click.argument("reference", metavar="ID")
@click.option("--title", metavar="TEXT", help="Another title for the clone.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Another value of a field that an update may set; JSON where it is a list, an object or a constant.",
)
@click.pass_obj
def clone_task(session: Session, reference: str, title: str | None, changes: tuple[str, ...]) -> None:
    """Make a pending task of the same configuration, and print it."""
    given: dict[str, Any] = {name: _value(text) for name, text in key_values(changes).items()}
    if title is not None:
        given["title"] = title
    content = session.workbench.content()
    with session.writing() as tx:
        data = describe.describe(tx, clone.clone(tx, content, reference, given))
    show_task(session, data)


def _value(text: str) -> Any:
    """Return a list, an object, null, true or false as JSON says it; numbers and words stay as typed."""
    if text not in ("null", "true", "false") and not text.startswith(("[", "{")):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BadRequestError(f"{text!r} is no JSON: {error.msg} at column {error.colno}.") from error
