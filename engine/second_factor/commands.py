"""The command of second factors: taking away those of somebody who has lost them.

What people do with their own needs their browser, and stands on its page alone (``web.views.second_factor``).
"""

from __future__ import annotations

from engine.access import Permission
from engine.accounts.inputs import OnUser
from engine.accounts.service import user_named
from engine.command import AnyCommand, command
from engine.second_factor import service

COMMANDS: tuple[AnyCommand, ...] = (
    command(
        "user reset-factors",
        "Take away the second factors of somebody who has lost them; ends their sessions, and tells them.",
        input=OnUser,
        permission=Permission.LET_IN,
        run=lambda tx, request: service.reset(tx, user_named(tx, request.user_id)),
        message=lambda user: f"{user.name} has no second factor any more, and is signed out everywhere.",
    ),
)
