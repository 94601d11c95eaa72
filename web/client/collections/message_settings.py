"""The calls of message-settings; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from .. import models
from ..collection import Collection
from ..given import in_path
from .ids import UserId


class MessageSettings(Collection):
    """The calls of message-settings."""

    def get(self, user_id: UserId) -> models.MessageSettings:
        """Get one: What you are told outside of the inbox, by which ways, and when: `me` is the one there is.

        Args:
            user_id: Its id, in any of its forms.
        """
        return self._get(models.MessageSettings, f"/api/message-settings/{in_path(user_id, 'user_id')}", {})
