"""The calls of exports; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from typing import IO

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import in_path
from .ids import ExportId, Name


class Exports(Collection):
    """The calls of exports."""

    def list(self, *, limit: int | None = None) -> Listing[models.Export]:
        """List: Exports of everything, what is not there yet first, then the newest; for managers and admins.

        Args:
            limit: How many are given at most, else all.
        """
        return self._list(models.Export, "exports", "/api/exports", {}, limit)

    def make(self, *, idempotency_key: str | None = None) -> Answer[models.AskedExport]:
        """Have an export of everything written into the folder of the exports.

        Args:
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(models.AskedExport, "POST", "/api/exports", {}, key=idempotency_key)

    def get(self, export_id: ExportId) -> models.Export:
        """Get one: Exports of everything, what is not there yet first, then the newest; for managers and
           admins.

        Args:
            export_id: Its id, in any of its forms.
        """
        return self._get(models.Export, f"/api/exports/{in_path(export_id, 'export_id')}", {})

    def list_files(self, export_id: ExportId, *, limit: int | None = None) -> Listing[models.ExportFile]:
        """List: The files of an export, by their paths; none until it is there.

        Args:
            export_id: Its id, in any of its forms.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.ExportFile, "files", f"/api/exports/{in_path(export_id, 'export_id')}/files", {}, limit
        )

    def get_file(self, export_id: ExportId, name: Name) -> models.ExportFile:
        """Get one: The files of an export, by their paths; none until it is there.

        Args:
            export_id: Its id, in any of its forms.
            name: Its name.
        """
        return self._get(
            models.ExportFile,
            f"/api/exports/{in_path(export_id, 'export_id')}/files/{in_path(name, 'name')}",
            {},
        )

    def content_of_file(self, export_id: ExportId, name: Name) -> IO[bytes]:
        """Get the file: The files of an export, by their paths; none until it is there.

        The file is open for reading; close it.

        Args:
            export_id: Its id, in any of its forms.
            name: Its name.
        """
        return self._file(
            f"/api/exports/{in_path(export_id, 'export_id')}/files/{in_path(name, 'name')}/content"
        )
