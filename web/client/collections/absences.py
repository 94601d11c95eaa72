"""The calls of absences; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from .. import models
from ..answers import Listing
from ..collection import Collection
from ..given import in_path
from .ids import AbsenceId


class Absences(Collection):
    """The calls of absences."""

    def list(self, *, limit: int | None = None) -> Listing[models.Absence]:
        """List: Who is away now or later and who stands in: yours, or everybody's where you see all work.

        Args:
            limit: How many are given at most, else all.
        """
        return self._list(models.Absence, "absences", "/api/absences", {}, limit)

    def get(self, absence_id: AbsenceId) -> models.Absence:
        """Get one: Who is away now or later and who stands in: yours, or everybody's where you see all work.

        Args:
            absence_id: Its id, in any of its forms.
        """
        return self._get(models.Absence, f"/api/absences/{in_path(absence_id, 'absence_id')}", {})
