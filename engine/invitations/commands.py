"""The commands of invitations: inviting, inviting again, and taking one back."""

from __future__ import annotations

from dataclasses import dataclass

from engine.access import Actor, Permission
from engine.accounts import passwords
from engine.accounts.commands import Invited
from engine.accounts.inputs import OnUser
from engine.command import AnyCommand, Command, Services, command
from engine.inputs import Input
from engine.invitations import service
from engine.invitations.inputs import Invite
from engine.secrets import sealing
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What opens an invitation, and the same sealed for the mail; None where no mail server is set."""

    token: str
    sealed: str | None


def _draw(services: Services, _actor: Actor, _request: Input) -> Drawn:
    """Draw what opens an invitation.

    Raises:
        UnavailableError: it is to be mailed, and the key file cannot be read or made.
    """
    token = passwords.new_token()
    sealed = sealing.seal(services, token) if services.settings.smtp_host else None
    return Drawn(token=token, sealed=sealed)


def _invite(tx: Transaction, request: Invite, drawn: Drawn) -> Invited:
    user = service.invite(tx, request, drawn.token, drawn.sealed)
    return Invited(user=user, token=drawn.token, is_mailed=drawn.sealed is not None)


def _invite_again(tx: Transaction, request: OnUser, drawn: Drawn) -> Invited:
    user = service.invite_again(tx, request.user_id, drawn.token, drawn.sealed)
    return Invited(user=user, token=drawn.token, is_mailed=drawn.sealed is not None)


COMMANDS: tuple[AnyCommand, ...] = (
    Command(
        name="user invite",
        help="Invite somebody, who says their name and how they sign in when they come.",
        input=Invite,
        permission=Permission.LET_IN,
        prepare=_draw,
        run=_invite,
        message=lambda made: f"{made.user.email} is invited as {', '.join(made.user.roles)}.",
    ),
    Command(
        name="user invite-again",
        help="Send somebody's invitation again; the one before opens nothing any more.",
        input=OnUser,
        permission=Permission.LET_IN,
        prepare=_draw,
        run=_invite_again,
        message=lambda made: f"{made.user.email} is invited again.",
    ),
    command(
        "user uninvite",
        "Take somebody's invitation back.",
        input=OnUser,
        permission=Permission.ADMINISTER,
        run=lambda tx, request: service.withdraw(tx, request.user_id),
        message=lambda user: f"The invitation of {user.email} is withdrawn.",
    ),
)
