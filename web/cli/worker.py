"""``workbench worker`` and ``job ...``: do what is due, and look at what was done."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from engine.access import Permission, require
from engine.clock import to_text
from engine.jobs.claims import Claims
from engine.jobs.models import JobStatus
from web.cli.context import Session, table
from web.cli.groups import Makers, Registered

if TYPE_CHECKING:
    from engine.app import Workbench
    from engine.jobs.models import Job
    from engine.jobs.port import Kind
    from engine.jobs.regular import Regular

_log = logging.getLogger("workbench.worker")
_SHOWN = 50


def _registered() -> Makers:
    from web.cli.commands import makers  # noqa: PLC0415 - jobs are listed without the registry

    def say(session: Session, request: Any, done: Any) -> None:
        session.answer({"job_id": request.job_id, "status": done.result}, done.message)

    return makers("job", {}, say)


@click.group("job", cls=Registered, registered=_registered)
def job() -> None:
    """What was done by itself: list, cancel, say how one ended."""


@job.command("list")
@click.option(
    "--status",
    "statuses",
    metavar="|".join(JobStatus),
    type=click.Choice([status.value for status in JobStatus]),
    multiple=True,
    help="Those that stand so alone. Repeatable.",
)
@click.option("--limit", metavar="N", type=click.IntRange(1, 1000), default=_SHOWN, show_default=True)
@click.pass_obj
def list_jobs(session: Session, statuses: tuple[str, ...], limit: int) -> None:
    """List jobs, the newest first: when each was begun last, how it stands, and what is said of it."""
    require(session.actor, Permission.ADMINISTER, "see what was done by itself")
    asked = [JobStatus(status) for status in statuses or JobStatus]
    jobs = Claims(session.workbench.database).list_jobs(asked, limit)
    rows = [
        [one.job_id, one.status, _moment(one.begun_at) or "", one.kind, one.outcome or ""] for one in jobs
    ]
    session.answer(
        {"jobs": [_described(one) for one in jobs]},
        lambda: table(rows, ["job", "status", "begun", "what", "said"]) if rows else "No jobs.",
    )


def commands() -> list[click.Command]:
    """Return the commands of this module."""
    return [worker, job]


@click.command("worker")
@click.option(
    "--threads",
    metavar="N",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="How many jobs it does at the same time.",
)
@click.pass_obj
def worker(session: Session, threads: int) -> None:
    """Do what is due by itself: start bundles, remind, escalate, make worklogs, export. Runs until it is ended.

    Any number of them may run beside `serve`, on as many machines as share the store: each job is one's.
    """
    from engine.jobs import ticking  # noqa: PLC0415 - APScheduler takes a third of a second to import
    from engine.jobs.embedded import EmbeddedEngine  # noqa: PLC0415 - with its sockets
    from engine.jobs.port import Kinds  # noqa: PLC0415 - as above

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    workbench = session.workbench
    work = _work(workbench)
    engine = EmbeddedEngine(
        workbench.database, Kinds(kind for _, kind in work), workbench.clock, workbench.ids
    )
    ticker = ticking.Ticker(
        engine,
        engine.claims,
        [regular for regular, _ in work],
        clock=workbench.clock,
        zone=workbench.workspace.timezone,
        since=workbench.workspace.created_at,
        holder=f"{socket.gethostname()}:{os.getpid()}",
        transaction=lambda: workbench.transaction(workbench.system_actor()),
    )
    stop = _stop_on_signals()
    for regular, _ in work:
        due = regular.next(workbench.clock.now(), workbench.workspace.timezone)
        click.echo(f"{regular.name}: {regular.purpose}; next {_in_zone(workbench, due)}")
    click.echo("Works until it is ended (Ctrl-C).")
    scheduler = ticking.start(ticker)
    try:
        engine.work(stop, threads)
    finally:
        scheduler.shutdown()
        ticker.stop()


def _work(workbench: Workbench) -> list[tuple[Regular, Kind]]:
    """Return what is done by itself, as the settings have it."""
    from engine.deliverables import jobs as deliverables  # noqa: PLC0415 - jobs are listed without what they do
    from engine.reminders import jobs as reminders  # noqa: PLC0415 - as above
    from engine.schedules import jobs as schedules  # noqa: PLC0415 - as above
    from engine.worklogs import jobs as worklogs  # noqa: PLC0415 - as above
    from exports import nightly  # noqa: PLC0415 - as above

    system = workbench.system_actor()
    work = [
        (schedules.START_SCHEDULED, schedules.starting(workbench, system)),
        (reminders.REMIND, reminders.reminding(workbench, system)),
        (deliverables.ESCALATE, deliverables.escalation(workbench, system)),
        (worklogs.MAKE, worklogs.making(workbench, system)),
    ]
    if workbench.settings.export_folder:
        work.append((nightly.EXPORT, nightly.export(workbench)))
    return work


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _in_zone(workbench: Workbench, moment: datetime) -> str:
    zone = ZoneInfo(workbench.workspace.timezone)
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _moment(milliseconds: int | None) -> str | None:
    if not milliseconds:  # 0 stands for no moment in particular
        return None
    return to_text(datetime.fromtimestamp(milliseconds / 1000, UTC))


def _described(one: Job) -> dict[str, Any]:
    times = ("not_before", "put_at", "begun_at", "ended_at")
    return {**one._asdict(), **{name: _moment(getattr(one, name)) for name in times}}
