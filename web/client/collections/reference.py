"""The calls of reference; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import models
from ..answers import Answer
from ..collection import Collection


class Reference(Collection):
    """The calls of reference."""

    def load(
        self, *, document: Mapping[str, Any], idempotency_key: str | None = None
    ) -> Answer[models.Loaded]:
        """Make the reference data match a file; may be repeated.

        Args:
            document: Employees, partners and campaigns, as the file has them.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Loaded, "POST", "/api/reference/load", {"document": document}, key=idempotency_key
        )
