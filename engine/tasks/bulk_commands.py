"""The command that changes many tasks at once (UPD-37 to UPD-41)."""

from __future__ import annotations

from engine.access import Permission
from engine.command import AnyCommand, Command, with_content
from engine.tasks import bulk

COMMANDS: tuple[AnyCommand, ...] = (
    Command(
        name="task bulk",
        help="Change up to 100 tasks at once; each is done, or left out with the reason.",
        input=bulk.BulkChange,
        permission=Permission.WORK_OWN,
        prepare=with_content,
        run=lambda tx, request, content: bulk.change(tx, content, request),
        message=lambda done: done.message,
    ),
)
