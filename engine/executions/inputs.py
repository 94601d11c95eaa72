"""What the commands of executions are told."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from engine.executions.models import Settlement
from engine.inputs import FilledText, Input, lines
from engine.tasks.inputs import LONGEST_WORDS


class OnExecution(Input):
    """Which attempt is meant."""

    #: Its id, `exe_…`; the page of its task shows it.
    execution_id: str = Field(title="Execution", min_length=1)


class Settle(OnExecution):
    """What somebody found out about an attempt of which nobody knew how it ended."""

    #: Whether what was begun on the other side was done.
    settlement: Settlement = Field(title="Did it happen?")
    #: Where you looked, and what you saw; it is kept.
    comment: Annotated[
        FilledText,
        Field(title="How do you know?", max_length=LONGEST_WORDS, json_schema_extra=lines(2)),
    ]
