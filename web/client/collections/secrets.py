"""The calls of secrets; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from .. import models
from ..answers import Answer
from ..collection import Collection
from ..given import in_path
from .ids import Name


class Secrets(Collection):
    """The calls of secrets."""

    def remove(self, name: Name, *, idempotency_key: str | None = None) -> Answer[models.SecretName]:
        """Forget a secret.

        Args:
            name: What it is called by whatever needs it, such as smtp_password.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.SecretName, "POST", f"/api/secrets/{in_path(name, 'name')}/remove", {}, key=idempotency_key
        )

    def set(self, name: Name, *, value: str) -> Answer[models.SecretName]:
        """Keep a password or an address that the product needs, sealed.

        Args:
            name: What it is called by whatever needs it, such as smtp_password.
            value: The value itself; it stands nowhere but in what is sealed.
        """
        return self._change(
            models.SecretName,
            "POST",
            f"/api/secrets/{in_path(name, 'name')}/set",
            {"value": value},
            takes_key=False,
        )
