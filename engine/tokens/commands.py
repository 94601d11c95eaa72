"""The commands of API tokens: making one, whose secret is shown once, rotating and revoking it."""

from __future__ import annotations

from engine.access import Permission
from engine.command import AnyCommand, command
from engine.tokens import inputs, service
from engine.tokens.service import Made


def _made(made: Made) -> str:
    if made.secret is None:
        return (
            f"The token “{made.token.name}” is made. {made.user.name} finds it under “API tokens”, and takes "
            "its secret there: it is shown to nobody else."
        )
    return f"The token “{made.token.name}” is made. Copy it now: it is not shown again."


COMMANDS: tuple[AnyCommand, ...] = (
    command(
        "token make",
        "Let a program act for you, for an agent or for somebody else, within scopes and for a time.",
        input=inputs.MakeToken,
        permission=Permission.ADMINISTER,
        run=service.make,
        message=_made,
    ),
    command(
        "token rotate",
        "Give a token a new secret, and let the present one go on for a while.",
        input=inputs.RotateToken,
        permission=Permission.OPEN_WAYS_IN,
        run=service.rotate,
        message=lambda made: (
            f"The token “{made.token.name}” has a new secret. Copy it now: it is not shown again."
        ),
    ),
    command(
        "token revoke",
        "Let no program act by a token any more.",
        input=inputs.OnToken,
        permission=Permission.BELONG,
        run=lambda tx, request: service.revoke(tx, request.api_token_id),
        message=lambda token: f"The token “{token.name}” is revoked: it lets nobody in any more.",
    ),
)
