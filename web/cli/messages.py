"""``workbench message ...``: what you are told outside of the inbox, and holding all messages back."""

from __future__ import annotations

from typing import Any

import click

from engine.accounts.models import User
from engine.notifications import choices
from engine.notifications.models import MessageSettings, Way
from web.cli.commands import makers
from web.cli.context import Session, table
from web.cli.groups import Makers, Registered
from web.pages.message_settings import LABELS


def commands() -> list[click.Command]:
    """Return the commands of this module."""
    return [message]


def _registered() -> Makers:
    return makers("message", {}, lambda session, _, done, data: session.answer(data, done.message))


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
        zone = tx.timezone
    session.answer(data, lambda: table(_rows(chosen, zone, is_mail_set=data["is_mail_set"]), ["what", ""]))


def _rows(chosen: MessageSettings, zone: str, *, is_mail_set: bool) -> list[list[str]]:
    """Say what somebody chose, in the words of the page."""
    when = f"once a day, at {chosen.daily_hour}:00" if chosen.is_daily else "at once"
    quiet = f"{chosen.quiet_from}:00 to {chosen.quiet_until}:00" if chosen.quiet_from is not None else "none"
    rows = [
        ["tell me when", LABELS[kind]] if place == 0 else ["", LABELS[kind]]
        for place, kind in enumerate(chosen.kinds)
    ] or [["tell me when", "never"]]
    rows += [
        ["how", " and ".join(_WAYS[way] for way in chosen.ways) or "in the inbox alone"],
        ["when", when],
        ["quiet hours", quiet],
        ["hours are those of", zone],
    ]
    if not is_mail_set:
        rows.append(["e-mails", "none are sent yet: no mail server is set"])
    if chosen.refused_address:
        rows.append(["refused", f"{chosen.refused_address}: {chosen.refusal}"])
    return rows


_HOURS = {"is_daily", "daily_hour", "quiet_from", "quiet_until"}
_SHOWN = {"kinds", "ways", *_HOURS, "refused_address", "refusal"}


_WAYS = {Way.MAIL: "by e-mail", Way.CHAT: "in your chat"}
