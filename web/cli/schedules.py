"""``workbench schedule ...``: what begins by itself, switching it on and off, single days by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from engine.errors import UnavailableError, WorkbenchError
from web.cli.context import Session, table
from web.cli.groups import Makers, Registered

if TYPE_CHECKING:
    from engine.command import Done
    from engine.schedules.commands import SwitchedOn
    from engine.schedules.listing import Listed
    from engine.schedules.preview import Upcoming


def _registered() -> Makers:
    from web.cli.bundles import typed_parameters  # noqa: PLC0415 - schedules are listed without the registry
    from web.cli.commands import makers  # noqa: PLC0415 - as above

    return makers(
        "schedule", {"schedule start": _switched_on}, _changed, {"schedule start": typed_parameters}
    )


@click.group("schedule", cls=Registered, registered=_registered)
def schedule() -> None:
    """What begins by itself: list, switch on, pause, start or leave out a day."""


def commands() -> list[click.Command]:
    """Give the commands of this module."""
    return [schedule]


@schedule.command("list")
@click.pass_obj
def list_schedules(session: Session) -> None:
    """List what begins by itself, the next first, and what could be switched on."""
    from engine.schedules import listing  # noqa: PLC0415 - with the whole catalog

    content = session.workbench.content()
    with session.reading() as tx:
        listed = listing.load_all(tx, content)
        offers = listing.offers(tx, content, listed)
    data = {
        "schedules": [one.as_json() for one in listed],
        "offers": [
            {
                "template": one.template,
                "for": one.subject,
                "schedule": one.timetable.line,
                "when": one.timetable.said,
            }
            for one in offers
        ],
    }
    session.answer(data, lambda: "\n\n".join([_lines(session, listed), _offered(offers)]))


@schedule.command("show")
@click.argument("schedule_id", metavar="ID")
@click.pass_obj
def show(session: Session, schedule_id: str) -> None:
    """Print a schedule, its next five starts and what became of its last days."""
    from engine.schedules import listing, preview  # noqa: PLC0415 - as above

    content = session.workbench.content()
    upcoming, trouble = list["Upcoming"](), None
    with session.reading() as tx:
        listed, starts = listing.load_one(tx, content, schedule_id)
        try:
            upcoming = preview.of_schedule(tx, content, listed.schedule)
        except UnavailableError:
            raise
        except WorkbenchError as error:
            trouble = error.message
    rows = [[str(row.anchor_date), row.state.value, row.bundle_id or "", row.reason or ""] for row in starts]
    data = {
        **listed.as_json(),
        "upcoming": [one.as_json() for one in upcoming],
        "starts": [row.model_dump(mode="json") for row in starts],
    }
    told = table(rows, ["anchor", "state", "bundle", "said"]) if rows else "Nothing was started by it yet."
    session.answer(
        data, lambda: "\n\n".join([_lines(session, [listed]), trouble or _starts(session, upcoming), told])
    )


def _switched_on(session: Session, _request: Any, done: Done[SwitchedOn], data: dict[str, Any]) -> None:
    """Print what begins next by the schedule that was switched on, or would."""
    found = done.result
    identity = f"{found.schedule.schedule_id}\n" if found.schedule else ""
    session.answer(data, lambda: f"{done.message}\n{identity}\n{_starts(session, found.upcoming)}")


def _changed(session: Session, _request: Any, done: Done[Any], data: dict[str, Any]) -> None:
    session.answer(data, done.message)


def _lines(session: Session, listed: Sequence[Listed]) -> str:
    rows = [
        [
            one.schedule.schedule_id,
            one.schedule.state.value,
            _in_zone(session, one.schedule.next_at),
            str(one.schedule.next_anchor or ""),
            one.template_name,
            one.whom or "our own work",
            one.schedule.problem or "",
        ]
        for one in listed
    ]
    return (
        table(rows, ["id", "state", _begins(session), "anchor", "what", "for", "problem"])
        if rows
        else "No schedules."
    )


def _offered(offers: Sequence[Any]) -> str:
    rows = [
        [one.template, one.subject, one.timetable.said, one.timetable.line, one.timetable.zone]
        for one in offers
    ]
    heads = ["could be switched on", "for", "when", "crontab", "zone"]
    return table(rows, heads) if rows else "Nothing else is offered."


def _starts(session: Session, upcoming: Sequence[Upcoming]) -> str:
    rows = []
    for one in upcoming:
        first, last = one.due_dates or ("", "")
        said = one.trouble.message if one.trouble else f"{len(one.plan.tasks) if one.plan else 0} tasks"
        warned = len(one.plan.warnings) if one.plan else 0
        said += f", {warned} to look at" if warned else ""
        rows.append([_in_zone(session, one.due.at), str(one.due.anchor), str(first), str(last), said])
    return (
        table(rows, [_begins(session), "anchor", "first due", "last due", "makes"])
        if rows
        else "Nothing is to come."
    )


def _begins(session: Session) -> str:
    """Head the column of moments: they are those of the workspace's zone."""
    return f"begins ({session.workbench.workspace.timezone})"


def _in_zone(session: Session, moment: datetime | None) -> str:
    if moment is None:
        return ""
    return f"{moment.astimezone(ZoneInfo(session.workbench.workspace.timezone)):%Y-%m-%d %H:%M}"
