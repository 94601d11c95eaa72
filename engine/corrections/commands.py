"""The commands that take back what was done."""

from __future__ import annotations

from pydantic import Field

from engine.access import Permission
from engine.command import AnyCommand, command
from engine.corrections import undo
from engine.inputs import Input


class OnAct(Input):
    """Which act is meant."""

    #: The id of what was done, as it was told after it.
    act_id: str = Field(title="Act", min_length=1)


COMMANDS: tuple[AnyCommand, ...] = (
    command(
        "act undo",
        "Undo what you have just done, within a minute.",
        input=OnAct,
        permission=Permission.WORK_OWN,
        run=lambda tx, request: undo.undo(tx, request.act_id),
        message=lambda undone: undone.message,
    ),
)
