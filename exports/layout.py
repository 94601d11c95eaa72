"""Which files an export holds: the right names, real files, and every blob that an artifact names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from exports.records import TableShape, tables
from exports.violation import Violation

MANIFEST = "manifest.json"
PACKAGE = "datapackage.json"
DDL = "schema.postgresql.sql"
BLOBS = "blobs"


def check_layout(folder: Path) -> Iterator[Violation]:
    """Yield what is too much, missing, or no plain file: a link may lead out of the export."""
    expected = {*(table.file_name for table in tables()), MANIFEST, PACKAGE, DDL, BLOBS}
    present = {path.name: path for path in sorted(folder.iterdir())}
    for name, path in present.items():
        if name not in expected:
            yield Violation("unexpected_file", name, 0, "does not belong to an export")
        elif path.is_symlink() or not (path.is_dir() if name == BLOBS else path.is_file()):
            kind = "a folder" if name == BLOBS else "a plain file"
            yield Violation("wrong_kind", name, 0, f"must be {kind}")
    for name in sorted(expected - set(present)):
        yield Violation("missing_file", name, 0, "is missing")


class BlobRules:
    """Sees every artifact once; then compares the blobs with what they should be."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / BLOBS
        #: hash -> the size that an artifact gives.
        self._wanted: dict[str, Any] = {}

    def see(self, table: TableShape, number: int, document: dict[str, Any]) -> Iterator[Violation]:
        """Keep the hash of an artifact; yield a violation if another artifact gave it another size."""
        if table.name != "artifacts" or document["sha256"] is None:
            return
        sha256, size = document["sha256"], document["size_bytes"]
        if self._wanted.setdefault(sha256, size) != size:
            yield Violation("blob_size", table.file_name, number, f"gives {sha256} another size than before")

    def finish(self) -> Iterator[Violation]:
        """Yield what is wrong with the blobs themselves."""
        is_folder = self._folder.is_dir() and not self._folder.is_symlink()
        present = {path.name: path for path in sorted(self._folder.iterdir())} if is_folder else {}
        for sha256 in sorted(set(self._wanted) - set(present)):
            yield Violation("missing_blob", f"{BLOBS}/{sha256}", 0, "is missing")
        for name, path in present.items():
            if message := self._fault(name, path):
                yield Violation("blob", f"{BLOBS}/{name}", 0, message)

    def _fault(self, name: str, path: Path) -> str | None:
        if name not in self._wanted:
            return "belongs to no artifact"
        if path.is_symlink() or not path.is_file():
            return "must be a plain file"
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != name:
                return "is not what its hash says"
        size = path.stat().st_size
        return (
            None
            if size == self._wanted[name]
            else f"has {size} bytes, its artifact says {self._wanted[name]}"
        )
