"""What the commands are told that hand something over, judge it and speak about it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from engine.access import Outcome
from engine.inputs import Clearable, FilledText, Input, OptionalFile, SpokenName, lines
from engine.tasks.inputs import LONGEST_BODY, LONGEST_WORD, LONGEST_WORDS, OnTask
from engine.urls import LONGEST as LONGEST_URL

_LONGEST_DESCRIPTION = 5000
_LONGEST_FEEDBACK = 10_000
_LAST_PLACE = 1_000_000


class AddDeliverable(OnTask):
    """A deliverable that the template does not have."""

    #: A word or two, for example: cover image.
    ref: Annotated[SpokenName, Field(title="Name", max_length=LONGEST_WORD)]
    #: For example image, report, text.
    type: Annotated[FilledText, Field(title="What kind", max_length=LONGEST_WORD)]
    #: More about it, where its name is not enough.
    description: Annotated[
        str | None, Field(title="What it is", max_length=_LONGEST_DESCRIPTION, json_schema_extra=lines(2))
    ] = None
    #: The partner sees it once it is delivered.
    visible_in_portal: bool = Field(default=False, title="The partner sees it too")


class Content(Input):
    """What is handed over: an address, a file of one's own or one that is here, and facts about it."""

    #: Where the finished work is, with https:// in front; empty takes the address away.
    url: Annotated[Clearable, Field(title="Address", max_length=LONGEST_URL)] = None
    #: The finished work itself: a file to upload.
    file: OptionalFile = Field(default=None, title="or a file")
    #: The id of a file that the task has already.
    artifact_id: str | None = Field(default=None, title="or a file that is here already")
    #: Facts about it by name; a text is read as the type of its fact, an empty one takes the fact away.
    meta: dict[str, Any] = Field(default={}, title="Facts")


class HandOver(Content, OnTask):
    """Handing over what nobody has judged yet."""

    #: The deliverable's ref or id.
    ref: str = Field(title="Deliverable", min_length=1)
    #: Whether the partner sees it; only where the template does not say so.
    visible_in_portal: bool | None = Field(default=None, title="The partner sees it too")


class Then(StrEnum):
    """What follows the next version."""

    HAND_OVER = "hand_over"  #: nothing: approval is asked for later
    RESUBMIT = "resubmit"  #: its approval is asked for at once


class HandOverNext(Content):
    """The version after a judged one."""

    #: The id of the version that was judged; `task show` prints it.
    deliverable_id: str = Field(title="Deliverable", min_length=1)
    #: The task that it must belong to, where that is known.
    task_id: str | None = Field(default=None, title="Task")
    #: Only hand it over, or ask for its approval at once.
    then: Then = Field(default=Then.HAND_OVER, title="And then")


class Withdraw(OnTask):
    """Taking a request for approval back."""

    #: Why; it is kept in the timeline.
    reason: Annotated[str | None, Field(max_length=LONGEST_WORDS)] = None


class Decide(Input):
    """A decision on exactly the version that was looked at."""

    #: The approval's id; `task approvals` prints it.
    task_approval_id: str = Field(title="Approval", min_length=1)
    #: `approved_pending_changes` means: go ahead, with a change that needs no second look.
    outcome: Outcome
    #: Needed unless it is approved as it is.
    feedback: Annotated[
        str | None, Field(title="What you say", max_length=_LONGEST_FEEDBACK, json_schema_extra=lines(3))
    ] = None
    #: The content hash of what you looked at, as `task approvals` prints it.
    seen: str


class Comment(Input):
    """A remark on a version, or on one place of it."""

    #: The version's id.
    deliverable_id: str = Field(title="Deliverable", min_length=1)
    #: Markdown works, and @name calls somebody.
    body: Annotated[FilledText, Field(title="Comment", max_length=LONGEST_BODY, json_schema_extra=lines(3))]
    #: The line of a text that is meant, from 1.
    line: Annotated[int, Field(ge=1, le=_LAST_PLACE)] | None = None
    #: The page of a document that is meant, from 1.
    page: Annotated[int, Field(ge=1, le=_LAST_PLACE)] | None = None
    #: The words that are meant.
    quote: Annotated[str | None, Field(title="The words you mean", max_length=500)] = None
    #: The partner may read it.
    visible_in_portal: bool = Field(default=False, title="The partner may read it")
