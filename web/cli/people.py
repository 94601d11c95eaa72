"""``workbench user, employee, reference, deliverable, inbox``: people, their data, and what they say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine import commands as commands_by_name
from engine.catalog.yaml_reader import read_yaml
from engine.errors import ContentError
from web.cli.commands import makers, open_file, run
from web.cli.context import Session, table
from web.cli.groups import Makers, Registered

if TYPE_CHECKING:
    from engine.accounts.commands import Invited
    from engine.command import Done
    from engine.record import Record
    from engine.reference.service import LoadReport


def _users() -> Makers:
    return makers("user", {"user add": _invited, "user link": _invited}, _print_message)


@click.group("user", cls=Registered, registered=_users)
def user() -> None:
    """People who sign in."""


@click.group("reference")
def reference() -> None:
    """Employees, partners, campaigns and their attachments."""


@click.group("employee", cls=Registered, registered=lambda: makers("employee", {}, _print_message))
def employee() -> None:
    """Who does the work."""


@click.group("deliverable", cls=Registered, registered=lambda: makers("deliverable", {}, _print_message))
def deliverable() -> None:
    """What is handed over, version by version."""


@click.group("inbox", cls=Registered, registered=lambda: makers("inbox", {}, _print_message))
def inbox() -> None:
    """What is new to you."""


def commands() -> list[click.Command]:
    """Give the commands of this module."""
    return [user, employee, reference, deliverable, inbox]


def _invited(session: Session, _request: object, done: Done[Invited]) -> None:
    """Print the link of somebody's first visit, this once."""
    made, link = done.result.user, f"/sign-in/{done.result.token}"
    session.answer(
        {**_without_secrets(made), "sign_in_path": link},
        f"{made.name} <{made.email}> may sign in as {', '.join(made.roles)}.\n"
        f"Their first visit, within 24 hours: <address of the board>{link}",
    )


def _print_message(session: Session, _request: object, done: Done[Record]) -> None:
    """Print what was changed, or what is said about it."""
    session.answer(_without_secrets(done.result), done.message)


def _without_secrets(record: Record) -> dict[str, Any]:
    return record.model_dump(mode="json", exclude=set(record.spec.secret))


def _loaded(session: Session, _request: object, done: Done[LoadReport]) -> None:
    counts = done.result.counts
    rows = [[name, *found.values()] for name, found in counts.items()]
    session.answer(
        {"counts": counts}, lambda: table(rows, ["", "created", "updated", "unchanged", "removed"])
    )


@reference.command("load")
@click.argument("file", metavar="FILE")
@click.pass_obj
def load(session: Session, file: str) -> None:
    """Bring the reference data to what FILE (YAML) says; may be repeated."""
    document = read_yaml(_bytes(file), file)
    if document.problems:
        raise ContentError(
            f"{file} cannot be loaded. {document.problems[0]}",
            details=[problem.as_detail() for problem in document.problems],
        )
    run(session, commands_by_name.get("reference load"), {"document": document.data}, _loaded)


def _bytes(file: str) -> bytes:
    with open_file(Path(file)) as stream:
        return stream.read()
