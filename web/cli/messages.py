"""``workbench message ...``: what you are told outside of the inbox, and holding all messages back."""

from __future__ import annotations

from typing import Any

import click

from engine.accounts.models import User
from engine.notifications import choices
from web.cli.commands import makers
from web.cli.context import Session, table
from web.cli.groups import Makers, Registered


def commands() -> list[click.Command]:
    """Return the commands of this module."""
    return [message]


def _registered() -> Makers:
    return makers(
        "message", {}, lambda session, _, done: session.answer({"message": done.message}, done.message)
    )


@click.group("message", cls=Registered, registered=_registered)
def message() -> None:
    """E-mails and chat messages: what you get, whether they work, hold all back."""


@message.command("show")
@click.pass_obj
def show(session: Session) -> None:
    """Show what you are told outside of the inbox, by which ways, and when."""
    with session.reading() as tx:
        user = tx.get(User, session.actor.user_id)
        chosen = choices.of(tx, [user])[user.user_id]
        data: dict[str, Any] = {
            **chosen.model_dump(mode="json", include=_SHOWN),
            "is_mail_set": bool(tx.settings.smtp_host),
        }
    rows = [[name.replace("_", " "), _words(value)] for name, value in data.items()]
    session.answer(data, lambda: table(rows, ["what", ""]))


_HOURS = {"is_daily", "daily_hour", "quiet_from", "quiet_until"}
_SHOWN = {"kinds", "ways", *_HOURS, "refused_address", "refusal"}


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return {True: "yes", False: "no", None: ""}.get(value) or ("" if value is None else str(value))
