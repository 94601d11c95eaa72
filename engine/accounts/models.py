"""Who signs in, and the tenant they belong to."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from engine.access import Role
from engine.record import Moment, RecordSpec, Revised


class Workspace(Revised):
    """The tenant; nothing is visible across it."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="workspaces",
        key=("workspace_id",),
        prefix="wsp",
        promoted=("key",),
        unique=(("key",),),
    )

    workspace_id: str
    #: Short name; ``default`` is made with the store.
    key: str
    name: str
    #: The IANA zone that days are read in where no calendar says otherwise.
    timezone: str
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

    user_id: str
    workspace_id: str
    #: Lower case; what the user signs in with.
    email: str
    name: str
    roles: list[Role]
    employee_id: str | None = None
    #: Whom they were before somebody changed that: it stays their own work, for ever (S3).
    former_employee_ids: list[str] = []
    #: Set for a client's person: the partner they decide for.
    partner_id: str | None = None
    is_active: bool = True
    #: argon2id; None until a password is set. Never exported, never in events.
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

    PASSWORD = "password"  # noqa: S105 - a word, and nobody's
    LINK = "link"


class EndedBy(StrEnum):
    """Why a session is over before its time."""

    SIGN_OUT = "sign_out"  #: its person signed out in that browser
    CHOICE = "choice"  #: its person or an admin ended it from elsewhere
    NEW_PASSWORD = "new_password"  # noqa: S105 #: the password was changed or set
    DEACTIVATION = "deactivation"  #: the account was closed
    TOO_MANY = "too_many"  #: the same person began many others since


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

    session_id: str
    workspace_id: str
    user_id: str
    #: sha256 of the token. Never exported, never in events.
    token_hash: str
    begun_with: BegunWith
    #: Which browser it is, in a few words, as far as that can be told.
    browser: str
    #: From then on it signs nobody in, whatever was done with it.
    expires_at: Moment
    ended_at: Moment | None = None
    ended_by: EndedBy | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    def holds(self, now: datetime) -> bool:
        """Whether it signs somebody in at that moment."""
        return self.ended_at is None and now < self.expires_at


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

    token_hash: str
    workspace_id: str
    user_id: str
    expires_at: Moment
    used_at: Moment | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    def is_good(self, now: datetime) -> bool:
        """Whether it signs somebody in at that moment."""
        return self.used_at is None and now < self.expires_at
