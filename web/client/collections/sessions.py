"""The calls of sessions; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import UNSET, Unset, in_path
from .ids import SessionId


class Sessions(Collection):
    """The calls of sessions."""

    def list(self, *, user: str | None = None, limit: int | None = None) -> Listing[models.Session]:
        """List: The browsers in which you are signed in, the latest first; for admins also those of others.

        Args:
            user: The e-mail of a user, for admins; your own without it.
            limit: How many are given at most, else all.
        """
        return self._list(models.Session, "sessions", "/api/sessions", {"user": user}, limit)

    def end_all(
        self, *, user_id: str, but: str | Unset | None = UNSET, idempotency_key: str | None = None
    ) -> Answer[models.Message]:
        """End all of somebody's sessions.

        Args:
            user_id: Their id, or the e-mail they sign in with.
            but: The id of one that goes on.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Message,
            "POST",
            "/api/sessions/end-all",
            {"but": but, "user_id": user_id},
            key=idempotency_key,
        )

    def get(self, session_id: SessionId) -> models.Session:
        """Get one: The browsers in which you are signed in, the latest first; for admins also those of
           others.

        Args:
            session_id: Its id, in any of its forms.
        """
        return self._get(models.Session, f"/api/sessions/{in_path(session_id, 'session_id')}", {})

    def end(self, session_id: SessionId, *, idempotency_key: str | None = None) -> Answer[models.Message]:
        """End a session: whoever uses it has to sign in again.

        Args:
            session_id: Its id.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Message,
            "POST",
            f"/api/sessions/{in_path(session_id, 'session_id')}/end",
            {},
            key=idempotency_key,
        )
