"""The calls of reminders; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from datetime import date

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import in_path
from .ids import ReminderId


class Reminders(Collection):
    """The calls of reminders."""

    def list(self, *, limit: int | None = None) -> Listing[models.Reminder]:
        """List: The reminders that stand in your inbox or that you put off, the oldest first.

        Args:
            limit: How many are given at most, else all.
        """
        return self._list(models.Reminder, "reminders", "/api/reminders", {}, limit)

    def get(self, reminder_id: ReminderId) -> models.Reminder:
        """Get one: The reminders that stand in your inbox or that you put off, the oldest first.

        Args:
            reminder_id: Its id, in any of its forms.
        """
        return self._get(models.Reminder, f"/api/reminders/{in_path(reminder_id, 'reminder_id')}", {})

    def dismiss(
        self, reminder_id: ReminderId, *, idempotency_key: str | None = None
    ) -> Answer[models.ReminderName]:
        """Be done with a reminder: it leaves your inbox for good.

        Args:
            reminder_id: Its id, as `reminders list` shows it.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.ReminderName,
            "POST",
            f"/api/reminders/{in_path(reminder_id, 'reminder_id')}/dismiss",
            {},
            key=idempotency_key,
        )

    def snooze(
        self, reminder_id: ReminderId, *, until: date | str, idempotency_key: str | None = None
    ) -> Answer[models.ReminderName]:
        """Put a reminder off to a day: it comes back then, unless it is over.

        Args:
            reminder_id: Its id, as `reminders list` shows it.
            until: A day to come, as YYYY-MM-DD: it comes back when the work of that day begins.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.ReminderName,
            "POST",
            f"/api/reminders/{in_path(reminder_id, 'reminder_id')}/snooze",
            {"until": until},
            key=idempotency_key,
        )
