"""The files of a task as its page shows them: by what they are, newest first, and what is still expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.artifacts.models import Artifact, ArtifactRole

_ORDER = (ArtifactRole.SUPPORT, ArtifactRole.PROOF, ArtifactRole.OUTPUT, ArtifactRole.EVIDENCE)


@dataclass(frozen=True)
class File:
    """All versions of one file, newest first."""

    versions: Sequence[Artifact]

    @property
    def newest(self) -> Artifact:
        """The version that counts."""
        return self.versions[0]

    @property
    def is_copy(self) -> bool:
        """Whether it is what an address served at a decision, rather than material (DLV-22)."""
        return self.newest.role is ArtifactRole.EVIDENCE


@dataclass(frozen=True)
class Expected:
    """One file that the task is to leave behind."""

    type: str
    label: str
    #: None until it is there.
    found: File | None


def by_kind(artifacts: Iterable[Artifact]) -> list[File]:
    """Return files of the same type and label as versions of one (ART-07); material first, copies last."""
    groups: dict[tuple[str, str], list[Artifact]] = {}
    for item in artifacts:
        groups.setdefault((item.type, item.label), []).append(item)
    found = [File(sorted(group, key=lambda item: -item.version_number)) for group in groups.values()]
    return sorted(found, key=lambda file: _ORDER.index(file.newest.role))


def expected(wanted: Iterable[Mapping[str, Any]], files: Iterable[File]) -> list[Expected]:
    """List the files that the definition expects, found or not."""
    known = {(file.newest.type, file.newest.label): file for file in files}
    pairs = [(str(item.get("type", "")), str(item.get("label", ""))) for item in wanted]
    return [Expected(kind, label, known.get((kind, label))) for kind, label in pairs]


def reusable(files: Iterable[File], *, but: tuple[str, str]) -> list[Artifact]:
    """Return the files whose bytes can be handed over as a deliverable (ART-08); not its own versions."""
    found = [file.newest for file in files if file.newest.sha256 and not file.is_copy]
    return [item for item in found if (item.type, item.label) != but]
