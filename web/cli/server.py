"""``workbench serve``, ``upgrade``, ``doctor``: run the board, migrate the store, look for trouble."""

from __future__ import annotations

import logging
import sys

import click
import waitress

from engine.accounts import service as accounts
from engine.accounts.models import User
from engine.app import Workbench
from engine.upgrades import open_store, plan_upgrade, require_backup
from web import create_app
from web.cli import doctor as examination
from web.cli import upgrades
from web.cli.context import Session, table


def commands() -> list[click.Command]:
    """Return the commands of this module."""
    return [serve, upgrade, doctor]


#: What ``serve`` and ``upgrade`` ask for where Workbench cannot make the backup itself.
BACKED_UP = click.option(
    "--backed-up", is_flag=True, help="You have backed up the PostgreSQL store; an upgrade may begin."
)


@click.command("serve")
@click.option("--demo", is_flag=True, help="Fill an empty store with a believable month of work.")
@click.option("--host", metavar="ADDRESS")
@click.option("--port", metavar="N", type=int)
@BACKED_UP
@click.pass_obj
def serve(session: Session, demo: bool, host: str | None, port: int | None, backed_up: bool) -> None:
    """Run the board; prints its address and a one-time sign-in link."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    settings = session.settings
    require_backup(plan_upgrade(settings.database), backed_up=backed_up)
    workbench = Workbench(settings, migrate=True)
    if workbench.database.migrated:
        click.echo(upgrades.report(workbench.database), err=True)
    if demo:
        from web.demo import story  # noqa: PLC0415 - only the demo needs it

        story.tell(workbench)
    listen = (host or settings.host, settings.port if port is None else port)
    server = waitress.create_server(create_app(workbench), host=listen[0], port=listen[1], threads=8)
    address = f"http://{listen[0]}:{server.effective_port}"
    click.echo(f"Workbench is at {address}")
    user, token = _sign_in_token(workbench, demo=demo)
    click.echo(f"Sign in once, as {user.name} ({', '.join(user.roles)}), with {address}/sign-in/{token}")
    sys.stdout.flush()  # whoever waits for the address reads a pipe
    try:
        server.run()
    finally:
        server.close()
        workbench.close()


def _sign_in_token(workbench: Workbench, *, demo: bool) -> tuple[User, str]:
    """Return the operator, or in the demo its manager, and a fresh token for them."""
    operator = workbench.operator()
    with workbench.transaction(operator) as tx:
        user = tx.get(User, operator.user_id)
        if demo:
            user = tx.find_one(User, email="mara@example.com") or user
        return user, accounts.make_sign_in_link(tx, user)


@click.command("upgrade")
@click.option("--check", is_flag=True, help="Say what would happen, and change nothing; exit 1 if anything.")
@BACKED_UP
@click.pass_obj
def upgrade(session: Session, check: bool, backed_up: bool) -> int:
    """Bring an older store to this version; every step is recorded in the store."""
    wanted = plan_upgrade(session.settings.database)
    if check:
        session.answer(wanted.as_dict(), lambda: upgrades.describe(wanted))
        return 1 if wanted.steps else 0
    require_backup(wanted, backed_up=backed_up)
    with open_store(session.settings.database, migrate=True) as store:
        session.answer(upgrades.as_dict(store), lambda: upgrades.report(store))
    return 0


@click.command("doctor")
@click.pass_obj
def doctor(session: Session) -> int:
    """Examine database, content, Git, blobs, clock and disk; each ok, or what to do."""
    findings = examination.examine(session.settings)
    rows = [[finding.check, "ok" if finding.ok else "PROBLEM", finding.message] for finding in findings]
    data = {
        "checks": [finding.as_dict() for finding in findings],
        "ok": all(finding.ok for finding in findings),
    }
    session.answer(data, lambda: table(rows, ["check", "", ""]))
    return 0 if data["ok"] else 1
