"""The calls of acts; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from .. import models
from ..answers import Answer
from ..collection import Collection
from ..given import in_path
from .ids import ActId


class Acts(Collection):
    """The calls of acts."""

    def undo(self, act_id: ActId, *, idempotency_key: str | None = None) -> Answer[models.Message]:
        """Undo what you have just done, within a minute.

        Args:
            act_id: The id of what was done, as it was told after it.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Message, "POST", f"/api/acts/{in_path(act_id, 'act_id')}/undo", {}, key=idempotency_key
        )
