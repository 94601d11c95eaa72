"""Who signs in, and the tenant they belong to."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import ClassVar

from engine.access import Role
from engine.record import Moment, RecordSpec, Revised

#: When a link expires that was made void: no clock that is set back revives it.
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Workspace(Revised):
    """The tenant; nothing is visible across it, and an export holds exactly one."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="workspaces",
        key=("workspace_id",),
        prefix="wsp",
        promoted=("key",),
        unique=(("key",),),
    )

    #: The workspace's id: `wsp_`, then 26 digits and capitals that sort by the time of making.
    workspace_id: str
    #: A short word for it; `default` is the one made with the store.
    key: str
    #: What people call it, as pages show it.
    name: str
    #: The IANA time zone, such as Europe/Berlin, in which days begin and end where no calendar says
    #: otherwise.
    timezone: str
    #: Since when an admin holds back all e-mails and chat messages. Null while they go out.
    messages_paused_at: Moment | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1


class User(Revised):
    """Who signs in; joined to an employee, who is assigned work."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="users",
        key=("user_id",),
        prefix="usr",
        promoted=("workspace_id", "email", "employee_id", "former_list"),
        unique=(("workspace_id", "email"),),
        references={
            "workspace_id": "workspaces",
            "employee_id": "employees",
            "former_employee_ids": "employees",
            "partner_id": "partners",
        },
        secret=frozenset({"password_hash"}),
    )

    #: The account's id: `usr_`, then 26 digits and capitals that sort by the time of making.
    user_id: str
    workspace_id: str
    #: The address that the person signs in with, in lower case; unique in the workspace.
    email: str
    #: The person's name, as pages show it.
    name: str
    #: What the account may do, as a list of words.
    roles: list[Role]
    #: The employee who this person is: work is assigned to employees. Null for people of a partner, and
    #: for whoever does no tasks.
    employee_id: str | None = None
    #: Employees who this person was before that was changed: what those did stays their own work, for
    #: ever (S3). Empty for nearly everybody.
    former_employee_ids: list[str] = []
    #: The partner that the person belongs to and decides for. Null for the team's own people.
    partner_id: str | None = None
    #: The IANA time zone, such as America/New_York, in which they read and write times. Null for the
    #: workspace's.
    timezone: str | None = None
    #: Whether the person may sign in; false once the account is closed.
    is_active: bool = True
    #: Since when an invitation waits for them: they may not sign in yet. Null once they came, and for whoever
    #: was not invited, or not any more.
    invited_at: Moment | None = None
    #: The argon2id hash of the password. Null until one is set. Never in events.
    password_hash: str | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    @property
    def former_list(self) -> str | None:
        """Whom they were before as JSON, for the question whose own work something is; None for nobody."""
        return json.dumps(self.former_employee_ids) if self.former_employee_ids else None


class BegunWith(StrEnum):
    """What somebody signed in with."""

    PASSWORD = "password"  # noqa: S105 #: what they chose and typed
    LINK = "link"  #: a one-time address that somebody sent them
    OPENID = "openid"  #: an OpenID provider that vouched for them


class SecondFactorKind(StrEnum):
    """What somebody proved after that."""

    APP = "app"  #: a code that an authenticator app shows for half a minute
    PASSKEY = "passkey"  #: a key that a phone, a computer or a security key keeps, and signs with
    RECOVERY_CODE = "recovery_code"  #: one of ten codes for the day on which none of those is at hand


class EndedBy(StrEnum):
    """Why a session is over before its time."""

    SIGN_OUT = "sign_out"  #: its person signed out in that browser
    CHOICE = "choice"  #: its person or an admin ended it from elsewhere
    NEW_PASSWORD = "new_password"  # noqa: S105 #: the password was changed or set
    DEACTIVATION = "deactivation"  #: the account was closed
    TOO_MANY = "too_many"  #: the same person began many others since
    SECOND_FACTOR = "second_factor"  #: the person set up their first second factor, or an admin took theirs


class Session(Revised):
    """A browser in which a user is signed in; only the hash of its token is kept (S5).

    The token is in the browser's signed cookie. Requests never write here: they read whether it still holds.
    """

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="sessions",
        key=("session_id",),
        prefix="ses",
        promoted=("workspace_id", "user_id", "token_hash", "ended_at"),
        indexes=(("user_id",), ("workspace_id", "ended_at")),
        unique=(("token_hash",),),
        references={"workspace_id": "workspaces", "user_id": "users"},
        exported=False,
        secret=frozenset({"token_hash"}),
        forgotten=True,
    )

    #: The session's id: `ses_`, then 26 digits and capitals that sort by the time of making.
    session_id: str
    workspace_id: str
    #: Who is signed in.
    user_id: str
    #: The SHA-256 of the token in the browser's cookie, as hexadecimal digits. Never in events.
    token_hash: str
    #: What the person signed in with.
    begun_with: BegunWith
    #: The second factor that they proved after that. Null where none was asked for.
    second_factor: SecondFactorKind | None = None
    #: Which browser it is, in a few words, as far as that can be told.
    browser: str
    #: From then on it signs nobody in, whatever was done with it.
    expires_at: Moment
    #: When it ended before its time. Null while it holds or has just run out.
    ended_at: Moment | None = None
    #: What ended it before its time. Null where nothing did.
    ended_by: EndedBy | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    def holds(self, now: datetime) -> bool:
        """Whether it signs somebody in at that moment."""
        return self.ended_at is None and now < self.expires_at


class Identity(Revised):
    """Whom an OpenID provider vouches for, and which user that is; an account has one at most of a provider.

    It holds whatever e-mail either side has by now. Roles that groups gave are noted, so that they go with
    the groups and what an admin gave stays.
    """

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="identities",
        key=("identity_id",),
        prefix="idn",
        promoted=("workspace_id", "user_id", "issuer", "subject"),
        unique=(("workspace_id", "issuer", "subject"), ("user_id", "issuer")),
        references={"workspace_id": "workspaces", "user_id": "users"},
        exported=False,
        forgotten=True,  # an admin may let an account be joined anew; a restored store has none
    )

    #: The identity's id: `idn_`, then 26 digits and capitals that sort by the time of making.
    identity_id: str
    workspace_id: str
    #: Whose account it opens.
    user_id: str
    #: The provider, by the address that it calls itself.
    issuer: str
    #: What the provider calls the person; it never gives that to somebody else.
    subject: str
    #: The access roles that groups gave, and that the account had not anyway.
    roles_given: list[Role] = []
    #: The assignee roles that groups gave, and that the employee had not anyway.
    assignee_roles_given: list[str] = []
    created_at: Moment
    updated_at: Moment
    revision: int = 1


class SignInLink(Revised):
    """A one-time link that signs a user in; only the hash of its token is kept.

    Of each user one is alive at most: a newer one voids it, and so do a new password and closing the account.
    """

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="sign_in_links",
        key=("token_hash",),
        promoted=("workspace_id", "user_id"),
        indexes=(("user_id",),),
        references={"workspace_id": "workspaces", "user_id": "users"},
        exported=False,
        secret=frozenset({"token_hash"}),
        forgotten=True,
    )

    #: The SHA-256 of the token in the link, as hexadecimal digits. Never in events.
    token_hash: str
    workspace_id: str
    #: Whom the link signs in.
    user_id: str
    #: From then on the link is void.
    expires_at: Moment
    #: When somebody signed in with it, or it was voided. Null while it can still be used.
    used_at: Moment | None = None
    #: Whether it opens an account that somebody was invited to, instead of signing in at once.
    invites: bool = False
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    @property
    def is_void(self) -> bool:
        """Whether it was made void."""
        return self.expires_at == LONG_AGO

    def is_good(self, now: datetime) -> bool:
        """Whether it signs somebody in at that moment."""
        return self.used_at is None and now < self.expires_at
