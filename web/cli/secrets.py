"""``workbench secrets ...``: what the product needs to know and nobody is to read."""

from __future__ import annotations

import sys
from typing import Any

import click

from engine import commands as registry
from engine.clock import to_text
from engine.secrets import service
from web.cli.commands import makers, run
from web.cli.context import Session, table
from web.cli.groups import Makers, Registered


def commands() -> list[click.Command]:
    """Return the commands of this module."""
    return [secrets]


def _registered() -> Makers:
    return makers("secrets", {}, _say)


@click.group("secrets", cls=Registered, registered=_registered)
def secrets() -> None:
    """Passwords and addresses that the product needs, sealed: set, list, remove."""


@secrets.command("set")
@click.argument("name", metavar="NAME")
@click.pass_obj
def set_secret(session: Session, name: str) -> None:
    """Keep a password or an address that the product needs, sealed; asked for, or read from standard input.

    Never on the command line: what stands there is read by others, and kept in its history. One line end
    after the value is taken off.
    """
    if sys.stdin.isatty():
        value = click.prompt(f"The value of {name}", hide_input=True, confirmation_prompt="Once more")
    else:
        value = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    run(session, registry.get("secrets set"), {"name": name, "value": value}, _say)


@secrets.command("list")
@click.pass_obj
def list_secrets(session: Session) -> None:
    """List the names of secrets, and when each was set; their values are shown nowhere."""
    with session.reading() as tx:
        found = service.list_all(tx)
    rows = [[one.name, to_text(one.updated_at)] for one in found]
    data = {"secrets": [{"name": name, "set_at": moment} for name, moment in rows]}
    session.answer(data, lambda: table(rows, ["name", "set"]) if rows else "No secrets.")


def _say(session: Session, _request: Any, done: Any, data: dict[str, Any]) -> None:
    session.answer(data, done.message)
