"""The calls of users; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import UNSET, Unset, in_path, revision_of
from .ids import UserId


class Users(Collection):
    """The calls of users."""

    def list(self, *, find: str | None = None, limit: int | None = None) -> Listing[models.UserAsRead]:
        """List: Who signs in, those who may first, by name; `me` is whoever asks.

        Args:
            find: A part of the name or key, in any case.
            limit: How many are given at most, else all.
        """
        return self._list(models.UserAsRead, "users", "/api/users", {"find": find}, limit)

    def add(
        self,
        *,
        email: str,
        name: str,
        role: Sequence[Literal["admin", "manager", "strategist", "member", "partner", "agent"]],
        employee: str | Unset | None = UNSET,
        partner: str | Unset | None = UNSET,
    ) -> Answer[models.Invited]:
        """Let somebody sign in; makes a one-time link for their first visit.

        Args:
            email: The address they sign in with.
            name: What others call them.
            role: What they may do; several are possible.
            employee: The key of whom they are; otherwise told by the e-mail.
            partner: For a client's person, who has the role partner alone: the key of the partner they belong
                to.
        """
        return self._change(
            models.Invited,
            "POST",
            "/api/users",
            {"email": email, "employee": employee, "name": name, "partner": partner, "role": role},
            takes_key=False,
        )

    def invite(
        self,
        *,
        email: str,
        role: Sequence[Literal["admin", "manager", "strategist", "member", "partner", "agent"]],
        employee: str | Unset | None = UNSET,
        name: str | Unset = UNSET,
        partner: str | Unset | None = UNSET,
    ) -> Answer[models.Invited]:
        """Invite somebody, who says their name and how they sign in when they come.

        Args:
            email: Where the invitation goes, and what they sign in with.
            role: What they may do; several are possible.
            employee: The key of whom they are; otherwise told by the e-mail.
            name: What others call them; they say it themselves when they come.
            partner: For a client's person, who has the role partner alone: the key of the partner they belong
                to.
        """
        return self._change(
            models.Invited,
            "POST",
            "/api/users/invite",
            {"email": email, "employee": employee, "name": name, "partner": partner, "role": role},
            takes_key=False,
        )

    def password(
        self, *, password: str, current: str | Unset = UNSET, session_id: str | Unset | None = UNSET
    ) -> Answer[models.User]:
        """Set your own password.

        Args:
            password: 10 to 200 characters; three or four words do well.
            current: The one you have now; not asked for the first time.
            session_id: Where they are signed in; whoever has just come by a link, or has no password yet, has
                none to give.
        """
        return self._change(
            models.User,
            "POST",
            "/api/users/password",
            {"current": current, "password": password, "session_id": session_id},
            takes_key=False,
        )

    def get(self, user_id: UserId) -> models.UserAsRead:
        """Get one: Who signs in, those who may first, by name; `me` is whoever asks.

        Args:
            user_id: Its id, in any of its forms.
        """
        return self._get(models.UserAsRead, f"/api/users/{in_path(user_id, 'user_id')}", {})

    def change(
        self,
        user_id: UserId,
        *,
        employee: str | Unset | None = UNSET,
        is_active: bool | Unset | None = UNSET,
        role: Sequence[Literal["admin", "manager", "strategist", "member", "partner", "agent"]]
        | Unset
        | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.User]:
        """Change what somebody may do, or whether they may sign in.

        Args:
            user_id: Their id, or the e-mail they sign in with.
            employee: The key of whom they are; empty leaves that to the e-mail.
            is_active: Whether they may sign in. An account that is opened again has the roles that it had.
            role: What they may do; all of it.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.User,
            "PATCH",
            f"/api/users/{in_path(user_id, 'user_id')}",
            {"employee": employee, "is_active": is_active, "role": role},
            revision=revision_of(user_id, revision),
            key=idempotency_key,
        )

    def forget_openid(self, user_id: UserId, *, idempotency_key: str | None = None) -> Answer[models.User]:
        """Let the next person with somebody's e-mail whom the OpenID provider vouches for have the account;
           ends sessions, and takes back what groups gave.

        Args:
            user_id: Their id, or the e-mail they sign in with.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.User,
            "POST",
            f"/api/users/{in_path(user_id, 'user_id')}/forget-openid",
            {},
            key=idempotency_key,
        )

    def invite_again(self, user_id: UserId) -> Answer[models.Invited]:
        """Send somebody's invitation again; the one before opens nothing any more.

        Args:
            user_id: Their id, or the e-mail they sign in with.
        """
        return self._change(
            models.Invited,
            "POST",
            f"/api/users/{in_path(user_id, 'user_id')}/invite-again",
            {},
            takes_key=False,
        )

    def link(self, user_id: UserId) -> Answer[models.Invited]:
        """Make a one-time link that signs somebody in.

        Args:
            user_id: Their id, or the e-mail they sign in with.
        """
        return self._change(
            models.Invited, "POST", f"/api/users/{in_path(user_id, 'user_id')}/link", {}, takes_key=False
        )

    def reset_factors(self, user_id: UserId, *, idempotency_key: str | None = None) -> Answer[models.User]:
        """Take away the second factors of somebody who has lost them; ends their sessions, and tells them.

        Args:
            user_id: Their id, or the e-mail they sign in with.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.User,
            "POST",
            f"/api/users/{in_path(user_id, 'user_id')}/reset-factors",
            {},
            key=idempotency_key,
        )

    def timezone(
        self, user_id: UserId, *, timezone: str | Unset = UNSET, idempotency_key: str | None = None
    ) -> Answer[models.User]:
        """Show and read times in somebody's own zone.

        Args:
            user_id: Their id, or the e-mail they sign in with.
            timezone: An IANA name such as Europe/Berlin; empty for the workspace's zone.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.User,
            "POST",
            f"/api/users/{in_path(user_id, 'user_id')}/timezone",
            {"timezone": timezone},
            key=idempotency_key,
        )

    def uninvite(self, user_id: UserId, *, idempotency_key: str | None = None) -> Answer[models.User]:
        """Take somebody's invitation back.

        Args:
            user_id: Their id, or the e-mail they sign in with.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.User, "POST", f"/api/users/{in_path(user_id, 'user_id')}/uninvite", {}, key=idempotency_key
        )

    def unlock(self, user_id: UserId, *, idempotency_key: str | None = None) -> Answer[models.User]:
        """Forget the wrong passwords tried at an address, so that its owner need not wait.

        Args:
            user_id: Their id, or the e-mail they sign in with.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.User, "POST", f"/api/users/{in_path(user_id, 'user_id')}/unlock", {}, key=idempotency_key
        )
