"""The records of second factors: what somebody has, their recovery codes, and what is under way."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from engine.accounts.models import BegunWith, SecondFactorKind
from engine.record import Moment, Record, RecordSpec, Revised


class SecondFactor(Revised):
    """An app or a passkey by which a user proves at each sign-in that it is them."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="second_factors",
        key=("second_factor_id",),
        prefix="sfa",
        promoted=("workspace_id", "user_id", "credential"),
        indexes=(("user_id",),),
        unique=(("workspace_id", "credential"),),
        references={"workspace_id": "workspaces", "user_id": "users"},
        exported=False,
        secret=frozenset({"sealed"}),
        forgotten=True,  # a restored store has none of them
    )

    #: The factor's id: `sfa_`, then 26 digits and capitals that sort by the time of making.
    second_factor_id: str
    workspace_id: str
    #: Whose it is.
    user_id: str
    #: What it is.
    kind: SecondFactorKind
    #: What its user calls it: which phone, which key.
    name: str
    #: The secret of an app as the key file seals it. Null for a passkey. Never in events.
    sealed: str | None = None
    #: By which a passkey is known, in base64url. Null for an app.
    credential: str | None = None
    #: The public key of a passkey, in base64url. Null for an app.
    public_key: str | None = None
    #: Of an app the number of the half minute whose code was taken last; of a passkey how many signatures it
    #: has told of, 0 where it counts none.
    counter: int = 0
    #: When it was used last. Null where it was only set up.
    used_at: Moment | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    def takes(self, counter: int) -> bool:
        """Whether a proof with this counter is new: neither a repeat, nor of a copy that was overtaken."""
        return counter > self.counter or (
            self.kind is SecondFactorKind.PASSKEY and counter == self.counter == 0
        )


class RecoveryCode(Revised):
    """A code that stands in for a second factor once; only its hash is kept."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="recovery_codes",
        key=("code_hash",),
        promoted=("workspace_id", "user_id"),
        indexes=(("user_id",),),
        references={"workspace_id": "workspaces", "user_id": "users"},
        exported=False,
        secret=frozenset({"code_hash"}),
        forgotten=True,
    )

    #: The SHA-256 over its user's id and the code, as hexadecimal digits. Never in events.
    code_hash: str
    workspace_id: str
    #: Whose it is.
    user_id: str
    #: When somebody signed in with it. Null while it can still be used.
    used_at: Moment | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1


class SignInStep(Record):
    """Somebody who has given their password, or followed a link, and has yet to prove a second factor.

    It signs nobody in. Its token is in the cookie of the browser that it began in, and only its hash is kept.
    """

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="sign_in_steps",
        key=("token_hash",),
        promoted=("workspace_id", "user_id"),
        indexes=(("user_id",),),
        references={"workspace_id": "workspaces", "user_id": "users"},
        exported=False,
        secret=frozenset(
            {"token_hash", "password_hash", "challenge", "device", "invitation", "new_password_hash"}
        ),
        audited=False,
        forgotten=True,
    )

    #: The SHA-256 of the token in the browser's cookie, as hexadecimal digits.
    token_hash: str
    workspace_id: str
    #: Who signs in.
    user_id: str
    #: What they began with.
    begun_with: BegunWith
    #: The device that it began in, if they had signed in from it before. Null for any other.
    device: str | None = None
    #: The hash of the password that they had then: with another one the step is over. Null for none.
    password_hash: str | None
    #: What the next passkey has to sign, in base64url; another one once it was tried.
    challenge: str
    #: The provider that vouched for them, to be joined to the account. Null where none did.
    issuer: str | None = None
    #: What that provider calls them. Null where none vouched.
    subject: str | None = None
    #: The groups that it told of, which give roles then. Null where it told of none.
    groups: list[str] | None = None
    #: The SHA-256 of the token of the invitation that opens the account then. Null for none.
    invitation: str | None = None
    #: What they are called from then on, where an invitation is accepted; empty for as before.
    name: str = ""
    #: The hash of the password that they chose with it. Null for none.
    new_password_hash: str | None = None
    #: From then on it is over.
    expires_at: Moment

    def holds(self, now: datetime) -> bool:
        """Whether it goes on at that moment."""
        return now < self.expires_at


class FactorSetup(Record):
    """A second factor that is being set up, and has yet to be proved; one per user.

    It goes on in the session alone that it began in: that one has proved who it is.
    """

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="factor_setups",
        key=("user_id",),
        promoted=("workspace_id",),
        references={"workspace_id": "workspaces", "user_id": "users"},
        exported=False,
        secret=frozenset({"sealed", "challenge"}),
        audited=False,
        forgotten=True,
    )

    #: Whose it will be.
    user_id: str
    workspace_id: str
    #: What it will be.
    kind: SecondFactorKind
    #: What its user will call it.
    name: str
    #: The secret of an app as the key file seals it. Null for a passkey.
    sealed: str | None = None
    #: What a passkey has to sign, in base64url. Null for an app.
    challenge: str | None = None
    #: The id of the session that it began in. Null where it began in none.
    begun_in: str | None = None
    #: From then on it is over.
    expires_at: Moment

    def holds(self, now: datetime) -> bool:
        """Whether it goes on at that moment."""
        return now < self.expires_at
