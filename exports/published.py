"""The exports in the folder of the settings: those of the nights, those that were asked for, and others.

Whoever names one, or a file of one, names what is listed: nothing that they send becomes part of a path.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.jobs.models import JobStatus
from exports.layout import BLOBS, DDL, MANIFEST, PACKAGE

#: What is not taken for an export: what is being written, and what failed.
_UNFINISHED = re.compile(r"\..*|.*-unpublished", re.DOTALL)
_BLOB = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Export:
    """An export: one that is there, or one that was asked for."""

    #: The name of its folder: the day of one of the nights, the id of its job for one that was asked for.
    export_id: str
    #: Where it stands; its files are there once it is `done`.
    status: JobStatus
    #: When it was asked for. Null for what nobody asked for, and once that is forgotten.
    asked_at: datetime | None = None
    #: When it was there. Null until then.
    made_at: datetime | None = None
    #: The time of the last event that it tells. Null until it is there, and where there was none.
    as_of: str | None = None
    #: How many records it holds. Null until it is there.
    count: int | None = None
    #: The form of its tables: `jsonl`, `csv` or `parquet`. Null until it is there.
    form: str | None = None
    #: Whether it holds everything, and not just what changed since another one. Null until it is there.
    is_whole: bool | None = None


@dataclass(frozen=True, kw_only=True)
class ExportFile:
    """A file of an export."""

    #: Its name, unique in the export.
    name: str
    #: Where it stands in the export: `blobs/` and its name for what people uploaded, else its name.
    path: str
    #: How long it is.
    size_bytes: int
    #: The SHA-256 of its bytes, as hexadecimal digits. Null for what describes the others.
    sha256: str | None


def listed(folder: Path, workspace_id: str) -> list[Export]:
    """Return the exports of a workspace that are in a folder, what was there last first."""
    if not folder.is_dir():
        return []
    found: list[tuple[datetime, Export]] = []
    for path in folder.iterdir():
        manifest = _manifest(path)
        if manifest is not None and _is_of(manifest, workspace_id):
            with suppress(FileNotFoundError):  # it is being let go
                made_at = datetime.fromtimestamp((path / MANIFEST).stat().st_mtime, UTC)
                found.append((made_at, _export(path, manifest, made_at)))
    return [one for _, one in sorted(found, key=lambda pair: (pair[0], pair[1].export_id), reverse=True)]


def files(folder: Path, export: Export) -> list[ExportFile]:
    """Return the files of an export that is there, by their paths; links are none of them."""
    place = folder / export.export_id
    manifest = _manifest(place)
    return sorted(_files(place, manifest), key=lambda one: one.path) if manifest else []


def _manifest(place: Path) -> dict[str, Any] | None:
    """Return the manifest of a finished export; None for whatever else is there."""
    file = place / MANIFEST
    if _UNFINISHED.fullmatch(place.name) or place.is_symlink() or file.is_symlink() or not file.is_file():
        return None
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError):  # nobody could load it, or it is being let go
        return None
    return found if isinstance(found, dict) and isinstance(found.get("tables"), dict) else None


def _is_of(manifest: Mapping[str, Any], workspace_id: str) -> bool:
    workspace = manifest.get("workspace")
    return isinstance(workspace, dict) and workspace.get("workspace_id") == workspace_id


def _export(place: Path, manifest: Mapping[str, Any], made_at: datetime) -> Export:
    return Export(
        export_id=place.name,
        status=JobStatus.DONE,
        made_at=made_at,
        as_of=manifest.get("as_of"),
        count=sum(table.get("count", 0) for table in manifest["tables"].values()),
        form=manifest.get("form", "jsonl"),
        is_whole="after" not in manifest,
    )


def _files(place: Path, manifest: Mapping[str, Any]) -> Iterator[ExportFile]:
    hashes = {table["file"]: table["sha256"] for table in manifest["tables"].values() if "file" in table}
    for path in place.iterdir():
        if path.name in hashes.keys() | {MANIFEST, PACKAGE, DDL} and _is_plain(path):
            yield _file(path, path.name, hashes.get(path.name))
    blobs = place / BLOBS
    for path in blobs.iterdir() if blobs.is_dir() and not blobs.is_symlink() else ():
        if _BLOB.fullmatch(path.name) and _is_plain(path):
            yield _file(path, f"{BLOBS}/{path.name}", path.name)


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _file(path: Path, place: str, sha256: str | None) -> ExportFile:
    return ExportFile(name=path.name, path=place, size_bytes=path.stat().st_size, sha256=sha256)
