"""What the commands of invitations are told."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from engine.access import Role
from engine.accounts.inputs import SECRET_TEXT
from engine.inputs import FilledText, Input


class Invite(Input):
    """Somebody who is to have an account."""

    #: Where the invitation goes, and what they sign in with.
    email: Annotated[FilledText, Field(title="E-mail", max_length=254)]
    #: What they may do; several are possible.
    role: list[Role] = Field(title="Access roles")
    #: What others call them; they say it themselves when they come.
    name: str = Field(default="", max_length=200)
    #: The key of whom they are; otherwise told by the e-mail.
    employee: str | None = None
    #: For a client's person, who has the role partner alone: the key of the partner they belong to.
    partner: str | None = None


class Accept(Input):
    """What somebody who was invited says of themselves."""

    #: What others call you.
    name: Annotated[FilledText, Field(title="Your name", max_length=200)]
    #: 10 to 200 characters; three or four words do well.
    password: str = Field(title="Password", min_length=10, max_length=200, json_schema_extra=SECRET_TEXT)
