"""What the commands of messages are told."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, field_validator

from engine.inputs import Clearable, Input
from engine.notifications.models import NotificationKind

_QUIET = re.compile(r"(\d{1,2})\s*[-–]\s*(\d{1,2})")


class Nothing(Input):
    """Nothing more is to be said."""


class ChooseMessages(Input):
    """What you are told outside of the inbox; what is left out stays as it is."""

    #: What you are told of; all of it.
    kinds: list[NotificationKind] | None = Field(default=None, title="Tell me when")
    #: Whether you are told by e-mail, at the address that you sign in with.
    mail: bool | None = Field(default=None, title="By e-mail")
    #: Whether you are told in a chat, at the address that an admin keeps for you.
    chat: bool | None = Field(default=None, title="By chat")
    #: Whether you get the messages of a day together.
    is_daily: bool | None = Field(default=None, title="Once a day")
    #: The hour of your day at which the messages of a day go out, 0 to 23.
    daily_hour: Annotated[int, Field(ge=0, le=23)] | None = Field(default=None, title="At")
    #: The hours in which no message goes out, such as 20-7; empty for none.
    quiet: Clearable = Field(default=None, title="Quiet hours")

    @field_validator("quiet")
    @classmethod
    def _are_hours(cls, quiet: str | None) -> str | None:
        if quiet:
            hours_of(quiet)
        return quiet


def hours_of(quiet: str) -> tuple[int | None, int | None]:
    """Read quiet hours, ``20-7``; none of an empty text.

    Raises:
        ValueError: they are none.
    """
    if not quiet:
        return None, None
    found = _QUIET.fullmatch(quiet)
    hours = [int(hour) for hour in found.groups()] if found else []
    if len(hours) != 2 or max(hours) > 23 or hours[0] == hours[1]:
        raise ValueError("these are not two hours; write when quiet hours begin and end, for example 20-7")
    return hours[0], hours[1]
