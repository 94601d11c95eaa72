"""The inputs of the commands about people: who signs in, and with what."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.config import JsonDict

from engine.access import Role
from engine.inputs import Clearable, FilledText, Input, Revision


class AddUser(Input):
    """Somebody who is to sign in."""

    #: The address they sign in with.
    email: Annotated[FilledText, Field(title="E-mail", max_length=254)]
    #: What others call them.
    name: Annotated[str, Field(max_length=200)]
    #: What they may do; several are possible.
    role: list[Role] = Field(title="Access roles")
    #: The key of whom they are; otherwise told by the e-mail.
    employee: str | None = None
    #: For a client's person, who has the role partner alone: the key of the partner they belong to.
    partner: str | None = None


class OnUser(Input):
    """Which user is meant."""

    #: Their id, or the e-mail they sign in with.
    user_id: str = Field(title="User", min_length=1)


class OnSession(Input):
    """Which session is meant."""

    #: Its id.
    session_id: str = Field(title="Session", min_length=1)


class EndSessions(OnUser):
    """The sessions of a user that are to end."""

    #: The id of one that goes on.
    but: str | None = Field(default=None, title="Except")


class ChangeUser(OnUser):
    """What a user may do from now on; what is left out stays as it is."""

    #: What they may do; all of it.
    role: list[Role] | None = Field(default=None, title="Access roles")
    #: Whether they may sign in. An account that is opened again has the roles that it had.
    is_active: bool | None = Field(default=None, title="May sign in")
    #: The key of whom they are; empty leaves that to the e-mail.
    employee: Clearable = Field(default=None, title="Stands for")
    #: As you have read them; refused where somebody changed them since.
    revision: Revision = None


class OwnZone(OnUser):
    """Where somebody reads and writes times."""

    #: An IANA name such as Europe/Berlin; empty for the workspace's zone.
    timezone: str = Field(default="", title="Time zone", max_length=100)


#: Read exactly as it is typed, and of which nothing is kept beside its own hash.
SECRET_TEXT: JsonDict = {"verbatim": True, "secret": True}


class ChangePassword(Input):
    """One's own new password."""

    #: Where they are signed in; whoever has just come by a link, or has no password yet, has none to give.
    session_id: str | None = None
    #: The one you have now; not asked for the first time.
    current: str = Field(default="", title="Present password", json_schema_extra=SECRET_TEXT)
    #: 10 to 200 characters; three or four words do well.
    password: str = Field(title="New password", min_length=10, max_length=200, json_schema_extra=SECRET_TEXT)
