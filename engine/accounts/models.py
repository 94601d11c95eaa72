"""Who signs in, and the tenant they belong to."""

from __future__ import annotations

import json
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


class SignInLink(Revised):
    """A one-time link that signs a user in; only the hash of its token is kept."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="sign_in_links",
        key=("token_hash",),
        promoted=("workspace_id", "user_id"),
        references={"workspace_id": "workspaces", "user_id": "users"},
        exported=False,
        audited=False,
    )

    token_hash: str
    workspace_id: str
    user_id: str
    expires_at: Moment
    used_at: Moment | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1
