"""The calls of artifacts; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from typing import IO

from .. import models
from ..collection import Collection
from ..given import in_path
from .ids import ArtifactId


class Artifacts(Collection):
    """The calls of artifacts."""

    def get(self, artifact_id: ArtifactId) -> models.Artifact:
        """Get one: Files and links of tasks that you see; the bytes of a file are under `content`.

        Args:
            artifact_id: Its id, in any of its forms.
        """
        return self._get(models.Artifact, f"/api/artifacts/{in_path(artifact_id, 'artifact_id')}", {})

    def content(self, artifact_id: ArtifactId) -> IO[bytes]:
        """Get the file: Files and links of tasks that you see; the bytes of a file are under `content`.

        The file is open for reading; close it.

        Args:
            artifact_id: Its id, in any of its forms.
        """
        return self._file(f"/api/artifacts/{in_path(artifact_id, 'artifact_id')}/content")
