"""The calls of messages; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from .. import models
from ..answers import Answer
from ..collection import Collection
from ..given import UNSET, Unset


class Messages(Collection):
    """The calls of messages."""

    def pause(self, *, idempotency_key: str | None = None) -> Answer[models.Message]:
        """Hold back all e-mails and chat messages; what is told meanwhile waits.

        Args:
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(models.Message, "POST", "/api/messages/pause", {}, key=idempotency_key)

    def resume(self, *, idempotency_key: str | None = None) -> Answer[models.Message]:
        """Let e-mails and chat messages go out again, with those that waited.

        Args:
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(models.Message, "POST", "/api/messages/resume", {}, key=idempotency_key)

    def settings(
        self,
        *,
        chat: bool | Unset | None = UNSET,
        daily_hour: int | Unset | None = UNSET,
        is_daily: bool | Unset | None = UNSET,
        kinds: Sequence[
            Literal[
                "to_decide",
                "sent_back",
                "mentioned",
                "answered",
                "assigned",
                "decided",
                "bundle_done",
                "reminder",
                "worklog",
                "job_failed",
                "webhook_failed",
                "automation",
                "message",
                "requests_fail",
                "content_rewritten",
                "content_broken",
                "template_changed",
                "proposal",
                "account",
            ]
        ]
        | Unset
        | None = UNSET,
        mail: bool | Unset | None = UNSET,
        quiet: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.Message]:
        """Choose what you are told outside of the inbox, by which ways, and when.

        Args:
            chat: Whether you are told in a chat, at the address that an admin keeps for you.
            daily_hour: The hour of your day at which the messages of a day go out, 0 to 23.
            is_daily: Whether you get the messages of a day together.
            kinds: What you are told of; all of it.
            mail: Whether you are told by e-mail, at the address that you sign in with.
            quiet: The hours in which no message goes out, such as 20-7; empty for none.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Message,
            "POST",
            "/api/messages/settings",
            {
                "chat": chat,
                "daily_hour": daily_hour,
                "is_daily": is_daily,
                "kinds": kinds,
                "mail": mail,
                "quiet": quiet,
            },
            key=idempotency_key,
        )

    def try_(self, *, idempotency_key: str | None = None) -> Answer[models.Message]:
        """Send a test e-mail, to see whether messages go out.

        Args:
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(models.Message, "POST", "/api/messages/try", {}, key=idempotency_key)
