"""``workbench token ...``: what programs act with: list, make, rotate, revoke."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.accounts import service as accounts
from engine.accounts.models import User
from engine.clock import to_text
from engine.tokens import service
from web import results
from web.cli import links
from web.cli.context import Session, table
from web.cli.groups import Makers, Registered

if TYPE_CHECKING:
    from engine.command import Done
    from engine.tokens.models import ApiToken


def _registered() -> Makers:
    from web.cli.commands import makers  # noqa: PLC0415 - tokens are listed without the registry

    return makers(
        "token",
        {"token make": _made, "token rotate": _made},
        _revoked,
        complete={"token make": _place_of_new, "token rotate": links.require_place},
        more=dict.fromkeys(("token make", "token rotate"), links.OPTION_OF_TOKEN),
    )


@click.group("token", cls=Registered, registered=_registered)
def token() -> None:
    """What programs act with for people and agents: list, make, rotate, revoke."""


def commands() -> list[click.Command]:
    """Give the commands of this module."""
    return [token]


@token.command("list")
@click.option("--everybody", is_flag=True, help="Those of everybody; for admins.")
@click.pass_obj
def list_tokens(session: Session, everybody: bool) -> None:
    """List your tokens, the newest first, and when each was used last."""
    with session.reading() as tx:
        tokens = service.listed(tx, everybody=everybody)
        used = service.last_used(tx, tokens)
        tx.read_ahead({User: {one.user_id for one in tokens}})
        emails = {one.user_id: tx.get(User, one.user_id).email for one in tokens}
    rows = [
        [
            one.api_token_id,
            one.name,
            emails[one.user_id],
            f"{one.starts_with}…" if one.starts_with else "not taken yet",
            " ".join(one.scopes),
            to_text(one.expires_at),
            to_text(used[one.api_token_id]) if one.api_token_id in used else "never",
        ]
        for one in tokens
    ]
    columns = ["token", "name", "acts for", "begins with", "scopes", "ends", "used last"]
    data = [
        {
            **results.plain(one),
            "last_used_at": to_text(used[one.api_token_id]) if one.api_token_id in used else None,
        }
        for one in tokens
    ]
    session.answer({"tokens": data}, lambda: table(rows, columns) if rows else "No API tokens.")


def _place_of_new(session: Session, given: dict[str, Any]) -> dict[str, Any]:
    """Refuse to make a token whose secret would be lost; that of another person is theirs to take."""
    with session.reading() as tx:
        user = accounts.user_named(tx, given.get("user_id") or tx.actor.user_id)
        is_shown = bool(service.taken_by_actor(tx, [user.user_id]))
    return links.require_place(session, given) if is_shown else given


def _made(session: Session, _request: Any, done: Done[service.Made], data: dict[str, Any]) -> None:
    """Show a secret, this once and to nobody else."""
    made = done.result
    shown = links.show(made.secret) if made.secret else None
    told = done.message
    if shown:
        told = f"{shown}\n{told}"
    elif made.secret:
        told = f"The token “{made.token.name}” is in the file. Give it to nobody but the program."
    session.answer({**data, "token": shown}, told)


def _revoked(session: Session, _request: Any, done: Done[ApiToken], data: dict[str, Any]) -> None:
    session.answer(data, done.message)
