"""The command about whose account the OpenID provider's people have."""

from __future__ import annotations

from engine.access import Permission
from engine.accounts.inputs import OnUser
from engine.command import AnyCommand, command
from engine.openid import people

COMMANDS: tuple[AnyCommand, ...] = (
    command(
        "user forget-openid",
        "Let the next person with somebody's e-mail whom the OpenID provider vouches for have the account; "
        "ends sessions, and takes back what groups gave.",
        input=OnUser,
        permission=Permission.LET_IN,
        run=lambda tx, request: people.forget(tx, request.user_id),
        message=lambda user: f"{user.name} is joined anew at the next sign-in with OpenID.",
    ),
)
