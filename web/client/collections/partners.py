"""The calls of partners; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import UNSET, Unset, in_path, revision_of
from .ids import PartnerId


class Partners(Collection):
    """The calls of partners."""

    def list(self, *, find: str | None = None, limit: int | None = None) -> Listing[models.Partner]:
        """List: For whom work is done, those that are active first, by name.

        Args:
            find: A part of the name or key, in any case.
            limit: How many are given at most, else all.
        """
        return self._list(models.Partner, "partners", "/api/partners", {"find": find}, limit)

    def add(self, *, key: str, name: str, idempotency_key: str | None = None) -> Answer[models.Partner]:
        """Add a client to do work for.

        Args:
            key: A short word for them, which stays: templates, folders and files name them by it.
            name: What pages call them.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Partner, "POST", "/api/partners", {"key": key, "name": name}, key=idempotency_key
        )

    def get(self, partner_id: PartnerId) -> models.Partner:
        """Get one: For whom work is done, those that are active first, by name.

        Args:
            partner_id: Its id, in any of its forms.
        """
        return self._get(models.Partner, f"/api/partners/{in_path(partner_id, 'partner_id')}", {})

    def update(
        self,
        partner_id: PartnerId,
        *,
        name: str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Partner]:
        """Change what is said of a partner.

        Args:
            partner_id: Its key or id.
            name: What pages call them.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Partner,
            "PATCH",
            f"/api/partners/{in_path(partner_id, 'partner_id')}",
            {"name": name},
            revision=revision_of(partner_id, revision),
            key=idempotency_key,
        )

    def activate(
        self, partner_id: PartnerId, *, idempotency_key: str | None = None
    ) -> Answer[models.Partner]:
        """Start work for a partner again that was not active.

        Args:
            partner_id: Its key or id.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Partner,
            "POST",
            f"/api/partners/{in_path(partner_id, 'partner_id')}/activate",
            {},
            key=idempotency_key,
        )

    def deactivate(
        self, partner_id: PartnerId, *, idempotency_key: str | None = None
    ) -> Answer[models.Partner]:
        """Start nothing new for a partner; what runs goes on.

        Args:
            partner_id: Its key or id.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Partner,
            "POST",
            f"/api/partners/{in_path(partner_id, 'partner_id')}/deactivate",
            {},
            key=idempotency_key,
        )
