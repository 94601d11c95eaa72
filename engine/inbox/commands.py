"""The command of the inbox: folding away what is new."""

from __future__ import annotations

from engine.access import Permission
from engine.command import AnyCommand, ledger_command
from engine.inbox import service
from engine.inputs import Input


class Seen(Input):
    """Everything that is new so far."""


COMMANDS: tuple[AnyCommand, ...] = (
    ledger_command(
        name="inbox seen",
        help="Fold away what is new to you.",
        input=Seen,
        permission=Permission.SEE_OWN_WORK,
        run=lambda ledger, _: service.mark_seen(ledger),
        message="Marked as seen.",
    ),
)
