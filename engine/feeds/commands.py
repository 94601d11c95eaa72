"""The commands of feeds: making one, whose address is shown once, and revoking it."""

from __future__ import annotations

from engine.access import Permission
from engine.command import AnyCommand, command
from engine.feeds import inputs, service

COMMANDS: tuple[AnyCommand, ...] = (
    command(
        "feed make",
        "Let your calendar program show your tasks, those of a bundle, or all that you see.",
        input=inputs.MakeFeed,
        permission=Permission.WORK_OWN,
        run=service.make,
        message="The feed is made. Copy its address now: it is not shown again.",
    ),
    command(
        "feed revoke",
        "Have nobody read a feed any more.",
        input=inputs.OnFeed,
        permission=Permission.WORK_OWN,
        run=lambda tx, request: service.revoke(tx, request.feed_id),
        message="The feed is revoked: its address leads nowhere now.",
    ),
)
