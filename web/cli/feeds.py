"""``workbench feed ...``: what calendar programs read, make, revoke."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.clock import to_text
from engine.feeds import service
from web import results
from web.cli import links
from web.cli.context import Session, table
from web.cli.groups import Makers, Registered

if TYPE_CHECKING:
    from engine.command import Done
    from engine.feeds.models import Feed


def _registered() -> Makers:
    from web.cli.commands import makers  # noqa: PLC0415 - feeds are listed without the registry

    return makers("feed", {"feed make": _made}, _changed)


@click.group("feed", cls=Registered, registered=_registered)
def feed() -> None:
    """What calendar programs read: list, make, revoke."""


def commands() -> list[click.Command]:
    """Give the commands of this module."""
    return [feed]


@feed.command("list")
@click.pass_obj
def list_feeds(session: Session) -> None:
    """List your feeds, the newest first, and when each was read last."""
    with session.reading() as tx:
        feeds = service.own(tx)
        read = service.last_read(tx, feeds)
    rows = [
        [
            one.feed_id,
            one.kind.value,
            one.bundle_id or "",
            to_text(read[one.feed_id]) if one.feed_id in read else "never",
        ]
        for one in feeds
    ]
    session.answer(
        {"feeds": [results.plain(one) for one in feeds]},
        lambda: table(rows, ["feed", "which", "bundle", "read last"]) if rows else "No feeds.",
    )


def _made(session: Session, _request: Any, done: Done[service.Made], data: dict[str, Any]) -> None:
    site, address = session.workbench.settings.site, data["address"]
    told = f"{address}\n{done.message}"
    if not site:
        told = f"<address of the board>{told}\n{links.ADDRESS_IS_MISSING}"
    session.answer(data, told)


def _changed(session: Session, _request: Any, done: Done[Feed], data: dict[str, Any]) -> None:
    session.answer(data, done.message)
