"""The command of the inbox: folding away what is new."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from engine.access import Permission
from engine.command import AnyCommand, ledger_command
from engine.inbox import seen, service
from engine.inputs import Input, OptionalMoment

#: So many items are marked at once at most; a page shows no more of a bundle.
_MOST_ITEMS = 200
ItemName = Annotated[str, StringConstraints(pattern=f"^{seen.NAME}$")]


class Seen(Input):
    """Everything that is new so far, or that was when somebody looked."""

    #: Up to when: what came later stays new. Now, if it is left out.
    until: OptionalMoment = None
    #: Only these items, as pages name them: key, @, and the moment since which it is there.
    item: list[ItemName] = Field(default=[], max_length=_MOST_ITEMS)

    @field_validator("until")
    @classmethod
    def _has_offset(cls, until: datetime | None) -> datetime | None:
        if until is not None and until.tzinfo is None:
            raise ValueError("say the offset, too, for example 2026-12-01T09:00Z")
        return until


COMMANDS: tuple[AnyCommand, ...] = (
    ledger_command(
        name="inbox seen",
        help="Fold away what is new to you.",
        input=Seen,
        permission=Permission.BELONG,
        run=lambda ledger, given: service.mark_seen(ledger, given.until, given.item),
        message="Marked as seen.",
    ),
)
