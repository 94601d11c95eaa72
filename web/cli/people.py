"""``workbench user ...`` and ``workbench reference ...``: who signs in, and the mirrored reference data."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import click

from engine.accounts import service as accounts
from engine.catalog.yaml_reader import read_yaml
from engine.errors import BadRequestError, ContentError
from engine.reference import service as reference_data
from web.cli.context import Session, table


@click.group("user")
def user() -> None:
    """People who sign in."""


@click.group("reference")
def reference() -> None:
    """Employees, partners, campaigns and their attachments."""


def commands() -> list[click.Command]:
    """Return the commands of this module."""
    return [user, reference]


@user.command("add")
@click.argument("email")
@click.option("--name", required=True, metavar="NAME")
@click.option("--role", "roles", required=True, multiple=True, metavar="ROLE", help="Repeatable.")
@click.option("--employee", metavar="KEY", help="Whom they are; otherwise told by the e-mail.")
@click.option("--partner", metavar="KEY", help="The partner a partner's user belongs to.")
@click.pass_obj
def add(
    session: Session, email: str, name: str, roles: tuple[str, ...], employee: str | None, partner: str | None
) -> None:
    """Let somebody sign in; prints a one-time link for their first visit."""
    with session.writing() as tx:
        made = accounts.add_user(tx, email, name, roles, employee=employee, partner=partner)
        token = accounts.make_sign_in_link(tx, made)
        data: dict[str, Any] = made.model_dump(mode="json", exclude=set(made.spec.secret))
    link = f"/sign-in/{token}"
    session.answer(
        {**data, "sign_in_path": link},
        f"{made.name} <{made.email}> may sign in as {', '.join(made.roles)}.\n"
        f"Their first visit, within 24 hours: <address of the board>{link}",
    )


@reference.command("load")
@click.argument("file", metavar="FILE")
@click.pass_obj
def load(session: Session, file: str) -> None:
    """Bring the reference data to what FILE (YAML) says; may be repeated."""
    document = read_yaml(open_file(Path(file)).read(), file)
    if document.problems:
        raise ContentError(
            f"{file} cannot be loaded. {document.problems[0]}",
            details=[problem.as_detail() for problem in document.problems],
        )
    with session.writing() as tx:
        report = reference_data.load(tx, document.data)
    rows = [[name, *counts.values()] for name, counts in report.counts.items()]
    session.answer(
        {"counts": report.counts}, lambda: table(rows, ["", "created", "updated", "unchanged", "removed"])
    )


def open_file(path: Path) -> BytesIO:
    """Return a file's bytes, to be read once.

    Raises:
        BadRequestError: it cannot be read.
    """
    try:
        return BytesIO(path.read_bytes())
    except OSError as error:
        raise BadRequestError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
