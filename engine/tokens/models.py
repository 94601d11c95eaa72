"""The ApiToken record: what a program may do for one user, and until when."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from engine.access import Scope
from engine.record import Moment, RecordSpec, Revised

__all__ = ["ApiToken", "Scope"]


class ApiToken(Revised):
    """A program's right to act for one user; only hashes of its secrets are kept.

    Requests never write here: when it was used last is a mark (``engine.ledger``).
    """

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="api_tokens",
        key=("api_token_id",),
        prefix="tok",
        promoted=("workspace_id", "user_id", "token_hash", "previous_hash", "revoked_at"),
        indexes=(("user_id",), ("workspace_id", "revoked_at")),
        unique=(("token_hash",), ("previous_hash",)),
        references={"workspace_id": "workspaces", "user_id": "users", "made_by": "users"},
        exported=False,
        secret=frozenset({"token_hash", "previous_hash"}),
        forgotten=True,  # a restored store has none of them
    )

    #: The token's id: `tok_`, then 26 digits and capitals that sort by the time of making.
    api_token_id: str
    workspace_id: str
    #: For whom it acts.
    user_id: str
    #: What people call it: which program uses it, and what for.
    name: str
    #: What it may be used for, as a list of words.
    scopes: list[Scope]
    #: The SHA-256 of its secret, as hexadecimal digits. Null until its user has taken the first one. Never in
    #: events.
    token_hash: str | None = None
    #: The first characters of its secret, to recognise it by. Null until there is one.
    starts_with: str | None = None
    #: The SHA-256 of the secret before, as hexadecimal digits. Null where it was never rotated. Never in
    #: events.
    previous_hash: str | None = None
    #: From then on the secret before lets nobody in. Null where it was never rotated.
    previous_ends_at: Moment | None = None
    #: The user who made it.
    made_by: str
    #: From then on it lets nobody in, whichever secret.
    expires_at: Moment
    #: When it was revoked. Null while it was not.
    revoked_at: Moment | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    def ends_at(self, secret_hash: str) -> datetime:
        """Return until when the secret with this hash, which is one of its two, lets somebody in."""
        if secret_hash == self.token_hash or self.previous_ends_at is None:
            return self.expires_at
        return min(self.previous_ends_at, self.expires_at)

    def holds(self, now: datetime) -> bool:
        """Whether it lets somebody in at that moment, once they have its secret."""
        return self.revoked_at is None and now < self.expires_at
