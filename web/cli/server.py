"""``workbench serve``, ``upgrade``, ``doctor``: run the board, migrate the store, look for trouble."""

from __future__ import annotations

import logging
import os
from contextlib import closing

import click

from engine import indexing
from engine.accounts import service as accounts
from engine.accounts.bootstrap import OPERATOR_EMAIL
from engine.accounts.models import User
from engine.app import Workbench
from engine.artifacts.blobs import blobs_of
from engine.config import PROCRASTINATE
from engine.jobs import delivery
from engine.plurals import plural
from engine.store.measuring import tell_of_slow
from engine.upgrades import (
    open_store,
    plan_upgrade,
    refuse_to_shut_out,
    require_backup,
    require_store,
)
from web import create_app, logs, metrics
from web.cli import doctor as examination
from web.cli import links, upgrades
from web.cli.context import Session, table
from web.cli.worker import LOG_FORMAT
from web.demo import stage
from web.serving import listening, restarting, running
from web.serving.background import Does

_log = logging.getLogger("workbench.serve")


def commands() -> list[click.Command]:
    """Return the commands of this module."""
    return [serve, upgrade, doctor, reindex]


#: What ``serve`` and ``upgrade`` ask for where Workbench cannot make the backup itself.
BACKED_UP = click.option(
    "--backed-up", is_flag=True, help="You have backed up the PostgreSQL store; an upgrade may begin."
)


@click.command("serve")
@click.option(
    "--demo", is_flag=True, help="Show a believable month of work, in a store of its own under var/demo."
)
@click.option("--host", metavar="ADDRESS", help="The address to listen on; else the one of the settings.")
@click.option("--port", metavar="N", type=int, help="The port to listen on; 0 takes a free one.")
@click.option("--processes", metavar="N", type=int, help="How many processes answer; else one per processor.")
@LOG_FORMAT
@click.option(
    "--no-scheduler",
    is_flag=True,
    help="Do nothing by itself: `workbench worker` does it, or nobody.",
)
@BACKED_UP
@click.pass_obj
def serve(
    session: Session,
    demo: bool,
    host: str | None,
    port: int | None,
    processes: int | None,
    log_format: str | None,
    no_scheduler: bool,
    backed_up: bool,
) -> None:
    """Run the board; prints its address, and in a terminal a one-time sign-in link.

    One of its processes also does what is done by itself, in two threads; of the demo it runs automated
    tasks alone.
    """
    given = session.settings.with_options(host=host, port=port, processes=processes, log_format=log_format)
    logs.configure(given.log_format)
    tell_of_slow(given.slow_statement_ms)
    settings = stage.settings(given, session.options) if demo else given
    if demo and (said := stage.left_alone(given, settings)) is not None:
        click.echo(said, err=True)
    wanted = plan_upgrade(settings.database)
    require_backup(wanted, backed_up=backed_up)
    if restarting.is_rehearsal():
        refuse_to_shut_out(wanted)
    with closing(Workbench(settings, migrate=True)) as workbench:
        if workbench.database.migrated:
            click.echo(upgrades.report(workbench.database), err=True)
        if demo:
            _tell_the_demo(workbench)
        else:
            stage.claim_for_work(workbench)
        if restarting.is_rehearsal():
            metrics.count_alone()
            running.Board(workbench, create_app(workbench))
        else:
            does = Does.TASKS if demo else Does.ALL
            _serve(workbench, demo=demo, does=Does.NOTHING if no_scheduler else does)


def _serve(workbench: Workbench, *, demo: bool, does: Does) -> None:
    """Listen, make ready, say where, and answer until a signal ends it."""
    workbench.database.try_to_write()
    workbench.claim_blob_folder()
    settings, predecessors = workbench.settings, restarting.take_predecessors()
    processes = _processes(workbench)
    if settings.metrics_token:
        metrics.share_between_processes()
    with listening.listen(settings.host, settings.port, os.environ) as listener:
        board = running.Board(workbench, create_app(workbench), does=does)
        said = ""
        if predecessors is None:
            said = _where(workbench, listening.address_of(listener, settings.host), demo=demo)
        try:
            board.serve(
                listener,
                processes,
                predecessors=predecessors,
                when_ready=lambda: click.echo(said, nl=False) if said else _log.info("serves again"),
            )
        finally:
            metrics.forget_what_was_shared()


def _processes(workbench: Workbench) -> int:
    """Return how many processes are to answer; a store in memory is there for one alone."""
    wanted = workbench.settings.processes
    if not workbench.database.in_memory:
        return wanted or running.cores()
    if wanted > 1:
        click.echo("Only one process can use a store in memory, so one answers.", err=True)
    return 1


def _tell_the_demo(workbench: Workbench) -> None:
    """Fill a new store with the demo's story; one that has it stays as it is."""
    from web.demo import story  # noqa: PLC0415 - only the demo needs it

    stage.refuse_real_work(workbench)
    story.tell(workbench)


def _where(workbench: Workbench, address: str, *, demo: bool) -> str:
    """Tell the address, and to a terminal a one-time link that signs in; a log gets none (S22)."""
    site = workbench.settings.site
    where = f"{address} (for people: {site})" if site else address
    if not links.is_terminal():
        how = f"as {stage.MANAGER}, with the password {stage.PASSWORD}" if demo else "with a link: "
        how += "" if demo else f"workbench user link {OPERATOR_EMAIL} (in a terminal, in this folder)"
        return f"Workbench is at {where}\nSign in {how}\n"
    user, token = _sign_in_token(workbench, demo=demo)
    link = f"{site or address}/sign-in/{token}"
    return f"Workbench is at {where}\nSign in once, as {user.name} ({', '.join(user.roles)}), with {link}\n"


def _sign_in_token(workbench: Workbench, *, demo: bool) -> tuple[User, str]:
    """Return the operator, or in the demo its manager, and a fresh token for them."""
    operator = workbench.operator()
    with workbench.transaction(operator) as tx:
        user = tx.get(User, operator.user_id)
        if demo:
            user = tx.find_one(User, email=stage.MANAGER) or user
        return user, accounts.make_sign_in_link(tx, user)


@click.command("upgrade")
@click.option("--check", is_flag=True, help="Say what would happen, and change nothing; exit 1 if anything.")
@BACKED_UP
@click.pass_obj
def upgrade(session: Session, check: bool, backed_up: bool) -> int:
    """Bring an older store to this version; every step is recorded in the store."""
    settings = session.settings
    wanted = plan_upgrade(settings.database)
    if check:
        lacking = upgrades.lacking_for_jobs(settings, wanted)
        session.answer({**wanted.as_dict(), "jobs": lacking}, lambda: upgrades.describe(wanted, lacking))
        return 1 if wanted.steps or lacking else 0
    require_backup(wanted, backed_up=backed_up)
    require_store(settings)
    with open_store(settings.database, migrate=True, make=False) as store:
        if store.migrated:
            indexing.rebuild(store, blobs_of(settings))
        made = delivery.prepare(store, migrate=True) if settings.jobs == PROCRASTINATE else []
        session.answer({**upgrades.as_dict(store), "jobs": made}, lambda: upgrades.report(store, made))
    return 0


@click.command("reindex")
@click.pass_obj
def reindex(session: Session) -> int:
    """Make the index of words anew, from the records and the files; `doctor` says when that helps."""
    require_store(session.settings)
    with open_store(session.settings.database, make=False) as store:
        count = indexing.rebuild(store, blobs_of(session.settings))
    session.answer({"pieces": count}, lambda: f"The index of words holds {plural(count, 'text')}.")
    return 0


@click.command("doctor")
@click.pass_obj
def doctor(session: Session) -> int:
    """Examine database, records, content, Git, blobs, clock and disk; each ok, or what to do."""
    findings = examination.examine(session.settings)
    rows = [[finding.check, "ok" if finding.ok else "PROBLEM", finding.message] for finding in findings]
    data = {
        "checks": [finding.as_dict() for finding in findings],
        "ok": all(finding.ok for finding in findings),
    }
    session.answer(data, lambda: table(rows, ["check", "", ""]))
    return 0 if data["ok"] else 1
