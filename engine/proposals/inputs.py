"""What the commands of proposals are told."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from engine.inputs import FilledText, Input, lines

LONGEST_TITLE, LONGEST_REASON = 100, 10_000


class OnProposal(Input):
    """Which proposal is meant."""

    #: Its id, as `proposal list` shows it.
    proposal_id: str = Field(title="Proposal", min_length=1)


class Offer(OnProposal):
    """What reviewers read about a change."""

    #: What it does, in one line.
    title: Annotated[FilledText, Field(max_length=LONGEST_TITLE, pattern=r"^[^\n\r]*$")]
    #: What the work showed, and for whom it is better; Markdown.
    description: Annotated[
        FilledText, Field(title="Why", max_length=LONGEST_REASON, json_schema_extra=lines(6))
    ]
