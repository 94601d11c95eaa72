"""``workbench worklog ...``: what a client may read about a week of a campaign."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.errors import BadRequestError
from engine.worklogs import service
from engine.worklogs.models import WorkLog, WorkLogStatus
from web import results, worklog_files
from web.cli.context import Session, table
from web.cli.groups import Makers, Registered
from web.cli.reports import write_bytes

if TYPE_CHECKING:
    from engine.command import Done


def _registered() -> Makers:
    from web.cli.commands import makers  # noqa: PLC0415 - worklogs are listed without the registry

    return makers("worklog", {}, _done)


@click.group("worklog", cls=Registered, registered=_registered)
def worklog() -> None:
    """What a client may read about a week of a campaign: list, make, show, edit, send."""


def commands() -> list[click.Command]:
    """Give the commands of this module."""
    return [worklog]


@worklog.command("list")
@click.option("--campaign", metavar="KEY", help="Those of one campaign.")
@click.option("--status", metavar="|".join(WorkLogStatus), help="Those that stand so; all by default.")
@click.option("--limit", metavar="N", type=click.IntRange(1, 100), default=50, show_default=True)
@click.option("--offset", metavar="N", type=click.IntRange(0, 2**31 - 1), default=0)
@click.pass_obj
def list_worklogs(
    session: Session, campaign: str | None, status: str | None, limit: int, offset: int
) -> None:
    """List worklogs, the newest week first."""
    with session.reading() as tx:
        found = service.page(tx, status=status, campaign=campaign, limit=limit, offset=offset)
        data = [results.worklog(one) for one in found.items]
    rows = [[one.worklog_id, one.week, one.status, one.campaign_name] for one in found.items]
    session.answer(
        {"worklogs": data, "total": found.total},
        lambda: table(rows, ["worklog", "week", "status", "campaign"]) + f"\n{len(rows)} of {found.total}",
    )


@worklog.command("show")
@click.argument("worklog_id", metavar="ID")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(worklog_files.FORMATS)),
    default="markdown",
    show_default=True,
    help="How it is written.",
)
@click.option("--out", metavar="FILE", help="Write it to FILE; a PDF is written to no terminal.")
@click.pass_obj
def show(session: Session, worklog_id: str, form: str, out: str | None) -> None:
    """Print a worklog as it is read, or write it to a file."""
    chosen = worklog_files.named(form)
    with session.reading() as tx:
        found = tx.get(WorkLog, worklog_id)
    if out is None and form == "pdf":
        raise BadRequestError("A PDF is no text. Say where it goes: --out worklog.pdf.")
    if out is not None:
        write_bytes(Path(out), chosen.make(found))
        session.answer(results.worklog(found), f"{service.name_of(found)} is in {out}.")
        return
    session.answer(results.worklog(found), lambda: chosen.make(found).decode().rstrip("\n"))


def _done(session: Session, _request: object, done: Done[WorkLog], data: dict[str, Any]) -> None:
    session.answer(data, f"{done.message}\n{done.result.worklog_id}")
