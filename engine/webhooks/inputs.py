"""What the commands of webhooks are told."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from engine.audit.models import Action
from engine.inputs import Clearable, FilledText, Input, OptionalMoment, Revision
from engine.tasks.search.language import MOST_CHARACTERS
from engine.urls import LONGEST

MOST_HOURS = 7 * 24
_Name = Annotated[FilledText, Field(max_length=60)]
_Url = Annotated[FilledText, Field(max_length=LONGEST)]


class MakeWebhook(Input):
    """Where what happens is sent, and what of it."""

    #: Which program it tells; events name it.
    name: _Name
    #: Where messages are sent: an address that begins with https.
    url: _Url = Field(title="Address")
    #: Whose sight it has: their id, or the e-mail they sign in with. Left out, yours.
    user_id: str | None = Field(default=None, title="User", min_length=1)
    #: The kinds of events that are sent; none named, all.
    kinds: list[Action] = Field(default=[], title="Kinds of events")
    #: A search for tasks, as on the board: only events of tasks that it finds are sent.
    query: str | None = Field(default=None, title="Search", max_length=MOST_CHARACTERS)


class OnWebhook(Input):
    """Which webhook is meant."""

    #: Its id.
    webhook_id: str = Field(title="Webhook", min_length=1)


class ChangeWebhook(OnWebhook):
    """What is to be another thing from now on; what is left out stays as it is."""

    #: Which program it tells.
    name: _Name | None = None
    #: Where messages are sent: an address that begins with https.
    url: _Url | None = Field(default=None, title="Address")
    #: The kinds of events that are sent from now on; an empty list for all.
    kinds: list[Action] | None = Field(default=None, title="Kinds of events")
    #: A search for tasks, as on the board; empty, events of all tasks and of what is no task are sent.
    query: Clearable = Field(
        default=None, title="Search", max_length=MOST_CHARACTERS, json_schema_extra={"clearable": True}
    )
    #: As you have read it; refused where somebody changed it since.
    revision: Revision = None


class RotateWebhook(OnWebhook):
    """A webhook that is to have a new secret."""

    #: Hours for which messages are signed with the present secret too: 0 to 168.
    overlap_hours: int = Field(default=24, title="Hours of overlap", ge=0, le=MOST_HOURS)


class Redeliver(OnWebhook):
    """What is to be sent again: one message, or all since a moment."""

    #: The id of one message.
    webhook_delivery_id: str | None = Field(default=None, title="Message", min_length=1)
    #: All that were made at this moment or later, in ISO 8601.
    since: OptionalMoment = None
    #: Of these, only those that were given up.
    failed_only: bool = Field(default=False, title="Only those that were given up")
