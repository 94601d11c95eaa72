"""What the commands of API tokens are told."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from engine.access import Scope
from engine.inputs import FilledText, Input

MOST_DAYS = 365
MOST_HOURS = 7 * 24


class MakeToken(Input):
    """What a program is to do, for whom and for how long."""

    #: Which program it is for; events name it.
    name: Annotated[FilledText, Field(max_length=60)]
    #: For whom it acts: their id, or the e-mail they sign in with. Left out, for you.
    user_id: str | None = Field(default=None, title="User", min_length=1)
    #: What it may be used for; it always reads what its user sees.
    scopes: list[Scope] = Field(default=[Scope.READ, Scope.WORK], title="Scopes")
    #: Days until it ends: 1 to 365.
    days: int = Field(default=90, title="Days", ge=1, le=MOST_DAYS)


class OnToken(Input):
    """Which token is meant."""

    #: Its id.
    api_token_id: str = Field(title="Token", min_length=1)


class RotateToken(OnToken):
    """A token that is to have a new secret."""

    #: Hours that the present secret goes on beside it: 0 to 168.
    overlap_hours: int = Field(default=24, title="Hours of overlap", ge=0, le=MOST_HOURS)
