"""``workbench worker``, ``scheduler`` and ``job ...``: do what is due, and look at what was done."""

from __future__ import annotations

import re
import signal
import threading
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from engine.access import Permission, require
from engine.clock import to_text
from engine.config import LOG_FORMATS
from engine.jobs.claims import Claims
from engine.jobs.models import JobStatus
from engine.store.measuring import tell_of_slow
from web.cli.context import Session, table
from web.cli.groups import Makers, Registered

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from engine.app import Workbench
    from engine.jobs.models import Job

_SHOWN = 50
_NAME = re.compile(r"[A-Za-z0-9._:-]{1,100}")


def _registered() -> Makers:
    from web.cli.commands import makers  # noqa: PLC0415 - jobs are listed without the registry

    def say(session: Session, _request: Any, done: Any, data: dict[str, Any]) -> None:
        session.answer(data, done.message)

    return makers("job", {}, say)


@click.group("job", cls=Registered, registered=_registered)
def job() -> None:
    """What was done by itself: list, cancel, try again, say how one ended."""


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
    return [worker, scheduler, job]


#: How servers and workers log.
LOG_FORMAT = click.option(
    "--log-format",
    metavar="|".join(LOG_FORMATS),
    type=click.Choice(LOG_FORMATS),
    help="How it logs; else as the settings say.",
)


def _executors(_context: click.Context, _option: click.Parameter, text: str | None) -> tuple[str, ...]:
    from engine.catalog.executors import SCHEMAS  # noqa: PLC0415 - jobs are listed without it

    names = tuple(dict.fromkeys(filter(None, map(str.strip, (text or "").split(",")))))
    if unknown := [name for name in names if name not in SCHEMAS]:
        known = ", ".join(sorted(SCHEMAS))
        raise click.BadParameter(f"there is no executor “{unknown[0]}”; this release has {known}")
    return names


def _name(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    if text is not None and not _NAME.fullmatch(text):
        raise click.BadParameter("a name has up to 100 letters, digits, dots, colons, hyphens or underscores")
    return text


@click.command("worker")
@click.option(
    "--threads",
    metavar="N",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="How many jobs it does at the same time.",
)
@click.option(
    "--executors",
    metavar="NAME,NAME",
    callback=_executors,
    help="Of automated tasks it begins those of these executors alone; else of all.",
)
@click.option(
    "--name",
    metavar="NAME",
    callback=_name,
    help="What it is called where workers are listed; else as its machine and process.",
)
@LOG_FORMAT
@click.pass_obj
def worker(
    session: Session, threads: int, executors: tuple[str, ...], name: str | None, log_format: str | None
) -> None:
    """Do what is put, and put what is due: start bundles, remind, send, export. Runs until it is ended.

    Any number of them may run beside `serve`, on as many machines as share the store: each job is one's.
    `workbench queue` lists them. Of the store of a demo it does what the demo's settings allow: nothing is
    mailed, exported or called.
    """
    with as_served(session) as workbench:
        _run(workbench, threads=threads, log_format=log_format, name=name, only=executors)


@click.command("scheduler")
@LOG_FORMAT
@click.pass_obj
def scheduler(session: Session, log_format: str | None) -> None:
    """Put what is due and look for what people are to be told, and do nothing of it. Runs until it is ended.

    Workers do it, on this machine or others. Of all clocks that share a store one ticks.
    """
    with as_served(session) as workbench:
        _run(workbench, threads=0, log_format=log_format)


@contextmanager
def as_served(session: Session) -> Iterator[Workbench]:
    """Give the engine; of a store of the demo with the settings and the content that serve it (G4)."""
    from engine.app import Workbench  # noqa: PLC0415 - jobs are listed without it
    from web.demo import stage  # noqa: PLC0415 - as above

    given = session.workbench
    if not stage.is_marked(given.database):
        yield given
        return
    own = stage.settings(session.settings, {"database": session.settings.database, **session.options})
    with closing(Workbench(own, make=False)) as workbench:
        yield workbench


def _run(
    workbench: Workbench,
    *,
    threads: int,
    log_format: str | None,
    name: str | None = None,
    only: Collection[str] = (),
) -> None:
    from web import logs  # noqa: PLC0415 - with Flask, which jobs are listed without
    from web.serving import background  # noqa: PLC0415 - APScheduler takes a third of a second to import

    settings = workbench.settings.with_options(log_format=log_format)
    logs.configure(settings.log_format)
    tell_of_slow(settings.slow_statement_ms)
    stop = _stop_on_signals()
    for regular, _ in background.regular_work(workbench):
        due = regular.next(workbench.clock.now(), workbench.workspace.timezone)
        click.echo(f"{regular.name}: {regular.purpose}; next {_in_zone(workbench, due)}")
    click.echo("Works until it is ended (Ctrl-C).")
    background.run(workbench, stop, threads=threads, ticks=True, name=name, only=only)


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
