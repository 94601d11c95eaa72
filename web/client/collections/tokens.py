"""The calls of tokens; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import UNSET, Unset, in_path
from .ids import ApiTokenId


class Tokens(Collection):
    """The calls of tokens."""

    def list(self, *, user: str | None = None, limit: int | None = None) -> Listing[models.ApiTokenAsRead]:
        """List: What programs act with for you, the newest first, without secrets; for admins also for
           others.

        Args:
            user: Whose: a user's id or e-mail, or `everybody`; for admins. Left out, yours.
            limit: How many are given at most, else all.
        """
        return self._list(models.ApiTokenAsRead, "tokens", "/api/tokens", {"user": user}, limit)

    def make(
        self,
        *,
        name: str,
        days: int | Unset = UNSET,
        scopes: Sequence[Literal["read", "work", "decide", "content", "admin"]] | Unset = UNSET,
        user_id: str | Unset | None = UNSET,
    ) -> Answer[models.MadeToken]:
        """Let a program act for you, for an agent or for somebody else, within scopes and for a time.

        Args:
            name: Which program it is for; events name it.
            days: Days until it ends: 1 to 365.
            scopes: What it may be used for; it always reads what its user sees.
            user_id: For whom it acts: their id, or the e-mail they sign in with. Left out, for you.
        """
        return self._change(
            models.MadeToken,
            "POST",
            "/api/tokens",
            {"days": days, "name": name, "scopes": scopes, "user_id": user_id},
            takes_key=False,
        )

    def get(self, api_token_id: ApiTokenId) -> models.ApiTokenAsRead:
        """Get one: What programs act with for you, the newest first, without secrets; for admins also for
           others.

        Args:
            api_token_id: Its id, in any of its forms.
        """
        return self._get(models.ApiTokenAsRead, f"/api/tokens/{in_path(api_token_id, 'api_token_id')}", {})

    def revoke(
        self, api_token_id: ApiTokenId, *, idempotency_key: str | None = None
    ) -> Answer[models.ApiToken]:
        """Let no program act by a token any more.

        Args:
            api_token_id: Its id.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.ApiToken,
            "POST",
            f"/api/tokens/{in_path(api_token_id, 'api_token_id')}/revoke",
            {},
            key=idempotency_key,
        )

    def rotate(
        self, api_token_id: ApiTokenId, *, overlap_hours: int | Unset = UNSET
    ) -> Answer[models.MadeToken]:
        """Give a token a new secret, and let the present one go on for a while.

        Args:
            api_token_id: Its id.
            overlap_hours: Hours that the present secret goes on beside it: 0 to 168.
        """
        return self._change(
            models.MadeToken,
            "POST",
            f"/api/tokens/{in_path(api_token_id, 'api_token_id')}/rotate",
            {"overlap_hours": overlap_hours},
            takes_key=False,
        )
