"""``workbench user, session, employee, partner, campaign, reference, ...``: people, and what is theirs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine import commands as commands_by_name
from engine.accounts import service, sessions
from engine.accounts.models import User
from engine.catalog.yaml_reader import read_yaml
from engine.clock import to_text
from engine.errors import ContentError
from engine.inbox import people
from engine.reference import absences
from engine.reference.models import Employee
from web import results
from web.cli import links
from web.cli.commands import makers, open_file, run
from web.cli.context import Session, table
from web.cli.groups import Makers, Registered
from web.demo import stage

if TYPE_CHECKING:
    from engine.accounts.commands import Invited
    from engine.command import Done
    from engine.leaving.service import HandedOver
    from engine.reference.service import LoadReport


#: What makes a link, which is shown once.
_WITH_LINK = ("user add", "user link", "user invite", "user invite-again")


def _users() -> Makers:
    return makers(
        "user",
        dict.fromkeys(_WITH_LINK, _invited),
        _print_message,
        complete={"user link": links.require_place},
        more=dict.fromkeys(_WITH_LINK, links.OPTION),
    )


@click.group("user", cls=Registered, registered=_users)
def user() -> None:
    """People who sign in."""


@user.command("list")
@click.pass_obj
def list_users(session: Session) -> None:
    """List who signs in, as the page People does; those who may not any more come last."""
    with session.reading() as tx:
        accounts = people.load(tx).accounts
    rows = [
        [
            one.user.user_id,
            one.user.email,
            one.user.name,
            ", ".join(one.user.roles),
            _stands_for(one),
            "invited" if one.user.invited_at else "" if one.user.is_active else "not active",
        ]
        for one in accounts
    ]
    data = [
        {
            **results.plain(one.user),
            "employee": one.employee.key if one.employee else None,
            "partner": one.partner.key if one.partner else None,
        }
        for one in accounts
    ]
    columns = ["user", "email", "name", "roles", "stands for", ""]
    session.answer({"users": data}, lambda: table(rows, columns))


def _stands_for(account: people.Account) -> str:
    if account.partner:
        return f"{account.partner.key} (partner)"
    return account.employee.key if account.employee else ""


@click.group("session", cls=Registered, registered=lambda: makers("session", {}, _print_message))
def session_group() -> None:
    """Where people are signed in: list, end."""


@session_group.command("list")
@click.argument("email", metavar="[EMAIL]", required=False)
@click.pass_obj
def list_sessions(session: Session, email: str | None) -> None:
    """List the browsers in which people are signed in now, or those of one."""
    with session.reading() as tx:
        emails = {user.user_id: user.email for user in tx.find(User)}
        found = sessions.alive_by_user(tx)
        only = service.user_named(tx, email).user_id if email else None
    listed = [one for user_id, own in found.items() if only in (None, user_id) for one in own]
    rows = [
        [
            one.session_id,
            emails[one.user_id],
            one.browser,
            to_text(one.created_at),
            one.begun_with.value,
        ]
        for one in listed
    ]
    data = [one.model_dump(mode="json", exclude={"token_hash"}) for one in listed]
    session.answer({"sessions": data}, lambda: table(rows, ["session", "user", "browser", "since", "with"]))


@click.group("reference")
def reference() -> None:
    """Employees, partners, campaigns and their attachments."""


def _employees() -> Makers:
    shown = {"employee deactivate": _handed_over, "employee hand-over": _handed_over}
    return makers("employee", shown, _print_message)


@click.group("employee", cls=Registered, registered=_employees)
def employee() -> None:
    """Who does the work: add, change, deactivate, hand over, who is away."""


@employee.command("absences")
@click.pass_obj
def list_absences(session: Session) -> None:
    """List who is away now or later, and who stands in; of others only to who sees everybody's work."""
    with session.reading() as tx:
        found = absences.to_come(tx)
        names = {one.employee_id: one.key for one in tx.find(Employee)}
        sees_why = {one.employee_id: absences.may_enter(tx, one) for one in tx.find(Employee)}
    rows = [
        [
            one.absence_id,
            names[one.employee_id],
            str(one.first_day),
            str(one.last_day),
            names.get(one.substitute_id or "", "nobody"),
            one.kind.value if sees_why[one.employee_id] else "",
        ]
        for one in found
    ]
    columns = ["absence", "who", "first day", "last day", "stands in", "why"]
    data = [dict(zip(columns, row, strict=True)) for row in rows]
    session.answer({"absences": data}, lambda: table(rows, columns) if rows else "Nobody is away.")


@click.group("partner", cls=Registered, registered=lambda: makers("partner", {}, _print_message))
def partner() -> None:
    """For whom work is done: add, change, deactivate."""


@click.group("campaign", cls=Registered, registered=lambda: makers("campaign", {}, _print_message))
def campaign() -> None:
    """What is done for a partner over a time: add, change, material."""


@click.group("deliverable", cls=Registered, registered=lambda: makers("deliverable", {}, _print_message))
def deliverable() -> None:
    """What is handed over, version by version."""


@click.group("act", cls=Registered, registered=lambda: makers("act", {}, _print_message))
def act() -> None:
    """What you have just done: undo. ACT_ID is told after it."""


@click.group("inbox", cls=Registered, registered=lambda: makers("inbox", {}, _print_message))
def inbox() -> None:
    """What is new to you."""


def commands() -> list[click.Command]:
    """Give the commands of this module."""
    return [user, session_group, employee, partner, campaign, reference, deliverable, inbox, act]


def _invited(session: Session, _request: object, done: Done[Invited], data: dict[str, Any]) -> None:
    """Show somebody's link, this once and to nobody else."""
    made = done.result.user
    first = "next" if made.is_active else "first"
    site, path = session.settings.site, data["sign_in_path"]
    link = links.show(f"{site}{path}")
    if link:
        where = f"{'' if site else '<address of the board>'}{link}"
        told = f"Their {first} visit, within {done.result.lasts}: {where}"
        told += "" if site else f"\n{links.ADDRESS_IS_MISSING}"
    elif click.get_current_context().params.get("link_file"):
        told = f"Their link, good for {done.result.lasts}, is in the file."
        told += "" if site else f" {links.ADDRESS_IS_MISSING}"
    else:
        how = "link" if made.is_active else "invite-again"
        told = f"Their link is shown in a terminal: workbench user {how} {made.email}"
    if done.result.is_mailed:
        told += "\nIt goes to them by e-mail, too."
    may = "may" if made.is_active else "is invited to"
    session.answer(
        {**data, "sign_in_path": path if link else None},
        f"{made.name} <{made.email}> {may} sign in as {', '.join(made.roles)}.\n{told}",
    )
    if made.email not in stage.PEOPLE and stage.is_marked(session.workbench.database):
        click.echo(stage.NOTE, err=True)


def _print_message(session: Session, _request: object, done: Done[Any], data: dict[str, Any]) -> None:
    """Print what was changed, or what is said about it."""
    session.answer(data, done.message)


def _handed_over(session: Session, _request: object, done: Done[HandedOver], data: dict[str, Any]) -> None:
    """Print what went and what stayed, each task that stayed with its reason."""
    kept = "\n".join(f"{task.name}: {why}" for task, why in done.result.kept)
    session.answer(data, f"{done.message}\n{kept}".strip())


def _loaded(session: Session, _request: object, done: Done[LoadReport], data: dict[str, Any]) -> None:
    counts = done.result.counts
    rows = [[name, *found.values()] for name, found in counts.items()]
    columns = ["", "created", "updated", "unchanged", "removed", "dropped"]
    text = f"{table(rows, columns)}\n{done.message}"
    session.answer(data, text.strip("\n"))


@reference.command("load")
@click.argument("file", metavar="FILE")
@click.pass_obj
def load(session: Session, file: str) -> None:
    """Make the reference data match FILE (YAML); may be repeated."""
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
